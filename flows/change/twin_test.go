package change

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// beside lets somebody else store payloads in the world's secret between the
// plan of a run and the version that it adds.
func beside(w *enginetest.World, states map[string]string, payloads ...string) {
	done := false
	w.Fail = func(call string, after bool) error {
		if call == "AddVersion" && !after && !done {
			done = true
			for _, p := range payloads {
				if v := w.AddPayload(w.Secret, p); states[v.Name.ID] != "" {
					v.State = states[v.Name.ID]
				}
			}
		}
		return nil
	}
}

// TestTwoRunsLeaveOneVersion lets another run store the same token after this
// one has looked. The one with the lower number stays, for both.
func TestTwoRunsLeaveOneVersion(t *testing.T) {
	for _, c := range []struct {
		name     string
		do       func(w *enginetest.World)
		states   map[string]string // of those that somebody else adds, by number
		beside   []string
		versions string // afterwards
		uses     string
		code     bool // both stay, and a finding says so
	}{
		{name: "nobody else", versions: "ENABLED ENABLED", uses: "2"},
		{name: "the same token", beside: []string{enginetest.OtherToken}, versions: "ENABLED ENABLED DISABLED", uses: "2"},
		{name: "the same token, twice", beside: []string{enginetest.OtherToken, enginetest.OtherToken}, versions: "ENABLED ENABLED ENABLED DISABLED", uses: "2"},
		{name: "another token first", beside: []string{enginetest.ThirdToken, enginetest.OtherToken}, versions: "ENABLED ENABLED ENABLED DISABLED", uses: "3"},
		{name: "another token", beside: []string{enginetest.ThirdToken}, versions: "ENABLED ENABLED ENABLED", uses: "3"},
		{name: "the same token, disabled since", states: map[string]string{"2": "DISABLED"}, beside: []string{enginetest.OtherToken},
			versions: "ENABLED DISABLED ENABLED", uses: "3"},
		{name: "the same token, which may not be read", do: func(w *enginetest.World) { w.Deny["secretmanager.versions.access"] = true },
			beside: []string{enginetest.OtherToken}, versions: "ENABLED ENABLED ENABLED", uses: "3"},
		{name: "the versions may not be listed", do: func(w *enginetest.World) { w.Deny["secretmanager.versions.list"] = true },
			beside: []string{enginetest.OtherToken}, versions: "ENABLED ENABLED ENABLED", uses: "3"},
		{name: "ours may not be disabled", do: func(w *enginetest.World) { w.Deny["secretmanager.versions.disable"] = true },
			beside: []string{enginetest.OtherToken}, versions: "ENABLED ENABLED ENABLED", uses: "2", code: true},
		{name: "another repository follows the newest", do: func(w *enginetest.World) { w.Share("follower", cloud.Latest) },
			beside: []string{enginetest.OtherToken}, versions: "ENABLED ENABLED ENABLED", uses: "2", code: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Rotating()
			if c.do != nil {
				c.do(w)
			}
			beside(w, c.states, c.beside...)
			given := enginetest.Answers()
			given[engine.StepToken] = enginetest.TokenOf(enginetest.OtherToken)[engine.StepToken]
			e := w.Env(t)
			r := enginetest.RunIn(t, e, Setup(), given, engine.Options{})
			if r.Status != engine.StatusDone {
				t.Fatalf("%s: %v", r.Status, r.Problem)
			}
			v, _ := cloud.ParseVersionName(w.Repo.SecretVersion)
			if w.VersionStates() != c.versions || v.ID != c.uses {
				t.Errorf("versions %s, the repository uses %s; want %s and %s", w.VersionStates(), v.ID, c.versions, c.uses)
			}
			said := slices.ContainsFunc(r.Checks, func(f check.Finding) bool { return f.Code == check.TwinVersion })
			if said != c.code {
				t.Errorf("a finding says that two stay: %v, want %v: %+v", said, c.code, r.Checks)
			}
		})
	}
}

// TestUndoOfATwin takes back the run that found another one's version: that
// one stays enabled, and so does what the other run uses it for.
func TestUndoOfATwin(t *testing.T) {
	w := enginetest.Rotating()
	beside(w, nil, enginetest.OtherToken)
	given := enginetest.Answers()
	given[engine.StepToken] = enginetest.TokenOf(enginetest.OtherToken)[engine.StepToken]
	e := w.Env(t)
	if r := enginetest.RunIn(t, e, Setup(), given, engine.Options{}); r.Status != engine.StatusDone {
		t.Fatalf("%s: %v", r.Status, r.Problem)
	}
	later := w.Env(t)
	later.Receipts = e.Receipts
	r := enginetest.RunIn(t, later, Undo(), nil, engine.Options{})
	if r.Status != engine.StatusDone {
		t.Fatalf("%s: %v", r.Status, r.Problem)
	}
	if got := w.VersionStates(); got != "ENABLED ENABLED DISABLED" || !strings.HasSuffix(w.Repo.SecretVersion, "/1") {
		t.Errorf("versions %s, the repository uses %s: %+v", got, w.Repo.SecretVersion, r.Checks)
	}
}

// TestARotationThatFailsLeavesATwinAlone lets the proof of a rotation fail that
// uses another run's version.
func TestARotationThatFailsLeavesATwinAlone(t *testing.T) {
	w := enginetest.Rotating()
	beside(w, nil, enginetest.OtherToken)
	w.Rejecting()
	r := enginetest.RunIn(t, w.Env(t), Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
	if got := w.VersionStates(); got != "ENABLED ENABLED DISABLED" || !strings.HasSuffix(w.Repo.SecretVersion, "/1") || r.Problem == nil {
		t.Errorf("versions %s, the repository uses %s, problem %v", got, w.Repo.SecretVersion, r.Problem)
	}
}

// TestARotationLeavesTheRepositoryOfATwinAlone lets the update fail of a
// rotation that uses another run's version, on a repository that the other run
// has switched already.
func TestARotationLeavesTheRepositoryOfATwinAlone(t *testing.T) {
	w := enginetest.Rotating()
	beside(w, nil, enginetest.OtherToken)
	next := w.Fail
	w.Fail = func(call string, after bool) error {
		if call == "SetCredentials" && !after {
			w.Repo.SecretVersion = strings.TrimSuffix(w.Repo.SecretVersion, "1") + "2"
			return cloudtest.Refused("artifactregistry.repositories.update", cloudtest.TestRepo)
		}
		return next(call, after)
	}
	r := enginetest.RunIn(t, w.Env(t), Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
	if got := w.VersionStates(); got != "ENABLED ENABLED DISABLED" || !strings.HasSuffix(w.Repo.SecretVersion, "/2") || r.Problem == nil {
		t.Errorf("versions %s, the repository uses %s, problem %v", got, w.Repo.SecretVersion, r.Problem)
	}
}

// TestASecretThatIsCreatedMeanwhileStopsTheRun stores nothing in what the plan
// knew nothing of, and takes a creation whose answer was lost for its own only
// where the secret is as new.
func TestASecretThatIsCreatedMeanwhileStopsTheRun(t *testing.T) {
	theirs := func(w *enginetest.World) { w.AddSecret("new-token", enginetest.ThirdToken) }
	lostAnswer := &cloud.Error{Kind: cloud.Unavailable, Message: "lost by the test"}
	for _, c := range []struct {
		name string
		// before and after happen around the call.
		before, after func(w *enginetest.World) error
		stops         bool
	}{
		{"by somebody else", func(w *enginetest.World) error { theirs(w); return nil }, nil, true},
		{"by somebody else, empty", func(w *enginetest.World) error { w.AddSecret("new-token"); return nil }, nil, true},
		{"by us, and the answer is lost", nil, func(*enginetest.World) error { return lostAnswer }, false},
		{"not at all, and the answer is lost", func(*enginetest.World) error { return lostAnswer }, nil, false},
		{"by somebody else, and the answer is lost", func(w *enginetest.World) error { theirs(w); return lostAnswer }, nil, true},
		{"by somebody else, with access for others, and the answer is lost", func(w *enginetest.World) error {
			w.AddSecret("new-token").Policy.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{"user:eve@example.com"}, Condition: ""}}
			return lostAnswer
		}, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, calls := enginetest.Healthy(), 0
			w.Fail = func(call string, after bool) error {
				if call != "CreateSecret" {
					return nil
				}
				hook := c.before
				if after {
					hook = c.after
				} else {
					calls++
				}
				if hook == nil || calls > 1 {
					return nil
				}
				return hook(w)
			}
			r := enginetest.RunIn(t, w.Env(t), Setup(), enginetest.SetupAnswers(), engine.Options{})
			stored := slices.Contains(w.Writes(), "AddVersion")
			if stored == c.stops || (r.Status == engine.StatusDone) == c.stops {
				t.Errorf("stored %v, %s: %v", stored, r.Status, r.Problem)
			}
			if c.stops && (r.Problem == nil || !strings.Contains(r.Problem.Title.In(text.English), "new-token") || r.Problem.Kind != cloud.Conflict) {
				t.Errorf("%+v", r.Problem)
			}
		})
	}
}
