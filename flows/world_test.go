package flows

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// fakeHub is Docker Hub in memory: it knows testUser with the tokens it is
// given. Its answers follow the distribution specification.
type fakeHub struct {
	good []string
	down bool
	sent atomic.Int64 // credentials
}

const testUser = "alice"

// Tokens of another making than testToken.
const (
	otherToken = "dckr_pat_ZYXWVUTSRQPONMLKJIHGFEDCBA0"
	thirdToken = "dckr_pat_0123456789ABCDEFGHIJKLMNOPQ"
)

func (h *fakeHub) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.down {
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
		h.sent.Add(1)
		pair, _ := base64.StdEncoding.DecodeString(given)
		user, pass, _ := bytes.Cut(pair, []byte(":"))
		if string(user) == testUser && slices.Contains(h.good, string(pass)) {
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

// world is a repository that works, to be broken by a test.
type world struct {
	*fakeCloud
	hub    *fakeHub
	secret *fakeSecret
	repo   *Repository
}

const agentMember = memberPrefix + "service-" + testNumber + "@gcp-sa-artifactregistry.iam.gserviceaccount.com"

func healthy() *world {
	f := newFake()
	w := &world{fakeCloud: f, hub: &fakeHub{good: []string{testToken}}}
	w.secret = f.addSecret("hub-token", testToken)
	w.secret.policy.Bindings = []Binding{{Role: AccessorRole, Members: []string{agentMember}}}
	w.repo = f.repos[testRepoName.String()]
	w.repo.Username, w.repo.SecretVersion = testUser, "projects/"+testProject+"/secrets/hub-token/versions/1"
	f.pull = func(r Repository, payload string) PullAnswer {
		switch {
		case w.hub.down:
			return PullAnswer{Status: 504, Detail: "Timeout while calling external repository"}
		case r.Username != testUser || !slices.Contains(w.hub.good, payload):
			return PullAnswer{Status: 401, Detail: "this typically means your upstream credentials are invalid"}
		}
		return PullAnswer{Status: 404, Detail: "not found"}
	}
	return w
}

// rotating is a healthy world where the upstream takes a second token too.
func rotating() *world {
	w := healthy()
	w.hub.good = append(w.hub.good, otherToken)
	return w
}

// share adds another repository that reads its token from the same secret.
func (w *world) share(id, version string) *Repository {
	r := *w.repo
	r.Name.ID, r.Name.Location = id, "europe-west1"
	r.SecretVersion = "projects/" + testNumber + "/secrets/hub-token/versions/" + version
	w.addRepo(r)
	return w.repos[r.Name.String()]
}

// pulls tells whether a repository's pull works at this moment. The world's
// lock is held.
func (w *world) pulls(r *Repository) bool {
	v, _ := ParseVersionName(r.SecretVersion)
	is, err := w.version(v, "")
	return err == nil && is.Enabled() && w.pull(*r, is.payload).Status == 404 &&
		grants(w.secrets[v.Secret.ID].policy, AccessorRole, agentMember)
}

// watch fails the test as soon as a pull would fail after any write.
func (w *world) watch(t *testing.T, refuse func(call string, after bool) error) {
	t.Helper()
	w.fail = func(call string, after bool) error {
		for _, r := range w.repos {
			if isWrite(call) && after && r.Username != "" && !w.pulls(r) {
				t.Errorf("after %s, %s cannot pull with %s", call, r.Name.ID, r.SecretVersion)
			}
		}
		if refuse != nil {
			return refuse(call, after)
		}
		return nil
	}
}

func (w *world) versionStates() string {
	var s []string
	for _, v := range w.secret.versions {
		s = append(s, v.State)
	}
	return strings.Join(s, " ")
}

// rejecting makes every pull with the other token fail, as where the upstream
// takes it from some addresses only. undo lets such pulls work again.
func (w *world) rejecting() (undo func()) {
	works := w.pull
	w.pull = func(r Repository, payload string) PullAnswer {
		if payload == otherToken {
			return PullAnswer{Status: 403, Detail: "denied by the external repository: this address is not on the token's list"}
		}
		return works(r, payload)
	}
	return func() { w.pull = works }
}

// snapshot is everything that undo has to give back, without times and etags.
type snapshot struct {
	Repos    map[string][2]string
	Policies map[string][]Binding
	Versions map[string][]string
}

func (w *world) snapshot() snapshot {
	s := snapshot{map[string][2]string{}, map[string][]Binding{}, map[string][]string{}}
	for n, r := range w.repos {
		s.Repos[n] = [2]string{r.Username, r.SecretVersion}
	}
	for id, secret := range w.secrets {
		for _, b := range secret.policy.Bindings {
			s.Policies[id] = append(s.Policies[id], Binding{b.Role, slices.Clone(b.Members), b.Condition})
		}
		for _, v := range secret.versions {
			s.Versions[id] = append(s.Versions[id], v.State)
		}
	}
	return s
}
