package change

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// TestWhatTakesEffectLater is waited for, and said; for how long, and what is
// not waited for.
func TestWhatTakesEffectLater(t *testing.T) {
	forever := 1 << 30
	for _, c := range []struct {
		name  string
		do    func(w *enginetest.World)
		call  string
		times int
		err   *cloud.Error
		done  bool
		waits [2]time.Duration // at least, at most
	}{
		{"a grant that spreads", nil, "SetCredentials", 4, &cloud.Error{Kind: cloud.GrantPending}, true, [2]time.Duration{time.Second, time.Minute}},
		{"a grant that never does", nil, "SetCredentials", forever, &cloud.Error{Kind: cloud.GrantPending}, false, [2]time.Duration{act.GrantSpreads, act.GrantSpreads + time.Minute}},
		{"another refusal", nil, "SetCredentials", forever, &cloud.Error{Kind: cloud.PermissionDenied}, false, [2]time.Duration{0, 0}},
		{"a new service agent that IAM does not know yet", func(w *enginetest.World) { w.SecretsHeld = map[string]*cloudtest.FakeSecret{} }, "Grant", 3, &cloud.Error{Kind: cloud.AgentMissing}, true, [2]time.Duration{100 * time.Millisecond, time.Minute}},
		{"one that it never knows", nil, "Grant", forever, &cloud.Error{Kind: cloud.AgentMissing}, false, [2]time.Duration{act.AgentAppears, act.AgentAppears + time.Minute}},
		{"an API that was just turned on", func(w *enginetest.World) { w.Off[cloud.SecretManagerAPI] = true }, "CreateSecret", 3, &cloud.Error{Kind: cloud.APIDisabled}, true, [2]time.Duration{100 * time.Millisecond, time.Minute}},
		{"an API that stays off", func(w *enginetest.World) { w.Off[cloud.SecretManagerAPI] = true }, "CreateSecret", forever, &cloud.Error{Kind: cloud.APIDisabled}, false, [2]time.Duration{act.EnablingTakes, act.EnablingTakes + time.Minute}},
		{"an API that was on before", nil, "CreateSecret", forever, &cloud.Error{Kind: cloud.APIDisabled}, false, [2]time.Duration{0, 0}},
	} {
		t.Run(c.name, enginetest.InBubble(func(t *testing.T) {
			w := enginetest.Healthy()
			if c.do != nil {
				c.do(w)
			}
			calls := w.Failing(c.call, c.times, c.err)
			began := time.Now()
			r := w.Run(t, Setup(), enginetest.SetupAnswers(), engine.Options{SkipTrial: true})
			took := time.Since(began)
			if (r.Status == engine.StatusDone) != c.done || took < c.waits[0] || took > c.waits[1] {
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
	enginetest.InBubble(func(t *testing.T) {
		w := enginetest.Healthy()
		w.Failing("SetCredentials", 3, &cloud.Error{Kind: cloud.GrantPending})
		m := engine.New(w.Env(t), Setup(), enginetest.SetupAnswers(), engine.Options{SkipTrial: true})
		m.TakeDefaults()
		d := engine.NewDriver(m)
		var notes []string
		d.Tell = func() {
			if m.Phase() != engine.Applying {
				return
			}
			for _, a := range m.Plan().Actions {
				if a.ID == engine.ActUpdate && !a.Note.Empty() && !slices.Contains(notes, a.Note.In(text.English)) {
					notes = append(notes, a.Note.In(text.English))
				}
			}
		}
		d.Settle(t.Context(), m.Begin())
		d.Settle(t.Context(), m.Approve())
		d.Close()
		if len(notes) < 1 || !strings.HasPrefix(notes[0], "Waiting for the grant to take effect (") || m.Report().Status != engine.StatusDone {
			t.Errorf("said %q, %s", notes, m.Report().Status)
		}
		for _, a := range m.Report().Actions {
			if strings.Contains(a.Note.In(text.English), "waiting") {
				t.Errorf("%s is over, and says %q", a.ID, a.Note.In(text.English))
			}
		}
	})(t)
}

// TestCommandsOfANewSecret hold what was asked of it, safe to paste.
func TestCommandsOfANewSecret(t *testing.T) {
	name := cloud.SecretName{Project: "p", ID: "s"}
	for _, c := range []struct {
		spec cloud.SecretSpec
		want string
	}{
		{cloud.SecretSpec{}, "gcloud secrets create s --project=p --replication-policy=automatic"},
		{cloud.SecretSpec{Locations: []string{"us-east1", "us-west1"}}, "gcloud secrets create s --project=p --replication-policy=user-managed --locations=us-east1,us-west1"},
		{cloud.SecretSpec{KMSKeys: []string{"projects/p/k; rm"}}, "gcloud secrets create s --project=p --replication-policy=automatic --kms-key-name='projects/p/k; rm'"},
	} {
		if got := act.CreateCommand(name, c.spec); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
