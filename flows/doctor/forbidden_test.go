package doctor

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// What people met, and what has to come of it: an organisation policy or a KMS
// key that forbids something is named, with the party that can change it, and
// no grant to the caller is proposed, for none helps.

const (
	globalKey   = "projects/keys/locations/global/keyRings/ring/cryptoKeys/hub"
	regionalKey = "projects/keys/locations/us-east1/keyRings/ring/cryptoKeys/east"
	secretAgent = "service-" + cloudtest.TestNumber + "@gcp-sa-secretmanager.iam.gserviceaccount.com"
	grantOnKey  = "gcloud kms keys add-iam-policy-binding hub --keyring=ring --location=global --project=keys" +
		" --member=serviceAccount:" + secretAgent + " --role=roles/cloudkms.cryptoKeyEncrypterDecrypter"
)

func restrictedService() error { return restricted() }

func restricted() *cloud.Error {
	return &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: cloud.SecretManagerAPI, Consumer: "projects/" + cloudtest.TestNumber,
		Message: "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint"}
}

// refusing makes calls fail before they happen.
func refusing(err func() error, calls ...string) func(string, bool) error {
	return func(call string, after bool) error {
		if !after && slices.Contains(calls, call) {
			return err()
		}
		return nil
	}
}

var secretCalls = []string{"Secret", "Secrets", "SecretPermissions", "SecretPolicy", "Versions", "Version", "Payload", "CreateSecret", "AddVersion", "Grant"}

// says is everything that a report tells a person.
func says(r engine.Report) string {
	var b strings.Builder
	if p := r.Problem; p != nil {
		b.WriteString(strings.Join(append([]string{p.Title.In(text.English), p.Detail.In(text.English)}, check.Lines(p.Hints, text.English)...), "\n"))
	}
	for _, f := range r.Checks {
		b.WriteString("\n" + f.Says.In(text.English) + "\n" + f.Why.In(text.English))
		if f.Remedy != nil {
			b.WriteString("\n" + f.Remedy.Says.In(text.English) + "\n" + f.Remedy.Command)
		}
	}
	return b.String()
}

func wantSaid(t *testing.T, r engine.Report, want, never []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(says(r), w) {
			t.Errorf("doesn't say %q:\n%s", w, says(r))
		}
	}
	for _, n := range never {
		if strings.Contains(says(r), n) {
			t.Errorf("says %q:\n%s", n, says(r))
		}
	}
}

// grantsToCaller is in every command that would grant the caller something.
const grantsToCaller = "user:YOU"

func TestSetupBlamesThePartyThatCanAct(t *testing.T) {
	for _, c := range []struct {
		name  string
		calls []string
		err   *cloud.Error
		with  engine.Options
		want  []string
		never []string
	}{
		{"Secret Manager isn't allowed", secretCalls, restricted(), engine.Options{},
			[]string{"doesn't allow Secret Manager", "--secret-project", "gcloud org-policies describe gcp.restrictServiceUsage --effective --project=" + cloudtest.TestNumber},
			[]string{grantsToCaller, "another name"}},
		{"Artifact Registry isn't allowed", []string{"Repository"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: cloud.ArtifactRegistryAPI}, engine.Options{},
			[]string{"doesn't allow Artifact Registry", "gcloud org-policies describe"}, []string{grantsToCaller, "--secret-project"}},
		{"a key of one's own is asked for", []string{"CreateSecret"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictNonCmekServices", Op: "create secret projects/p/secrets/s"}, engine.Options{},
			[]string{"--kms-key=projects/", "--project=p"}, []string{grantsToCaller}},
		{"keys of some projects only", []string{"CreateSecret"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictCmekCryptoKeyProjects"}, engine.Options{KMSKeys: []string{globalKey}},
			[]string{"--kms-key", "describe gcp.restrictCmekCryptoKeyProjects"}, []string{grantsToCaller}},
		{"some locations only", []string{"CreateSecret"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.resourceLocations"}, engine.Options{},
			[]string{"--replication-locations=us-central1", "describe gcp.resourceLocations"}, []string{grantsToCaller}},
		{"members of some domains only", []string{"Grant"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/iam.allowedPolicyMemberDomains"}, engine.Options{},
			[]string{"gcp-sa-artifactregistry", "describe iam.allowedPolicyMemberDomains"}, []string{grantsToCaller}},
		{"some members only", []string{"Grant"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/iam.managed.allowedPolicyMembers"}, engine.Options{},
			[]string{"gcp-sa-artifactregistry", "describe iam.managed.allowedPolicyMembers"}, []string{grantsToCaller}},
		{"a custom constraint", []string{"SetCredentials"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "customConstraints/custom.noRemote"}, engine.Options{},
			[]string{`"custom.noRemote"`, "describe custom.noRemote"}, []string{grantsToCaller}},
		{"a constraint that nobody knows yet", []string{"SetCredentials"}, &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/artifactregistry.newOne"}, engine.Options{},
			[]string{`"artifactregistry.newOne"`, "describe artifactregistry.newOne"}, []string{grantsToCaller}},
		{"a deny policy", []string{"AddVersion"}, &cloud.Error{Kind: cloud.DenyPolicy, Op: "add a version to secret projects/p/secrets/s"}, engine.Options{},
			[]string{"deny policy", "gcloud iam policies list --kind=denypolicies --attachment-point=cloudresourcemanager.googleapis.com/projects/p"}, []string{grantsToCaller}},
		{"Secret Manager may not use the key", []string{"CreateSecret"}, &cloud.Error{Kind: cloud.KeyDenied, Service: cloud.SecretManagerAPI, Message: "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied"}, engine.Options{KMSKeys: []string{globalKey}},
			[]string{`KMS key "hub"`, secretAgent, grantOnKey}, []string{grantsToCaller, "You lack"}},
		{"the key is disabled", []string{"AddVersion"}, &cloud.Error{Kind: cloud.KeyUnusable, Service: cloud.SecretManagerAPI, Key: globalKey}, engine.Options{KMSKeys: []string{globalKey}},
			[]string{"disabled", "gcloud kms keys versions list --key=hub --keyring=ring --location=global --project=keys"}, []string{grantsToCaller}},
		{"the key's project has no KMS", []string{"CreateSecret"}, &cloud.Error{Kind: cloud.APIDisabled, Service: engine.KmsAPI, Consumer: "projects/keys"}, engine.Options{KMSKeys: []string{globalKey}},
			[]string{"gcloud services enable cloudkms.googleapis.com --project=keys"}, []string{grantsToCaller}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := cloudtest.NewFake()
			f.Fail = refusing(func() error { e := *c.err; return &e }, c.calls...)
			r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), c.with)
			if r.Status == engine.StatusDone || r.Problem == nil {
				t.Fatalf("status %s, %v", r.Status, r.Problem)
			}
			wantSaid(t, r, c.want, c.never)
		})
	}
}

// TestSetupMakesSecretManagersAgent: a project that has never used a KMS key for
// a secret has no such agent. It is created, and what it still lacks is said.
func TestSetupMakesSecretManagersAgent(t *testing.T) {
	for _, granted := range []bool{true, false} {
		f := cloudtest.NewFake()
		f.Fail = func(call string, after bool) error {
			switch {
			case call != "CreateSecret" || after:
				return nil
			case !f.KmsAgent:
				return &cloud.Error{Kind: cloud.AgentMissing, Service: cloud.SecretManagerAPI, Message: "Service account " + secretAgent + " does not exist."}
			case !granted:
				return &cloud.Error{Kind: cloud.KeyDenied, Service: cloud.SecretManagerAPI}
			}
			return nil
		}
		r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), engine.Options{KMSKeys: []string{globalKey}})
		if granted && r.Status != engine.StatusDone || !f.KmsAgent {
			t.Errorf("status %s, %v", r.Status, r.Problem)
		}
		if !granted {
			wantSaid(t, r, []string{grantOnKey}, []string{grantsToCaller})
		}
		if want := []string{"CreateServiceAgent", "CreateSecret"}; len(f.Writes()) < 3 || !slices.Equal(f.Writes()[1:3], want) {
			t.Errorf("wrote %v", f.Writes())
		}
	}
}

// TestKeysThatCanNotFit are found by their names, before anything is written.
func TestKeysThatCanNotFit(t *testing.T) {
	west := strings.ReplaceAll(regionalKey, "us-east1", "us-west1")
	for _, c := range []struct {
		name      string
		locations []string
		keys      []string
		code      check.Code
		says      string
	}{
		{"no key", nil, nil, "", ""},
		{"global, automatic", nil, []string{globalKey}, "", ""},
		{"regional, replicated there", []string{"us-east1"}, []string{regionalKey}, "", ""},
		{"one for each, in any order", []string{"us-west1", "us-east1"}, []string{regionalKey, west}, "", ""},
		{"of a project with a domain", nil, []string{strings.Replace(globalKey, "projects/keys", "projects/example.com:keys", 1)}, "", ""},
		{"regional, automatic", nil, []string{regionalKey}, check.KMSKeyLocation, "--replication-locations=us-east1"},
		{"global, replicated", []string{"us-east1"}, []string{globalKey}, check.KMSKeyLocation, "no replica"},
		{"of another region", []string{"us-east1"}, []string{west}, check.KMSKeyLocation, "no replica"},
		{"multi-region for a region", []string{"us-east1"}, []string{strings.ReplaceAll(regionalKey, "us-east1", "us")}, check.KMSKeyLocation, "no replica"},
		{"one for two", []string{"us-east1", "us-west1"}, []string{regionalKey}, check.KMSKeyLocation, `"us-west1"`},
		{"two for one", []string{"us-east1"}, []string{regionalKey, regionalKey}, check.KMSKeyLocation, "Two"},
		{"two, automatic", nil, []string{globalKey, globalKey}, check.KMSKeyLocation, "Two"},
		{"a version", nil, []string{globalKey + "/cryptoKeyVersions/1"}, check.KMSKeyName, "version"},
		{"a short name", nil, []string{"hub"}, check.KMSKeyName, "full name"},
		{"a key ring", nil, []string{"projects/keys/locations/global/keyRings/ring"}, check.KMSKeyName, "full name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := cloudtest.NewFake()
			r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), engine.Options{ReplicationLocations: c.locations, KMSKeys: c.keys})
			i := slices.IndexFunc(r.Checks, func(f check.Finding) bool { return f.Code == c.code && c.code != "" })
			switch {
			case c.code == "" && r.Status != engine.StatusDone:
				t.Errorf("status %s, %v", r.Status, r.Problem)
			case c.code == "":
			case i < 0 || r.Checks[i].Level != check.Block || len(f.Writes()) > 0 || r.Status != engine.StatusFailed:
				t.Errorf("status %s, wrote %v, says\n%s", r.Status, f.Writes(), says(r))
			default:
				wantSaid(t, r, []string{c.says}, nil)
			}
		})
	}
}

func TestCommandsOfAnEncryptedSecret(t *testing.T) {
	spec := cloud.SecretSpec{Locations: []string{"us-east1"}, KMSKeys: []string{regionalKey}}
	want := `printf %s '{"userManaged":{"replicas":[{"location":"us-east1","customerManagedEncryption":{"kmsKeyName":"` + regionalKey + `"}}]}}'` +
		` | gcloud secrets create s --project=p --replication-policy-file=-`
	if got := act.CreateCommand(cloud.SecretName{Project: "p", ID: "s"}, spec); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestDoctorNamesWhatForbids: never healthy where a policy or a key stops it, no
// grant that can't help, and no plan that pretends to fix it.
func TestDoctorNamesWhatForbids(t *testing.T) {
	key := func(k cloud.Kind) func() error {
		return func() error { return &cloud.Error{Kind: k, Service: cloud.SecretManagerAPI} }
	}
	for _, c := range []struct {
		name   string
		err    func() error
		calls  []string
		link   string
		code   check.Code
		want   []string
		status int // of the pull
	}{
		{"Secret Manager isn't allowed", restrictedService, secretCalls, linkSecret, check.OrganisationPolicy, []string{"describe gcp.restrictServiceUsage"}, 403},
		{"the key may not be used", key(cloud.KeyDenied), []string{"Payload"}, linkPayload, check.KMSKeyUnusable, []string{grantOnKey}, 403},
		{"the key is disabled", key(cloud.KeyUnusable), []string{"Payload"}, linkPayload, check.KMSKeyUnusable, []string{"versions list --key=hub"}, 403},
		{"Secret Manager's agent is gone", key(cloud.AgentMissing), []string{"Payload"}, linkPayload, check.KMSKeyUnusable, []string{"identity create --service=secretmanager.googleapis.com --project=" + cloudtest.TestProject}, 403},
	} {
		for _, fix := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				w := enginetest.Healthy()
				w.Secret.Info.KMSKeys = []string{globalKey}
				w.Fail = refusing(c.err, c.calls...)
				w.PullAnswers = func(cloud.Repository, string) cloud.PullAnswer {
					return cloud.PullAnswer{Status: c.status, Detail: "failed to access secret version"}
				}
				r := w.Run(t, Doctor(), nil, engine.Options{Fix: fix})
				f := enginetest.LevelOf(r, c.link)
				if r.Broken != c.link || f.Code != c.code || f.Level != check.Block {
					t.Errorf("broken at %q; %s is %+v", r.Broken, c.link, f)
				}
				if fix && (r.Status != engine.StatusFailed || r.Problem == nil) || !fix && r.Ending() != engine.EndedRejected {
					t.Errorf("status %s, %v", r.Status, r.Problem)
				}
				wantSaid(t, r, c.want, []string{grantsToCaller})
				if len(w.Writes()) > 0 {
					t.Errorf("wrote %v", w.Writes())
				}
			})
		}
	}
}

// TestWhatWorksIsNotForbidden: a pull that reads the secret proves that the
// refusal is the caller's alone.
func TestWhatWorksIsNotForbidden(t *testing.T) {
	for _, kind := range []func() error{restrictedService, func() error { return &cloud.Error{Kind: cloud.Perimeter, Message: "prohibited"} }, func() error { return &cloud.Error{Kind: cloud.DenyPolicy} }} {
		w := enginetest.Healthy()
		w.Fail = refusing(kind, secretCalls...)
		r := w.Run(t, Doctor(), nil, engine.Options{})
		if r.Broken != "" || !slices.Contains(r.Unknown, linkSecret) {
			t.Errorf("broken at %q, not checked %v", r.Broken, r.Unknown)
		}
		wantSaid(t, r, nil, []string{grantsToCaller})
	}
}

// TestAuditNamesWhatForbids, as doctor does, without a pull.
func TestAuditNamesWhatForbids(t *testing.T) {
	w := enginetest.Healthy()
	w.Fail = refusing(restrictedService, secretCalls...)
	rows, err := auditOf(t, w, AuditOptions{})
	if err != nil || len(rows) != 1 || rows[0].Status != engine.StatusBroken || rows[0].Broken != linkSecret || !strings.Contains(rows[0].Says.In(text.English), "doesn't allow Secret Manager") {
		t.Errorf("%+v, %v", rows, err)
	}
}
