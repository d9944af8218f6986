package flows

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// failing fails the first calls of a name, and says how often it was called.
func (w *world) failing(name string, times int, err error) *int {
	calls := new(int)
	w.fail = func(call string, after bool) error {
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

// TestWhatTakesEffectLater is waited for, and said; for how long, and what is
// not waited for.
func TestWhatTakesEffectLater(t *testing.T) {
	forever := 1 << 30
	for _, c := range []struct {
		name  string
		do    func(w *world)
		call  string
		times int
		err   *Error
		done  bool
		waits [2]time.Duration // at least, at most
	}{
		{"a grant that spreads", nil, "SetCredentials", 4, &Error{Kind: GrantPending}, true, [2]time.Duration{time.Second, time.Minute}},
		{"a grant that never does", nil, "SetCredentials", forever, &Error{Kind: GrantPending}, false, [2]time.Duration{grantSpreads, grantSpreads + time.Minute}},
		{"another refusal", nil, "SetCredentials", forever, &Error{Kind: PermissionDenied}, false, [2]time.Duration{0, 0}},
		{"a new service agent that IAM does not know yet", func(w *world) { w.secrets = map[string]*fakeSecret{} }, "Grant", 3, &Error{Kind: AgentMissing}, true, [2]time.Duration{100 * time.Millisecond, time.Minute}},
		{"one that it never knows", nil, "Grant", forever, &Error{Kind: AgentMissing}, false, [2]time.Duration{agentAppears, agentAppears + time.Minute}},
		{"an API that was just turned on", func(w *world) { w.off[SecretManagerAPI] = true }, "CreateSecret", 3, &Error{Kind: APIDisabled}, true, [2]time.Duration{100 * time.Millisecond, time.Minute}},
		{"an API that stays off", func(w *world) { w.off[SecretManagerAPI] = true }, "CreateSecret", forever, &Error{Kind: APIDisabled}, false, [2]time.Duration{enablingTakes, enablingTakes + time.Minute}},
		{"an API that was on before", nil, "CreateSecret", forever, &Error{Kind: APIDisabled}, false, [2]time.Duration{0, 0}},
	} {
		t.Run(c.name, inBubble(func(t *testing.T) {
			w := healthy()
			if c.do != nil {
				c.do(w)
			}
			calls := w.failing(c.call, c.times, c.err)
			began := time.Now()
			r := w.run(t, Setup(), setupAnswers(), Options{SkipTrial: true})
			took := time.Since(began)
			if (r.Status == StatusDone) != c.done || took < c.waits[0] || took > c.waits[1] {
				t.Errorf("status %s after %s and %d calls: %v", r.Status, took, *calls, r.Problem)
			}
			if !c.done && (r.Problem == nil || r.Problem.Kind != c.err.Kind) {
				t.Errorf("says %+v", r.Problem)
			}
		}))
	}
}

// TestAWaitIsSaid: while something is waited for, the action says what and how
// long.
func TestAWaitIsSaid(t *testing.T) {
	inBubble(func(t *testing.T) {
		w := healthy()
		w.failing("SetCredentials", 3, &Error{Kind: GrantPending})
		m := New(w.env(t), Setup(), setupAnswers(), Options{SkipTrial: true})
		m.TakeDefaults()
		d := NewDriver(m)
		var notes []string
		d.Tell = func() {
			if m.Phase() != Applying {
				return
			}
			for _, a := range m.Plan().Actions {
				if a.ID == ActUpdate && a.Note != "" && !slices.Contains(notes, a.Note) {
					notes = append(notes, a.Note)
				}
			}
		}
		d.Settle(t.Context(), m.Begin())
		d.Settle(t.Context(), m.Approve())
		d.Close()
		if len(notes) < 1 || !strings.HasPrefix(notes[0], "waiting for the grant to take effect, ") || m.Report().Status != StatusDone {
			t.Errorf("said %q, %s", notes, m.Report().Status)
		}
		for _, a := range m.Report().Actions {
			if strings.Contains(a.Note, "waiting") {
				t.Errorf("%s is over, and says %q", a.ID, a.Note)
			}
		}
	})(t)
}

// TestCommandsOfANewSecret hold what was asked of it, safe to paste.
func TestCommandsOfANewSecret(t *testing.T) {
	name := SecretName{"p", "s"}
	for _, c := range []struct {
		spec SecretSpec
		want string
	}{
		{SecretSpec{}, "gcloud secrets create s --project=p --replication-policy=automatic"},
		{SecretSpec{Locations: []string{"us-east1", "us-west1"}}, "gcloud secrets create s --project=p --replication-policy=user-managed --locations=us-east1,us-west1"},
		{SecretSpec{KMSKeys: []string{"projects/p/k; rm"}}, "gcloud secrets create s --project=p --replication-policy=automatic --kms-key-name='projects/p/k; rm'"},
	} {
		if got := createCommand(name, c.spec); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
