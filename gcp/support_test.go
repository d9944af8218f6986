package gcp_test

import (
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

func with(given map[string]engine.Answer, more map[string]engine.Answer) map[string]engine.Answer {
	all := maps.Clone(given)
	maps.Copy(all, more)
	return all
}

func secretOf(value string) engine.Answer {
	return engine.Answer{Secret: token.New([]byte(value)), From: engine.Flag}
}

// seen is everything of a project that undo has to give back.
type seen struct {
	Repositories map[string][2]string
	Policies     map[string][]cloud.Binding
	Versions     map[string][]string
}

func (b *bench) look(t *testing.T, project string) seen {
	t.Helper()
	ctx := t.Context()
	s := seen{map[string][2]string{}, map[string][]cloud.Binding{}, map[string][]string{}}
	for batch, err := range b.cloud.Repositories(ctx, project) {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range batch.Repositories {
			s.Repositories[r.Name.String()] = [2]string{r.Username, r.SecretVersion}
		}
	}
	for page, err := range b.cloud.Secrets(ctx, project) {
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range page {
			p, err := b.cloud.SecretPolicy(ctx, secret.Name)
			if err != nil {
				t.Fatal(err)
			}
			s.Policies[secret.Name.ID] = p.Bindings
			vs, err := b.cloud.Versions(ctx, secret.Name)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range vs {
				s.Versions[secret.Name.ID] = append(s.Versions[secret.Name.ID], v.State)
			}
		}
	}
	return s
}

// TestSetupThenUndo compares the whole project before and after.
func TestSetupThenUndo(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		b := newBench(t, emulator.Options{Scenario: "broken"})
		given := with(on("demo-broken", "newer-version"), map[string]engine.Answer{
			engine.StepSecret: {Text: "brand-new", From: engine.Flag}, engine.StepUsername: {Text: "demo", From: engine.Flag},
			engine.StepToken: secretOf(upstreams.DockerHubToken),
		})
		before := b.look(t, "demo-broken")
		if r := b.run(t.Context(), t, change.Setup(), given, engine.Options{}); r.Status != engine.StatusDone {
			t.Fatalf("setup: %s, %v", r.Status, r.Problem)
		}
		r := b.run(t.Context(), t, change.Undo(), nil, engine.Options{DeleteCreated: deletes})
		if r.Status != engine.StatusDone {
			t.Fatalf("undo: %s, %v", r.Status, r.Problem)
		}
		if !deletes {
			before.Versions["brand-new"], before.Policies["brand-new"] = []string{"DISABLED"}, nil
		}
		if diff := cmp.Diff(before, b.look(t, "demo-broken")); diff != "" {
			t.Errorf("deleting %v: %s", deletes, diff)
		}
	}
}

// pulling pulls in a loop until the test ends or stop is called, and counts
// the pulls that fail.
func (b *bench) pulling(t *testing.T, r cloud.Repository) (stop func() (pulls, failures int64)) {
	t.Helper()
	var pulls, failures atomic.Int64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
			}
			a, err := b.cloud.Pull(t.Context(), r, "")
			pulls.Add(1)
			if err != nil || a.Status != 404 {
				failures.Add(1)
				t.Errorf("a pull failed: %v %+v", err, a)
			}
		}
	}()
	return func() (int64, int64) {
		close(done)
		<-ended
		return pulls.Load(), failures.Load()
	}
}

func (b *bench) repository(t *testing.T, project, id string) cloud.Repository {
	t.Helper()
	r, err := b.cloud.Repository(t.Context(), cloud.RepositoryName{Project: project, Location: "us-central1", ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPullsGoOnWhileRotating rotates to a second valid token while a client
// pulls. On npm.example.com the stored one is valid, and any copy of it.
func TestPullsGoOnWhileRotating(t *testing.T) {
	b := newBench(t, emulator.Options{Scenario: "broken"})
	healthy := b.repository(t, "demo-healthy", "healthy")
	// The stored token with another history: version 2 holds something else,
	// so that the rotation must add version 3.
	name := cloud.SecretName{Project: "demo-healthy", ID: "good"}
	if _, err := b.cloud.AddVersion(t.Context(), name, token.New([]byte("in between"))); err != nil {
		t.Fatal(err)
	}
	stop := b.pulling(t, healthy)
	r := b.run(t.Context(), t, change.Rotate(), with(on("demo-healthy", "healthy"), map[string]engine.Answer{engine.StepToken: secretOf(upstreams.DockerHubToken)}), engine.Options{})
	pulls, failures := stop()
	if r.Status != engine.StatusDone || failures > 0 || pulls == 0 {
		t.Errorf("status %s (%v), %d of %d pulls failed", r.Status, r.Problem, failures, pulls)
	}
	vs, err := b.cloud.Versions(t.Context(), name)
	if err != nil || len(vs) != 3 || !vs[0].Enabled() || vs[2].Enabled() {
		t.Errorf("versions %+v, %v", vs, err)
	}
	if got := b.repository(t, "demo-healthy", "healthy").SecretVersion; got != "projects/demo-healthy/secrets/good/versions/3" {
		t.Errorf("uses %s", got)
	}
}

// TestRemoveLeavesTheOtherPulling removes one of the repositories that share a
// secret.
func TestRemoveLeavesTheOtherPulling(t *testing.T) {
	b := newBench(t, emulator.Options{Scenario: "broken"})
	other := b.repository(t, "demo-broken", "secret-expiring")
	if _, err := b.cloud.SetCredentials(t.Context(), other.Name, "", "projects/demo-broken/secrets/rotated/versions/1"); err != nil {
		t.Fatal(err)
	}
	stop := b.pulling(t, other)
	r := b.run(t.Context(), t, change.Remove(), on("demo-broken", "newer-version"), engine.Options{})
	_, failures := stop()
	if r.Status != engine.StatusDone || failures > 0 {
		t.Errorf("status %s (%v), %d pulls failed", r.Status, r.Problem, failures)
	}
	var acts []string
	for _, a := range r.Actions {
		acts = append(acts, a.ID)
	}
	if !slices.Equal(acts, []string{engine.ActClear}) {
		t.Errorf("did %v", acts)
	}
	if got := b.repository(t, "demo-broken", "newer-version"); got.Username != "" || got.SecretVersion != "" {
		t.Errorf("still has %q, %q", got.Username, got.SecretVersion)
	}
}
