package emulator

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Where a refusal's text is known from.
const (
	modelled  = "modelled"
	recorded  = "GoogleCloudPlatform/k8s-config-connector, recorded answers"
	issue819  = "googleapis/google-api-python-client#819"
	issue7833 = "hashicorp/terraform-provider-google#7833"
	gcloudIAM = "gcloud's answers to add-iam-policy-binding in public scripts"
	unwritten = "known, no public record" // FACTS
	kms       = "hashicorp/terraform-provider-google#15415"
)

// refused is a request that Google refuses: by which code, in which words, for
// which field, and how that is known.
type refused struct {
	name   string
	ask    func(context.Context, *google) error
	code   codes.Code
	text   string
	field  string // in the details' violations; empty: not looked for
	source string
}

const token = healthy + "/secrets/docker-hub-token"

func secretRequest(change func(*secretmanagerpb.Secret)) func(context.Context, *google) error {
	return func(ctx context.Context, g *google) error {
		s := &secretmanagerpb.Secret{Replication: replication(nil)}
		change(s)
		_, err := g.secrets.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{Parent: healthy, SecretId: "refused", Secret: s})
		return err
	}
}

func repositoryRequest(change func(*artifactregistrypb.Repository)) func(context.Context, *google) error {
	return func(ctx context.Context, g *google) error {
		r := remoteDockerHub()
		change(r)
		_, err := g.registry.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: "refused", Repository: r})
		return err
	}
}

func binding(role string, version int32, condition *expr.Expr, members ...string) *iampb.SetIamPolicyRequest {
	return &iampb.SetIamPolicyRequest{Policy: &iampb.Policy{Version: version,
		Bindings: []*iampb.Binding{{Role: role, Members: members, Condition: condition}}}}
}

func onToken(req *iampb.SetIamPolicyRequest) func(context.Context, *google) error {
	return func(ctx context.Context, g *google) error {
		req.Resource = token
		_, err := g.secrets.SetIamPolicy(ctx, req)
		return err
	}
}

func onHub(req *iampb.SetIamPolicyRequest) func(context.Context, *google) error {
	return func(ctx context.Context, g *google) error {
		req.Resource = dockerHub
		_, err := g.registry.SetIamPolicy(ctx, req)
		return err
	}
}

func onDemo(req *iampb.SetIamPolicyRequest) func(context.Context, *google) error {
	return func(ctx context.Context, g *google) error {
		req.Resource = healthy
		_, err := g.projects.SetIamPolicy(ctx, req)
		return err
	}
}

func when(title, expression string) *expr.Expr {
	return &expr.Expr{Title: title, Expression: expression}
}

func keyed(key string) *secretmanagerpb.CustomerManagedEncryption {
	return &secretmanagerpb.CustomerManagedEncryption{KmsKeyName: key}
}

func keyAt(place string) string {
	return healthy + "/locations/" + place + "/keyRings/r/cryptoKeys/k"
}

func secretsFiltered(filter string) func(context.Context, *google) error {
	return func(ctx context.Context, g *google) error {
		_, err := g.secrets.ListSecrets(ctx, &secretmanagerpb.ListSecretsRequest{Parent: healthy, Filter: filter}).Next()
		return err
	}
}

const (
	accessor = "roles/secretmanager.secretAccessor"
	ann      = "user:ann@example.com"
)

var refusals = []refused{
	// Roles, members and conditions of policies.
	{"a role that does not exist", onToken(binding("roles/secretmanager.nosuch", 1, nil, ann)), codes.InvalidArgument,
		"Role roles/secretmanager.nosuch is not supported for this resource.", "", unwritten},
	{"a role of another service, on a secret", onToken(binding("roles/storage.admin", 1, nil, ann)), codes.InvalidArgument,
		"Role roles/storage.admin is not supported for this resource.", "", unwritten},
	{"a role of the other API, on a repository", onHub(binding(accessor, 1, nil, ann)), codes.InvalidArgument,
		"Role roles/secretmanager.secretAccessor is not supported for this resource.", "", unwritten},
	{"a role of a project alone, on a secret", onToken(binding("roles/browser", 1, nil, ann)), codes.InvalidArgument,
		"Role roles/browser is not supported for this resource.", "", unwritten},
	{"a role that does not exist, on a project", onDemo(binding("roles/artifactregistry.nosuch", 1, nil, ann)), codes.InvalidArgument,
		"Role roles/artifactregistry.nosuch is not supported for this resource.", "", unwritten},
	{"a role of no service, on a project", onDemo(binding("roles/nosuch.admin", 1, nil, ann)), codes.InvalidArgument,
		"Role roles/nosuch.admin is not supported for this resource.", "", unwritten},
	{"a custom role that does not exist", onToken(binding("projects/demo-healthy/roles/none", 1, nil, ann)), codes.InvalidArgument,
		"Role projects/demo-healthy/roles/none is not supported for this resource.", "", unwritten},
	{"no role's name", onToken(binding("secretAccessor", 1, nil, ann)), codes.InvalidArgument,
		`The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".`, "", gcloudIAM},
	{"a member without its type", onToken(binding(accessor, 1, nil, "ann@example.com")), codes.InvalidArgument,
		`Policy members must be of the form "<type>:<value>".`, "", issue819},
	{"a member of no type", onToken(binding(accessor, 1, nil, "person:ann@example.com")), codes.InvalidArgument,
		"The member person:ann@example.com is of an unknown type. Please set a valid type prefix for the member.", "", gcloudIAM},
	{"a member that is no address", onToken(binding(accessor, 1, nil, "user:ann")), codes.InvalidArgument,
		"Invalid member: user:ann. The value does not fit the type user.", "", modelled},
	{"a service agent that does not exist yet", onToken(binding(accessor, 1, nil, "serviceAccount:service-415104041262@gcp-sa-secretmanager.iam.gserviceaccount.com")),
		codes.InvalidArgument, "Service account service-415104041262@gcp-sa-secretmanager.iam.gserviceaccount.com does not exist.", "", "hashicorp/terraform-provider-google#9969"},
	{"too many members", onToken(binding(accessor, 1, nil, manyMembers("user", 1501)...)), codes.InvalidArgument,
		"The number of members in the policy (1501) is larger than the maximum allowed size 1500.", "", modelled},
	{"too many groups", onToken(binding(accessor, 1, nil, manyMembers("group", 251)...)), codes.InvalidArgument,
		"The number of groups in the policy (251) is larger than the maximum allowed size 250.", "", modelled},
	{"a condition below version 3", onToken(binding(accessor, 1, when("t", "true"), ann)), codes.InvalidArgument,
		"Policies with conditional role bindings must specify version 3.", "policy.version", modelled},
	{"a condition without a title", onToken(binding(accessor, 3, when("", "true"), ann)), codes.InvalidArgument,
		"A condition of the role roles/secretmanager.secretAccessor has no title: a title is required.", "policy.bindings.condition.title", modelled},
	{"a condition that does not parse", onToken(binding(accessor, 3, when("t", "request.time <"), ann)), codes.InvalidArgument,
		"Condition expression compilation failed. 1:15: Syntax error: mismatched input '<EOF>'", "policy.bindings.condition.expression", modelled},
	{"a condition on what there is not", onToken(binding(accessor, 3, when("t", "resource.colour == 'red'"), ann)), codes.InvalidArgument,
		"Condition expression compilation failed. 1:10: undeclared reference to 'resource.colour' (in container '')", "policy.bindings.condition.expression", modelled},
	{"a condition on a basic role", onDemo(binding("roles/editor", 3, when("t", "true"), ann)), codes.InvalidArgument,
		"Conditions can't be set on primitive roles", "", issue7833},
	{"a version that there is not", onToken(binding(accessor, 2, nil, ann)), codes.InvalidArgument,
		"Invalid policy version: 2. Only 0, 1 and 3 are supported.", "policy.version", modelled},

	// Permissions that are asked about.
	{"a permission that does not exist", testPermission(token, "secretmanager.secrets.nosuch"), codes.InvalidArgument,
		"Permission secretmanager.secrets.nosuch is not valid for this resource.", "", unwritten},
	{"a permission of another service", testPermission(token, "storage.buckets.get"), codes.InvalidArgument,
		"Permission storage.buckets.get is not valid for this resource.", "", unwritten},
	{"a permission of the other API", testPermission(dockerHub, "secretmanager.versions.access"), codes.InvalidArgument,
		"Permission secretmanager.versions.access is not valid for this resource.", "", unwritten},
	{"a permission with a star", testPermission(healthy, "secretmanager.*"), codes.InvalidArgument,
		"Permission secretmanager.* is not valid for this resource.", "", unwritten},
	{"a permission of a folder", testPermission(healthy, "resourcemanager.folders.get"), codes.InvalidArgument,
		"Permission resourcemanager.folders.get is not valid for this resource.", "", unwritten},

	// Secrets.
	{"a secret that is not there", func(ctx context.Context, g *google) error {
		_, err := g.secrets.GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/none"})
		return err
	}, codes.NotFound, "Secret [" + numbered + "/secrets/none] not found.", "", recorded},
	{"a payload of a secret that is not there", func(ctx context.Context, g *google) error {
		_, err := g.secrets.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: healthy + "/secrets/none/versions/latest"})
		return err
	}, codes.NotFound, "Secret [" + numbered + "/secrets/none] not found or has no versions.", "", recorded},
	{"a key elsewhere", secretRequest(func(s *secretmanagerpb.Secret) {
		s.GetReplication().GetAutomatic().CustomerManagedEncryption = keyed(keyAt("us-east1"))
	}), codes.InvalidArgument, "The KMS key [" + keyAt("us-east1") + "] is in the location [us-east1], but must be in [global].",
		"secret.replication.automatic.customer_managed_encryption.kms_key_name", modelled},
	{"a replica's key elsewhere", secretRequest(func(s *secretmanagerpb.Secret) {
		s.Replication = replication([]string{"us-east1"})
		s.GetReplication().GetUserManaged().GetReplicas()[0].CustomerManagedEncryption = keyed(keyAt("global"))
	}), codes.InvalidArgument, "The KMS key [" + keyAt("global") + "] is in the location [global], but must be in [us-east1].",
		"secret.replication.user_managed.replicas[0].customer_managed_encryption.kms_key_name", modelled},
	{"a key for one replica of two", secretRequest(func(s *secretmanagerpb.Secret) {
		s.Replication = replication([]string{"us-east1", "us-west1"})
		s.GetReplication().GetUserManaged().GetReplicas()[0].CustomerManagedEncryption = keyed(keyAt("us-east1"))
	}), codes.InvalidArgument, "Either all replicas must have a customer-managed encryption key, or none: 1 of 2 have one.",
		"secret.replication.user_managed.replicas", modelled},
	{"a key that Secret Manager may not use", secretRequest(func(s *secretmanagerpb.Secret) {
		s.GetReplication().GetAutomatic().CustomerManagedEncryption = keyed(keyAt("global"))
	}), codes.FailedPrecondition, "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource '" + keyAt("global") + "' (or it may not exist).",
		"secret.replication", kms},
	{"too short a life, as a duration", secretRequest(func(s *secretmanagerpb.Secret) {
		s.Expiration = &secretmanagerpb.Secret_Ttl{Ttl: durationpb.New(30e9)}
	}), codes.InvalidArgument, "A secret must expire in 60 seconds at the soonest and in 100 years at the latest.", "secret.ttl", modelled},
	{"too short a life, as a time", secretRequest(func(s *secretmanagerpb.Secret) {
		s.Expiration = &secretmanagerpb.Secret_ExpireTime{ExpireTime: timestamppb.New(contractTime.AddDate(-1, 0, 0))}
	}), codes.InvalidArgument, "A secret must expire in 60 seconds at the soonest and in 100 years at the latest.", "secret.expire_time", modelled},
	{"rotation without topics", secretRequest(func(s *secretmanagerpb.Secret) {
		s.Rotation = &secretmanagerpb.Rotation{NextRotationTime: timestamppb.New(contractTime.AddDate(50, 0, 0))}
	}), codes.InvalidArgument, "Secret.topics must be set to configure rotation.", "secret.rotation", modelled},
	{"a topic that is none", secretRequest(func(s *secretmanagerpb.Secret) { s.Topics = []*secretmanagerpb.Topic{{Name: "rotations"}} }),
		codes.InvalidArgument, "The topic [rotations] does not match the expected format [projects/*/topics/*].", "secret.topics", modelled},
	{"a secret's type that there is not", secretRequest(func(s *secretmanagerpb.Secret) { s.SecretType = 99 }), codes.InvalidArgument,
		"Invalid value at 'secret.secret_type' (type.googleapis.com/google.cloud.secretmanager.v1.Secret.SecretType), 99", "secret.secret_type", modelled},
	{"a filter that ends too early", secretsFiltered("name:(a OR"), codes.InvalidArgument, "Invalid filter: it ends too early.", "filter", modelled},

	// Repositories.
	{"a label in capitals", repositoryRequest(func(r *artifactregistrypb.Repository) { r.Labels = map[string]string{"Team": "a"} }), codes.InvalidArgument,
		`The label key "Team" is invalid: it must begin with a lowercase letter, have at most 63 characters, and only lowercase letters, digits, underscores and dashes.`,
		"repository.labels", modelled},
	{"a label of another script", repositoryRequest(func(r *artifactregistrypb.Repository) { r.Labels = map[string]string{"team": "é"} }), codes.InvalidArgument,
		`The value "é" of the label "team" is invalid: it must have at most 63 characters, and only lowercase letters, digits, underscores and dashes.`,
		"repository.labels", modelled},
	{"too many labels", repositoryRequest(func(r *artifactregistrypb.Repository) { r.Labels = manyLabels(65) }), codes.InvalidArgument,
		"A repository can have at most 64 labels.", "repository.labels", modelled},
	{"a format that there is not", repositoryRequest(func(r *artifactregistrypb.Repository) { r.Format = 7 }), codes.InvalidArgument,
		"Invalid value at 'repository.format' (type.googleapis.com/google.devtools.artifactregistry.v1.Repository.Format), 7", "repository.format",
		"decolua/9router#1876 for the form"},
	{"an id in capitals", func(ctx context.Context, g *google) error {
		_, err := g.registry.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: "Upper", Repository: remoteDockerHub()})
		return err
	}, codes.InvalidArgument, `The repository_id "Upper" is invalid: it must match ^[a-z]([a-z0-9-]*[a-z0-9])?$.`, "repository_id", modelled},
	{"another format later", func(ctx context.Context, g *google) error {
		_, err := g.registry.UpdateRepository(ctx, &artifactregistrypb.UpdateRepositoryRequest{
			Repository: &artifactregistrypb.Repository{Name: dockerHub, Format: artifactregistrypb.Repository_NPM},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"format"}},
		})
		return err
	}, codes.InvalidArgument, `Repository field "format" cannot be changed after the repository was created.`, "repository.format", modelled},

	// Projects.
	{"a query that is none", func(ctx context.Context, g *google) error {
		_, err := g.projects.SearchProjects(ctx, &resourcemanagerpb.SearchProjectsRequest{Query: "colour:red"}).Next()
		return err
	}, codes.InvalidArgument, `Invalid filter: "colour:red" is not understood.`, "filter", modelled},
}

func manyMembers(kind string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s:m%d@example.com", kind, i)
	}
	return all
}

func testPermission(resource, permission string) func(context.Context, *google) error {
	return func(ctx context.Context, g *google) (err error) {
		req := &iampb.TestIamPermissionsRequest{Resource: resource, Permissions: []string{permission}}
		switch {
		case strings.Contains(resource, "/secrets/"):
			_, err = g.secrets.TestIamPermissions(ctx, req)
		case strings.Contains(resource, "/repositories/"):
			_, err = g.registry.TestIamPermissions(ctx, req)
		default:
			_, err = g.projects.TestIamPermissions(ctx, req)
		}
		return err
	}
}

// TestRefusals makes each request over both transports.
func TestRefusals(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		for _, r := range refusals {
			t.Run(r.name, func(t *testing.T) {
				err := r.ask(t.Context(), g)
				wantError(t, err, r.code, r.text)
				if r.source == "" {
					t.Error("nothing says how this is known")
				}
				if r.field == "" || t.Failed() {
					return
				}
				found := details(t, err).Details().BadRequest.GetFieldViolations()
				if len(found) != 1 || found[0].GetField() != r.field || found[0].GetDescription() == "" {
					t.Errorf("violations %v, want one of %q", found, r.field)
				}
			})
		}
	})
}

// TestPayloadRefusals sends bodies that only REST can have wrong. The form of
// all is that of decolua/9router#1876; the words are those of protobuf's
// ProtoStreamObjectWriter and JsonStreamParser.
func TestPayloadRefusals(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	const secrets, repositories, policy = "/v1/" + healthy + "/secrets?secretId=x", "/v1/" + central + "/repositories?repositoryId=x", "/v1/" + token + ":setIamPolicy"
	for _, c := range []struct{ target, body, text, field string }{
		{secrets, `{"nosuch":1}`, `Invalid JSON payload received. Unknown name "nosuch" at 'secret': Cannot find field.`, "secret"},
		{secrets, `{"replication":{"automatic":{"nosuch":1}}}`, `Invalid JSON payload received. Unknown name "nosuch" at 'secret.replication.automatic': Cannot find field.`, "secret.replication.automatic"},
		{policy, `{"nosuch":1}`, `Invalid JSON payload received. Unknown name "nosuch": Cannot find field.`, ""},
		{policy, `{"policy":{"bindings":[{"role":"r"},{"nosuch":1}]}}`, `Invalid JSON payload received. Unknown name "nosuch" at 'policy.bindings[1]': Cannot find field.`, "policy.bindings[1]"},
		{repositories, `{"format":"TAR"}`, `Invalid value at 'repository.format' (type.googleapis.com/google.devtools.artifactregistry.v1.Repository.Format), "TAR"`, "repository.format"},
		{repositories, `{"remoteRepositoryConfig":{"noCache":3}}`, `Invalid value at 'repository.remote_repository_config.no_cache' (type.googleapis.com/google.devtools.artifactregistry.v1.RemoteRepositoryConfig.NoCache), 3`, "repository.remote_repository_config.no_cache"},
		{repositories, `{"cleanupPolicyDryRun":"maybe"}`, `Invalid value at 'repository.cleanup_policy_dry_run' (TYPE_BOOL), "maybe"`, "repository.cleanup_policy_dry_run"},
		{secrets, `{"labels":{"a":"b","c":3}}`, `Invalid value at 'secret.labels[1].value' (TYPE_STRING), 3`, "secret.labels[1].value"},
		{secrets, `{"labels":["a"]}`, `Invalid value at 'secret.labels' (Map), Cannot bind a list to map for field 'labels'.`, "secret.labels"},
		{secrets, `{"etag":{"a":1}}`, `Invalid value at 'secret.etag' (TYPE_STRING), Starting an object on a scalar field`, "secret.etag"},
		{secrets, `{"etag":["a"]}`, `Invalid JSON payload received. Unknown name "etag" at 'secret': Proto field is not repeating, cannot start list.`, "secret"},
		{secrets, `{"ttl":"1h"}`, `Invalid value at 'secret.ttl' (type.googleapis.com/google.protobuf.Duration), Field 'ttl', Illegal duration format; duration must end with 's'`, "secret.ttl"},
		{secrets, `{"expireTime":"2030-01-01T00:00:00"}`, `Invalid value at 'secret.expire_time' (type.googleapis.com/google.protobuf.Timestamp), Field 'expireTime', Illegal timestamp format; timestamps must end with 'Z' or have a valid timezone offset.`, "secret.expire_time"},
		{secrets, `{"ttl":"3600s","expireTime":"2030-01-01T00:00:00Z"}`, `Invalid value at 'secret' (oneof), oneof field 'expiration' is already set. Cannot set 'expireTime'`, "secret"},
		{secrets, `{"versionAliases":{"a":"x"}}`, `Invalid value at 'secret.version_aliases[0].value' (TYPE_INT64), "x"`, "secret.version_aliases[0].value"},
		{"/v1/" + token + ":addVersion", `{"payload":{"data":"!"}}`, `Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed for "!"`, "payload.data"},
		{secrets, `[]`, `Invalid JSON payload received. Unknown name "": Root element must be a message.`, ""},
		{secrets, `{"etag":"a"`, "Invalid JSON payload received. Unexpected end of string. Expected a value.\n{\"etag\":\"a\"\n           ^", ""},
		{secrets, `{"etag" "a"}`, "Invalid JSON payload received. Expected : between key:value pair.\n{\"etag\" \"a\"}\n        ^", ""},
		{secrets, `{"a":1,"b":2}`, "Invalid JSON payload received. Unknown name \"a\" at 'secret': Cannot find field.\nInvalid JSON payload received. Unknown name \"b\" at 'secret': Cannot find field.", "secret"},
	} {
		code, answer := g.rest(t, http.MethodPost, c.target, c.body)
		wanted := fmt.Sprintf(`"message":%s,"status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{`, shown(c.text))
		if c.field != "" {
			wanted += fmt.Sprintf(`"field":%q,`, c.field)
		}
		if code != http.StatusBadRequest || !strings.Contains(answer, wanted+`"description":`) {
			t.Errorf("%s: %d\n got %s\nwant %s", c.body, code, answer, wanted)
		}
	}
	// What Google takes: names in either form, enums in any case or as
	// numbers, one value for a list, numbers as texts, and nulls.
	for _, body := range []string{
		`{"replication":{"user_managed":{"replicas":{"location":"us-east1","x":null}}},"etag":null,"nosuch":null}`,
		`{"replication":{"automatic":{}},"secretType":"other","version_destroy_ttl":"86400s"}`,
	} {
		code, answer := g.rest(t, http.MethodPost, "/v1/"+healthy+"/secrets?secret_id="+fmt.Sprintf("s%d", len(body)), body)
		if code != http.StatusOK {
			t.Errorf("%s: %d %s", body, code, answer)
		}
	}
}
