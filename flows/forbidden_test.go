package flows

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
)

// What people met, and what has to come of it: an organisation policy or a KMS
// key that forbids something is named, with the party that can change it, and
// no grant to the caller is proposed, for none helps.

const (
	globalKey   = "projects/keys/locations/global/keyRings/ring/cryptoKeys/hub"
	regionalKey = "projects/keys/locations/us-east1/keyRings/ring/cryptoKeys/east"
	secretAgent = "service-" + testNumber + "@gcp-sa-secretmanager.iam.gserviceaccount.com"
	grantOnKey  = "gcloud kms keys add-iam-policy-binding hub --keyring=ring --location=global --project=keys" +
		" --member=serviceAccount:" + secretAgent + " --role=roles/cloudkms.cryptoKeyEncrypterDecrypter"
)

func restrictedService() error {
	return &Error{Kind: OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: SecretManagerAPI, Consumer: "projects/" + testNumber,
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
func (r Report) says() string {
	var b strings.Builder
	if p := r.Problem; p != nil {
		b.WriteString(strings.Join(append([]string{p.Title, p.Detail}, p.Hints...), "\n"))
	}
	for _, f := range r.Checks {
		b.WriteString("\n" + f.Says + "\n" + f.Why)
		if f.Remedy != nil {
			b.WriteString("\n" + f.Remedy.Says + "\n" + f.Remedy.Command)
		}
	}
	return b.String()
}

func wantSaid(t *testing.T, r Report, want, never []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(r.says(), w) {
			t.Errorf("doesn't say %q:\n%s", w, r.says())
		}
	}
	for _, n := range never {
		if strings.Contains(r.says(), n) {
			t.Errorf("says %q:\n%s", n, r.says())
		}
	}
}

// grantsToCaller is in every command that would grant the caller something.
const grantsToCaller = "user:YOU"

func TestSetupBlamesThePartyThatCanAct(t *testing.T) {
	for _, c := range []struct {
		name  string
		calls []string
		err   *Error
		with  Options
		want  []string
		never []string
	}{
		{"Secret Manager isn't allowed", secretCalls, restrictedService().(*Error), Options{},
			[]string{"doesn't allow Secret Manager", "--secret-project", "gcloud org-policies describe gcp.restrictServiceUsage --effective --project=" + testNumber},
			[]string{grantsToCaller, "another name"}},
		{"Artifact Registry isn't allowed", []string{"Repository"}, &Error{Kind: OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: ArtifactRegistryAPI}, Options{},
			[]string{"doesn't allow Artifact Registry", "gcloud org-policies describe"}, []string{grantsToCaller, "--secret-project"}},
		{"a key of one's own is asked for", []string{"CreateSecret"}, &Error{Kind: OrgPolicy, Constraint: "constraints/gcp.restrictNonCmekServices", Op: "create secret projects/p/secrets/s"}, Options{},
			[]string{"--kms-key=projects/", "--project=p"}, []string{grantsToCaller}},
		{"keys of some projects only", []string{"CreateSecret"}, &Error{Kind: OrgPolicy, Constraint: "constraints/gcp.restrictCmekCryptoKeyProjects"}, Options{KMSKeys: []string{globalKey}},
			[]string{"--kms-key", "describe gcp.restrictCmekCryptoKeyProjects"}, []string{grantsToCaller}},
		{"some locations only", []string{"CreateSecret"}, &Error{Kind: OrgPolicy, Constraint: "constraints/gcp.resourceLocations"}, Options{},
			[]string{"--replication-locations=us-central1", "describe gcp.resourceLocations"}, []string{grantsToCaller}},
		{"members of some domains only", []string{"Grant"}, &Error{Kind: OrgPolicy, Constraint: "constraints/iam.allowedPolicyMemberDomains"}, Options{},
			[]string{"gcp-sa-artifactregistry", "describe iam.allowedPolicyMemberDomains"}, []string{grantsToCaller}},
		{"some members only", []string{"Grant"}, &Error{Kind: OrgPolicy, Constraint: "constraints/iam.managed.allowedPolicyMembers"}, Options{},
			[]string{"gcp-sa-artifactregistry", "describe iam.managed.allowedPolicyMembers"}, []string{grantsToCaller}},
		{"a custom constraint", []string{"SetCredentials"}, &Error{Kind: OrgPolicy, Constraint: "customConstraints/custom.noRemote"}, Options{},
			[]string{`"custom.noRemote"`, "describe custom.noRemote"}, []string{grantsToCaller}},
		{"a constraint that nobody knows yet", []string{"SetCredentials"}, &Error{Kind: OrgPolicy, Constraint: "constraints/artifactregistry.newOne"}, Options{},
			[]string{`"artifactregistry.newOne"`, "describe artifactregistry.newOne"}, []string{grantsToCaller}},
		{"a deny policy", []string{"AddVersion"}, &Error{Kind: DenyPolicy, Op: "add a version to secret projects/p/secrets/s"}, Options{},
			[]string{"deny policy", "gcloud iam policies list --kind=denypolicies --attachment-point=cloudresourcemanager.googleapis.com/projects/p"}, []string{grantsToCaller}},
		{"Secret Manager may not use the key", []string{"CreateSecret"}, &Error{Kind: KeyDenied, Service: SecretManagerAPI, Message: "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied"}, Options{KMSKeys: []string{globalKey}},
			[]string{`KMS key "hub"`, secretAgent, grantOnKey}, []string{grantsToCaller, "You lack"}},
		{"the key is disabled", []string{"AddVersion"}, &Error{Kind: KeyUnusable, Service: SecretManagerAPI, Key: globalKey}, Options{KMSKeys: []string{globalKey}},
			[]string{"disabled", "gcloud kms keys versions list --key=hub --keyring=ring --location=global --project=keys"}, []string{grantsToCaller}},
		{"the key's project has no KMS", []string{"CreateSecret"}, &Error{Kind: APIDisabled, Service: kmsAPI, Consumer: "projects/keys"}, Options{KMSKeys: []string{globalKey}},
			[]string{"gcloud services enable cloudkms.googleapis.com --project=keys"}, []string{grantsToCaller}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			f.fail = refusing(func() error { e := *c.err; return &e }, c.calls...)
			r := runHeadless(t, testEnv(t, f), Setup(), answers(), c.with)
			if r.Status == StatusDone || r.Problem == nil {
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
		f := newFake()
		f.fail = func(call string, after bool) error {
			switch {
			case call != "CreateSecret" || after:
				return nil
			case !f.kmsAgent:
				return &Error{Kind: AgentMissing, Service: SecretManagerAPI, Message: "Service account " + secretAgent + " does not exist."}
			case !granted:
				return &Error{Kind: KeyDenied, Service: SecretManagerAPI}
			}
			return nil
		}
		r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{KMSKeys: []string{globalKey}})
		if granted && r.Status != StatusDone || !f.kmsAgent {
			t.Errorf("status %s, %v", r.Status, r.Problem)
		}
		if !granted {
			wantSaid(t, r, []string{grantOnKey}, []string{grantsToCaller})
		}
		if want := []string{"CreateServiceAgent", "CreateSecret"}; len(f.writes()) < 3 || !slices.Equal(f.writes()[1:3], want) {
			t.Errorf("wrote %v", f.writes())
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
			f := newFake()
			r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{ReplicationLocations: c.locations, KMSKeys: c.keys})
			i := slices.IndexFunc(r.Checks, func(f check.Finding) bool { return f.Code == c.code && c.code != "" })
			switch {
			case c.code == "" && r.Status != StatusDone:
				t.Errorf("status %s, %v", r.Status, r.Problem)
			case c.code == "":
			case i < 0 || r.Checks[i].Level != check.Block || len(f.writes()) > 0 || r.Status != StatusFailed:
				t.Errorf("status %s, wrote %v, says\n%s", r.Status, f.writes(), r.says())
			default:
				wantSaid(t, r, []string{c.says}, nil)
			}
		})
	}
}

func TestCommandsOfAnEncryptedSecret(t *testing.T) {
	spec := SecretSpec{Locations: []string{"us-east1"}, KMSKeys: []string{regionalKey}}
	want := `printf %s '{"userManaged":{"replicas":[{"location":"us-east1","customerManagedEncryption":{"kmsKeyName":"` + regionalKey + `"}}]}}'` +
		` | gcloud secrets create s --project=p --replication-policy-file=-`
	if got := createCommand(SecretName{"p", "s"}, spec); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestDoctorNamesWhatForbids: never healthy where a policy or a key stops it, no
// grant that can't help, and no plan that pretends to fix it.
func TestDoctorNamesWhatForbids(t *testing.T) {
	key := func(k Kind) func() error { return func() error { return &Error{Kind: k, Service: SecretManagerAPI} } }
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
		{"the key may not be used", key(KeyDenied), []string{"Payload"}, linkPayload, check.KMSKeyUnusable, []string{grantOnKey}, 403},
		{"the key is disabled", key(KeyUnusable), []string{"Payload"}, linkPayload, check.KMSKeyUnusable, []string{"versions list --key=hub"}, 403},
		{"Secret Manager's agent is gone", key(AgentMissing), []string{"Payload"}, linkPayload, check.KMSKeyUnusable, []string{"identity create --service=secretmanager.googleapis.com --project=" + testProject}, 403},
	} {
		for _, fix := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				w := healthy()
				w.secret.info.KMSKeys = []string{globalKey}
				w.fail = refusing(c.err, c.calls...)
				w.pull = func(Repository, string) PullAnswer { return PullAnswer{Status: c.status, Detail: "failed to access secret version"} }
				r := w.doctor(t, nil, Options{Fix: fix})
				f := levelOf(r, c.link)
				if r.Broken != c.link || f.Code != c.code || f.Level != check.Block {
					t.Errorf("broken at %q; %s is %+v", r.Broken, c.link, f)
				}
				if fix && (r.Status != StatusFailed || r.Problem == nil) || !fix && r.ExitCode() != ExitRefused {
					t.Errorf("status %s, %v", r.Status, r.Problem)
				}
				wantSaid(t, r, c.want, []string{grantsToCaller})
				if len(w.writes()) > 0 {
					t.Errorf("wrote %v", w.writes())
				}
			})
		}
	}
}

// TestWhatWorksIsNotForbidden: a pull that reads the secret proves that the
// refusal is the caller's alone.
func TestWhatWorksIsNotForbidden(t *testing.T) {
	for _, kind := range []func() error{restrictedService, func() error { return &Error{Kind: Perimeter, Message: "prohibited"} }, func() error { return &Error{Kind: DenyPolicy} }} {
		w := healthy()
		w.fail = refusing(kind, secretCalls...)
		r := w.doctor(t, nil, Options{})
		if r.Broken != "" || !slices.Contains(r.Unknown, linkSecret) {
			t.Errorf("broken at %q, not checked %v", r.Broken, r.Unknown)
		}
		wantSaid(t, r, nil, []string{grantsToCaller})
	}
}

// TestAuditNamesWhatForbids, as doctor does, without a pull.
func TestAuditNamesWhatForbids(t *testing.T) {
	w := healthy()
	w.fail = refusing(restrictedService, secretCalls...)
	rows, err := w.audit(t, AuditOptions{})
	if err != nil || len(rows) != 1 || rows[0].Status != StatusBroken || rows[0].Broken != linkSecret || !strings.Contains(rows[0].Says, "doesn't allow Secret Manager") {
		t.Errorf("%+v, %v", rows, err)
	}
}
