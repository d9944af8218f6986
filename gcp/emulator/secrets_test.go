package emulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// numbered is how Secret Manager names demo-healthy.
const numbered = "projects/415104041262"

func (g *google) create(tb testing.TB, id string, change func(*secretmanagerpb.Secret)) (*secretmanagerpb.Secret, error) {
	tb.Helper()
	s := &secretmanagerpb.Secret{Replication: replication(nil)}
	if change != nil {
		change(s)
	}
	return g.secrets.CreateSecret(tb.Context(), &secretmanagerpb.CreateSecretRequest{Parent: healthy, SecretId: id, Secret: s})
}

func TestCreateSecret(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		s, err := g.create(t, "new_One-1", func(s *secretmanagerpb.Secret) {
			s.Labels, s.Annotations = map[string]string{"team": "a"}, map[string]string{"note.x": "Any text."}
		})
		if err != nil {
			t.Fatal(err)
		}
		if s.GetName() != numbered+"/secrets/new_One-1" || s.GetEtag() == "" || s.GetCreateTime() == nil || s.GetLabels()["team"] != "a" {
			t.Errorf("got %v", s)
		}
		forged, err := g.create(t, "forged", func(s *secretmanagerpb.Secret) {
			s.CreateTime, s.Etag = timestamppb.New(time.Unix(1, 0)), `"mine"`
		})
		if err != nil || forged.GetCreateTime().GetSeconds() == 1 || forged.GetEtag() == `"mine"` {
			t.Errorf("a request decides what is output only: got %v, %v", forged, err)
		}
		rotated, err := g.create(t, "rotated", func(s *secretmanagerpb.Secret) {
			s.Topics = []*secretmanagerpb.Topic{{Name: "projects/p/topics/rotations"}}
			s.Rotation = &secretmanagerpb.Rotation{RotationPeriod: durationpb.New(time.Hour), NextRotationTime: timestamppb.New(time.Now().Add(time.Hour))}
		})
		if err != nil || len(rotated.GetTopics()) != 1 || rotated.GetRotation().GetRotationPeriod().AsDuration() != time.Hour {
			t.Errorf("topics and rotation: %v, %v", rotated, err)
		}
		_, err = g.create(t, "new_One-1", nil)
		wantError(t, err, codes.AlreadyExists, "Secret ["+numbered+"/secrets/new_One-1] already exists.")
		for name, c := range map[string]struct {
			id     string
			change func(*secretmanagerpb.Secret)
			code   codes.Code
		}{
			"dot in the id":   {"a.b", nil, codes.InvalidArgument},
			"long id":         {strings.Repeat("s", 256), nil, codes.InvalidArgument},
			"no replication":  {"x", func(s *secretmanagerpb.Secret) { s.Replication = nil }, codes.InvalidArgument},
			"unknown replica": {"x", func(s *secretmanagerpb.Secret) { s.Replication = replication([]string{"mars-east1"}) }, codes.InvalidArgument},
			"replica twice": {"x", func(s *secretmanagerpb.Secret) {
				s.Replication = replication([]string{"us-east1", "us-east1"})
			}, codes.InvalidArgument},
			"bad label":      {"x", func(s *secretmanagerpb.Secret) { s.Labels = map[string]string{"Upper": "x"} }, codes.InvalidArgument},
			"too many":       {"x", func(s *secretmanagerpb.Secret) { s.Labels = manyLabels(65) }, codes.InvalidArgument},
			"bad annotation": {"x", func(s *secretmanagerpb.Secret) { s.Annotations = map[string]string{"-a": ""} }, codes.InvalidArgument},
			"big annotations": {"x", func(s *secretmanagerpb.Secret) {
				s.Annotations = map[string]string{"a": strings.Repeat("x", 16<<10-1)}
			}, codes.InvalidArgument},
			"alias without version": {"x", func(s *secretmanagerpb.Secret) { s.VersionAliases = map[string]int64{"a": 1} }, codes.InvalidArgument},
			"expired already": {"x", func(s *secretmanagerpb.Secret) {
				s.Expiration = &secretmanagerpb.Secret_ExpireTime{ExpireTime: timestamppb.New(time.Unix(1, 0))}
			}, codes.InvalidArgument},
			"typed": {"x", func(s *secretmanagerpb.Secret) { s.SecretType = secretmanagerpb.Secret_CERTIFICATE }, codes.Unimplemented},
			"a bad topic": {"x", func(s *secretmanagerpb.Secret) {
				s.Topics = []*secretmanagerpb.Topic{{Name: "projects/p/topics/t"}}
			}, codes.InvalidArgument},
			"tags": {"x", func(s *secretmanagerpb.Secret) { s.Tags = map[string]string{"123/a": "b"} }, codes.Unimplemented},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := g.create(t, c.id, c.change)
				wantCode(t, err, c.code)
			})
		}
	})
}

func manyLabels(n int) map[string]string {
	labels := map[string]string{}
	for i := range n {
		labels[fmt.Sprintf("k%d", i)] = "v"
	}
	return labels
}

func TestRegionalSecretsAreNotModelled(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		parent := healthy + "/locations/us-central1"
		_, err := g.secrets.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{
			Parent: parent, SecretId: "x", Secret: &secretmanagerpb.Secret{},
		})
		wantError(t, err, codes.Unimplemented, "the emulator does not model regional secrets")
		_, err = g.secrets.AccessSecretVersion(t.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: parent + "/secrets/x/versions/1"})
		wantError(t, err, codes.Unimplemented, "the emulator does not model regional secrets")
		_, err = g.secrets.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: parent}).Next()
		wantError(t, err, codes.Unimplemented, "the emulator does not model regional secrets")
	})
}

func TestListSecrets(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		list := func(req *secretmanagerpb.ListSecretsRequest) string {
			t.Helper()
			var ids []string
			for _, s := range collect(t, g.secrets.ListSecrets(t.Context(), req).Next) {
				ids = append(ids, strings.TrimPrefix(s.GetName(), numbered+"/secrets/"))
			}
			return strings.Join(ids, " ")
		}
		const newestFirst = "without-versions short-lived npm-token docker-hub-token all-disabled"
		for _, parent := range []string{healthy, numbered} {
			for _, size := range []int32{0, 2} {
				if got := list(&secretmanagerpb.ListSecretsRequest{Parent: parent, PageSize: size}); got != newestFirst {
					t.Errorf("%s by %d: got %s", parent, size, got)
				}
			}
		}
		for filter, want := range map[string]string{
			"name:token":                             "npm-token docker-hub-token",
			"name:npm OR name:short":                 "short-lived npm-token",
			"labels.upstream=npm":                    "npm-token",
			"labels:upstream AND NOT name:npm":       "docker-hub-token",
			"expire_time:*":                          "short-lived",
			"-name:token name:l":                     "short-lived all-disabled",
			"replication.user_managed:*":             "npm-token",
			"(name:short OR name:all) name:disabled": "all-disabled",
			"name:nothing-such":                      "",
		} {
			if got := list(&secretmanagerpb.ListSecretsRequest{Parent: healthy, Filter: filter}); got != want {
				t.Errorf("%s: got %q, want %q", filter, got, want)
			}
		}
		_, err := g.secrets.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: healthy, Filter: "name:"}).Next()
		wantCode(t, err, codes.InvalidArgument)
	})
}

func TestTotalSizeIsThatOfTheWholeList(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	api := &secretsAPI{Server: g.Server}
	for filter, want := range map[string]int32{"": 5, "name:token": 0} {
		r, err := api.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: healthy, PageSize: 1, Filter: filter})
		if err != nil || r.GetTotalSize() != want {
			t.Errorf("with filter %q: got %d, %v; want %d", filter, r.GetTotalSize(), err, want)
		}
	}
}

func TestUpdateSecret(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		update := func(s *secretmanagerpb.Secret, paths ...string) (*secretmanagerpb.Secret, error) {
			s.Name = healthy + "/secrets/npm-token"
			return g.secrets.UpdateSecret(t.Context(), &secretmanagerpb.UpdateSecretRequest{
				Secret: s, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
			})
		}
		before, err := g.secrets.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/npm-token"})
		if err != nil {
			t.Fatal(err)
		}
		after, err := update(&secretmanagerpb.Secret{Annotations: map[string]string{"a": "b"}, Etag: before.GetEtag()}, "annotations", "etag")
		if err != nil {
			t.Fatal(err)
		}
		if after.GetAnnotations()["a"] != "b" || after.GetLabels()["upstream"] != "npm" || after.GetEtag() == before.GetEtag() {
			t.Errorf("got %v", after)
		}
		_, err = update(&secretmanagerpb.Secret{Etag: before.GetEtag()}, "labels")
		wantCode(t, err, codes.FailedPrecondition)
		aliased, err := update(&secretmanagerpb.Secret{VersionAliases: map[string]int64{"stable": 1}}, "version_aliases")
		if err != nil || len(aliased.GetVersionAliases()) != 1 {
			t.Fatalf("got %v, %v", aliased, err)
		}
		for name, c := range map[string]struct {
			s     *secretmanagerpb.Secret
			paths []string
		}{
			"no mask":              {&secretmanagerpb.Secret{}, nil},
			"replication":          {&secretmanagerpb.Secret{Replication: replication(nil)}, []string{"replication"}},
			"name":                 {&secretmanagerpb.Secret{}, []string{"name"}},
			"alias to nothing":     {&secretmanagerpb.Secret{VersionAliases: map[string]int64{"a": 2}}, []string{"version_aliases"}},
			"alias named latest":   {&secretmanagerpb.Secret{VersionAliases: map[string]int64{"latest": 1}}, []string{"version_aliases"}},
			"alias from a number":  {&secretmanagerpb.Secret{VersionAliases: map[string]int64{"1a": 1}}, []string{"version_aliases"}},
			"destruction too soon": {&secretmanagerpb.Secret{VersionDestroyTtl: durationpb.New(time.Hour)}, []string{"version_destroy_ttl"}},
			"too short a life": {&secretmanagerpb.Secret{Expiration: &secretmanagerpb.Secret_Ttl{Ttl: durationpb.New(time.Second)}},
				[]string{"ttl"}},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := update(c.s, c.paths...)
				wantCode(t, err, codes.InvalidArgument)
			})
		}
	})
}

func TestSecretsExpire(t *testing.T) {
	clock := newClock()
	g := start(t, Options{Scenario: "onboarding", Now: clock.now})
	s, err := g.create(t, "brief", func(s *secretmanagerpb.Secret) {
		s.Expiration = &secretmanagerpb.Secret_Ttl{Ttl: durationpb.New(time.Hour)}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.GetExpireTime().AsTime().Sub(clock.now()); got != time.Hour || s.GetTtl() != nil {
		t.Errorf("it expires in %s, ttl %v", got, s.GetTtl())
	}
	clock.advance(time.Hour)
	_, err = g.secrets.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: s.GetName()})
	wantError(t, err, codes.NotFound, "Secret ["+numbered+"/secrets/brief] not found.")
	for _, s := range collect(t, g.secrets.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: healthy}).Next) {
		if strings.HasSuffix(s.GetName(), "/brief") {
			t.Error("an expired secret is listed")
		}
	}
	if _, err := g.create(t, "brief", nil); err != nil {
		t.Errorf("the name of an expired secret is free: %v", err)
	}
}

func TestDeleteSecret(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		name := healthy + "/secrets/short-lived"
		err := g.secrets.DeleteSecret(t.Context(), &secretmanagerpb.DeleteSecretRequest{Name: name, Etag: `"other"`})
		wantCode(t, err, codes.FailedPrecondition)
		if err := g.secrets.DeleteSecret(t.Context(), &secretmanagerpb.DeleteSecretRequest{Name: name}); err != nil {
			t.Fatal(err)
		}
		err = g.secrets.DeleteSecret(t.Context(), &secretmanagerpb.DeleteSecretRequest{Name: name})
		wantError(t, err, codes.NotFound, "Secret ["+numbered+"/secrets/short-lived] not found.")
	})
}

// policyOf reads the policy of docker-hub-token at a version of the format.
func (g *google) policyOf(tb testing.TB, version int32) *iampb.Policy {
	tb.Helper()
	p, err := g.secrets.GetIamPolicy(tb.Context(), &iampb.GetIamPolicyRequest{
		Resource: healthy + "/secrets/docker-hub-token", Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: version},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func (g *google) setPolicy(tb testing.TB, p *iampb.Policy) (*iampb.Policy, error) {
	tb.Helper()
	return g.secrets.SetIamPolicy(tb.Context(), &iampb.SetIamPolicyRequest{Resource: healthy + "/secrets/docker-hub-token", Policy: p})
}

func TestSecretPolicy(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		p := g.policyOf(t, 3)
		if p.GetVersion() != 3 || len(p.GetBindings()) != 2 || p.GetBindings()[1].GetCondition().GetTitle() != "until-new-year" {
			t.Fatalf("got %v", p)
		}
		without := g.policyOf(t, 1)
		if without.GetVersion() != 1 || without.GetBindings()[1].GetCondition() != nil ||
			!strings.HasPrefix(without.GetBindings()[1].GetRole(), "roles/secretmanager.secretAccessor_withcond_") {
			t.Errorf("at version 1 conditions cannot be shown: got %v", without)
		}
		p.Bindings[0].Members = append(p.Bindings[0].Members, "serviceAccount:service-415104041262@gcp-sa-artifactregistry.iam.gserviceaccount.com")
		set, err := g.setPolicy(t, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.policyOf(t, 3); len(got.GetBindings()[0].GetMembers()) != 3 || string(got.GetEtag()) != string(set.GetEtag()) {
			t.Errorf("read back: %v", got)
		}
		_, err = g.setPolicy(t, p)
		wantCode(t, err, codes.Aborted)
		if _, text := problem(err); !strings.HasPrefix(text, "There were concurrent policy changes. Please retry the whole "+
			"read-modify-write with exponential backoff. The request's ETag '") {
			t.Errorf("got %s", text)
		}
	})
}

func TestSecretPolicyErrors(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		var many []string
		for i := range 1501 {
			many = append(many, fmt.Sprintf("user:u%d@example.com", i))
		}
		accessor := func(members ...string) *iampb.Policy {
			return &iampb.Policy{Bindings: []*iampb.Binding{{Role: "roles/secretmanager.secretAccessor", Members: members}}}
		}
		conditional := accessor("user:a@example.com")
		conditional.Bindings[0].Condition = &expr.Expr{Title: "t", Expression: "true"}
		atOne := g.policyOf(t, 3)
		atOne.Version = 1
		for _, c := range []struct {
			name   string
			policy *iampb.Policy
			text   string // empty: modelled
		}{
			{"agent that does not exist", accessor("serviceAccount:service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com"),
				"Service account service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com does not exist."},
			{"agent named by project id", accessor("serviceAccount:service-demo-healthy@gcp-sa-artifactregistry.iam.gserviceaccount.com"),
				"Service account service-demo-healthy@gcp-sa-artifactregistry.iam.gserviceaccount.com does not exist."},
			{"too many members", accessor(many...), "The number of members in the policy (1501) is larger than the maximum allowed size 1500."},
			{"condition without version 3", conditional, ""},
			{"conditions lost", atOne, ""},
			{"no kind", accessor("a@example.com"), ""},
			{"unknown kind", accessor("robot:a@example.com"), ""},
			{"unknown custom role", &iampb.Policy{Bindings: []*iampb.Binding{{Role: "projects/p/roles/none", Members: []string{"allUsers"}}}},
				"Role projects/p/roles/none is not supported for this resource."},
			{"version 2", &iampb.Policy{Version: 2}, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := g.setPolicy(t, c.policy)
				if c.text == "" {
					wantCode(t, err, codes.InvalidArgument)
				} else {
					wantError(t, err, codes.InvalidArgument, c.text)
				}
			})
		}
		if got := g.policyOf(t, 3); len(got.GetBindings()) != 2 {
			t.Errorf("a refused policy was set: %v", got)
		}
		if _, err := g.setPolicy(t, accessor(many[:1500]...)); err != nil {
			t.Errorf("1,500 members are allowed: %v", err)
		}
	})
}

func TestTestIamPermissionsOnSecrets(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		asked := []string{"secretmanager.versions.access", "secretmanager.secrets.setIamPolicy", "secretmanager.versions.add"}
		for _, c := range []struct {
			caller, secret string
			want           []string
		}{
			{DefaultCaller, "docker-hub-token", asked},
			{"editor@example.com", "docker-hub-token", asked[2:]},
			{"viewer@example.com", "docker-hub-token", asked[:1]}, // by the secret's own policy
			{"security-admin@example.com", "docker-hub-token", asked[1:2]},
			{"contractor@example.com", "docker-hub-token", nil}, // on a condition
			{DefaultCaller, "no-such-secret", nil},
		} {
			r, err := g.secrets.TestIamPermissions(as(t.Context(), c.caller), &iampb.TestIamPermissionsRequest{
				Resource: healthy + "/secrets/" + c.secret, Permissions: asked,
			})
			if err != nil || !slices.Equal(r.GetPermissions(), c.want) {
				t.Errorf("%s on %s: got %q, %v; want %q", c.caller, c.secret, r.GetPermissions(), err, c.want)
			}
		}
	})
}

func TestOrganisationPolicies(t *testing.T) {
	g := start(t, Options{SeedFile: seedFile(t, `
projects:
  - {id: in-europe, number: 77, allowedLocations: [europe-west1], allowedDomains: [example.com]}
`)})
	create := func(id string, replicas ...string) error {
		_, err := g.secrets.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{
			Parent: "projects/in-europe", SecretId: id, Secret: &secretmanagerpb.Secret{Replication: replication(replicas)},
		})
		return err
	}
	err := create("s")
	wantError(t, err, codes.FailedPrecondition, "Constraint constraints/gcp.resourceLocations violated for [orgpolicy:projects/77] attempting to "+
		"create a secret in [global]. For more information, see https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations.")
	if v := details(t, err).Details().PreconditionFailure.GetViolations(); len(v) != 1 || v[0].GetType() != "constraints/gcp.resourceLocations" {
		t.Errorf("got %v", v)
	}
	wantCode(t, create("s", "us-east1"), codes.FailedPrecondition)
	if err := create("s", "europe-west1"); err != nil {
		t.Fatal(err)
	}
	_, err = g.secrets.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: "projects/in-europe/secrets/s", Policy: &iampb.Policy{
		Bindings: []*iampb.Binding{{Role: "roles/viewer", Members: []string{"user:a@elsewhere.test"}}},
	}})
	wantError(t, err, codes.FailedPrecondition, "One or more users named in the policy do not belong to a permitted customer.")
}
