package enginetest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
)

// fakeHub is Docker Hub in memory: it knows testUser with the tokens it is
// given. Its answers follow the distribution specification.
type fakeHub struct {
	Good []string
	Down bool
	Sent atomic.Int64 // credentials
}

// TestUser is the user name that the hub knows.
const TestUser = "alice"

// Tokens of another making than testToken.
const (
	OtherToken = "dckr_pat_ZYXWVUTSRQPONMLKJIHGFEDCBA0"
	ThirdToken = "dckr_pat_0123456789ABCDEFGHIJKLMNOPQ"
)

func (h *fakeHub) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.Down {
		return nil, io.ErrUnexpectedEOF
	}
	answer := func(status int, body string, header ...string) (*http.Response, error) {
		a := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1}
		for i := 0; i+1 < len(header); i += 2 {
			a.Header.Set(header[i], header[i+1])
		}
		return a, nil
	}
	given, basic := strings.CutPrefix(r.Header.Get("Authorization"), "Basic ")
	switch {
	case r.URL.Host == "auth.docker.io" && basic:
		h.Sent.Add(1)
		pair, _ := base64.StdEncoding.DecodeString(given)
		user, pass, _ := bytes.Cut(pair, []byte(":"))
		if string(user) == TestUser && slices.Contains(h.Good, string(pass)) {
			return answer(200, `{"token":"t"}`)
		}
		return answer(401, `{"details":"incorrect username or password"}`)
	case r.URL.Host == "auth.docker.io":
		return answer(200, `{"token":"anonymous"}`)
	case r.Header.Get("Authorization") == "":
		return answer(401, `{}`, "WWW-Authenticate", `Bearer realm="https://auth.docker.io/token",service="registry.docker.io"`,
			"Docker-Distribution-Api-Version", "registry/2.0")
	default:
		return answer(200, `{}`, "Docker-Distribution-Api-Version", "registry/2.0")
	}
}

// World is a repository that works, to be broken by a test.
type World struct {
	*cloudtest.FakeCloud
	Hub    *fakeHub
	Secret *cloudtest.FakeSecret
	Repo   *cloud.Repository
}

// AgentMember is the repository's service agent, as policies name it.
const AgentMember = cloud.MemberPrefix + "service-" + cloudtest.TestNumber + "@gcp-sa-artifactregistry.iam.gserviceaccount.com"

// Healthy makes a world whose repository pulls.
func Healthy() *World {
	f := cloudtest.NewFake()
	w := &World{FakeCloud: f, Hub: &fakeHub{Good: []string{cloudtest.TestToken}}}
	w.Secret = f.AddSecret("hub-token", cloudtest.TestToken)
	w.Secret.Policy.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{AgentMember}}}
	w.Repo = f.Repos[cloudtest.TestRepoName.String()]
	w.Repo.Username, w.Repo.SecretVersion = TestUser, "projects/"+cloudtest.TestProject+"/secrets/hub-token/versions/1"
	f.PullAnswers = func(r cloud.Repository, payload string) cloud.PullAnswer {
		switch {
		case w.Hub.Down:
			return cloud.PullAnswer{Status: 504, Detail: "Timeout while calling external repository"}
		case r.Username != TestUser || !slices.Contains(w.Hub.Good, payload):
			return cloud.PullAnswer{Status: 401, Detail: "this typically means your upstream credentials are invalid"}
		}
		return cloud.PullAnswer{Status: 404, Detail: "not found"}
	}
	return w
}

// Rotating is a healthy world where the upstream takes a second token too.
func Rotating() *World {
	w := Healthy()
	w.Hub.Good = append(w.Hub.Good, OtherToken)
	return w
}

// Share adds another repository that reads its token from the same secret.
func (w *World) Share(id, version string) *cloud.Repository {
	r := *w.Repo
	r.Name.ID, r.Name.Location = id, "europe-west1"
	r.SecretVersion = "projects/" + cloudtest.TestNumber + "/secrets/hub-token/versions/" + version
	w.AddRepo(r)
	return w.Repos[r.Name.String()]
}

// Pulls tells whether a repository's pull works at this moment. The world's
// lock is held.
func (w *World) Pulls(r *cloud.Repository) bool {
	v, _ := cloud.ParseVersionName(r.SecretVersion)
	is, err := w.VersionHeld(v, "")
	return err == nil && is.Enabled() && w.PullAnswers(*r, is.Payload).Status == 404 &&
		cloud.Grants(w.SecretsHeld[v.Secret.ID].Policy, cloud.AccessorRole, AgentMember)
}

// Watch fails the test as soon as a pull would fail after any write.
func (w *World) Watch(t *testing.T, refuse func(call string, after bool) error) {
	t.Helper()
	w.Fail = func(call string, after bool) error {
		for _, r := range w.Repos {
			if cloudtest.IsWrite(call) && after && r.Username != "" && !w.Pulls(r) {
				t.Errorf("after %s, %s cannot pull with %s", call, r.Name.ID, r.SecretVersion)
			}
		}
		if refuse != nil {
			return refuse(call, after)
		}
		return nil
	}
}

// VersionStates are the states of the secret's versions, oldest first.
func (w *World) VersionStates() string {
	var s []string
	for _, v := range w.Secret.Versions {
		s = append(s, v.State)
	}
	return strings.Join(s, " ")
}

// Rejecting makes every pull with the other token fail, as where the upstream
// takes it from some addresses only. undo lets such pulls work again.
func (w *World) Rejecting() (undo func()) {
	works := w.PullAnswers
	w.PullAnswers = func(r cloud.Repository, payload string) cloud.PullAnswer {
		if payload == OtherToken {
			return cloud.PullAnswer{Status: 403, Detail: "denied by the external repository: this address is not on the token's list"}
		}
		return works(r, payload)
	}
	return func() { w.PullAnswers = works }
}

// Snapshot is everything that undo has to give back, without times and etags.
type Snapshot struct {
	Repos    map[string][2]string
	Policies map[string][]cloud.Binding
	Versions map[string][]string
}

// Snapshot is what can be compared before and after a run.
func (w *World) Snapshot() Snapshot {
	s := Snapshot{map[string][2]string{}, map[string][]cloud.Binding{}, map[string][]string{}}
	for n, r := range w.Repos {
		s.Repos[n] = [2]string{r.Username, r.SecretVersion}
	}
	for id, secret := range w.SecretsHeld {
		for _, b := range secret.Policy.Bindings {
			s.Policies[id] = append(s.Policies[id], cloud.Binding{Role: b.Role, Members: slices.Clone(b.Members), Condition: b.Condition})
		}
		for _, v := range secret.Versions {
			s.Versions[id] = append(s.Versions[id], v.State)
		}
	}
	return s
}

// RejectOnce makes one pull with the other token fail.
func (w *World) RejectOnce() {
	works, failed := w.PullAnswers, false
	w.PullAnswers = func(r cloud.Repository, payload string) cloud.PullAnswer {
		if payload == OtherToken && !failed {
			failed = true
			return cloud.PullAnswer{Status: 403, Detail: "denied by the external repository"}
		}
		return works(r, payload)
	}
}

// Without leaves out the disabled versions that an older snapshot does not have:
// what a run that took back what it did has left.
func (s Snapshot) Without(older Snapshot) Snapshot {
	rest := Snapshot{s.Repos, s.Policies, map[string][]string{}}
	for id, versions := range s.Versions {
		old := min(len(older.Versions[id]), len(versions))
		rest.Versions[id] = append(slices.Clone(versions[:old]), slices.DeleteFunc(slices.Clone(versions[old:]), func(state string) bool { return state == "DISABLED" })...)
	}
	return rest
}

// ByNumber tells a reference to "latest" by the number that this meant before.
func (s Snapshot) ByNumber(before Snapshot) Snapshot {
	rest := s
	rest.Repos = map[string][2]string{}
	for name, r := range s.Repos {
		v, _ := cloud.ParseVersionName(r[1])
		r[1] = strings.Replace(r[1], "/latest", fmt.Sprintf("/%d", len(before.Versions[v.Secret.ID])), 1)
		r[1] = strings.Replace(r[1], cloudtest.TestNumber, cloudtest.TestProject, 1)
		rest.Repos[name] = r
	}
	return rest
}

// WatchPulls fails the test when a repository that could pull no longer can
// after a write.
func (w *World) WatchPulls(t *testing.T) {
	t.Helper()
	could := map[string]bool{}
	for _, r := range w.Repos {
		could[r.Name.String()] = r.Username != "" && w.Pulls(r)
	}
	refuse := w.Fail
	w.Fail = func(call string, after bool) error {
		for _, r := range w.Repos {
			if cloudtest.IsWrite(call) && after && could[r.Name.String()] && !w.Pulls(r) {
				t.Errorf("after %s, %s cannot pull with %s", call, r.Name.ID, r.SecretVersion)
			}
		}
		return refuse(call, after)
	}
}

// Failing fails the first calls of a name, and says how often it was called.
func (w *World) Failing(name string, times int, err error) *int {
	calls := new(int)
	w.Fail = func(call string, after bool) error {
		if call != name || after {
			return nil
		}
		if *calls++; *calls <= times {
			return err
		}
		return nil
	}
	return calls
}
