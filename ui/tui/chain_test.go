package tui

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// ward is a repository whose chain is looked at, and mended.
type ward struct {
	links []check.Finding
	after []check.Finding // once mended; nil: as before
	token bool            // mending asks for one
	fails bool            // mending does
}

func link(id string, level check.Level, says, why string, r *check.Hint) check.Finding {
	return check.Finding{ID: id, Level: level, Says: text.Verbatim(says), Why: text.Verbatim(why), Remedy: r}
}

const wardAgent = "service-123456789012@gcp-sa-artifactregistry.iam.gserviceaccount.com"

func healthyWard() *ward {
	return &ward{links: []check.Finding{
		link("apis", check.OK, "the APIs that this needs are on", "", nil),
		link("repository", check.OK, "a remote docker repository of registry-1.docker.io", "", nil),
		link("credentials", check.OK, "user ada", "", nil),
		link("secret-reference", check.OK, "projects/shop-prod/secrets/hub-upstream-token/versions/1", "", nil),
		link("secret", check.OK, "the secret hub-upstream-token exists", "", nil),
		link("version", check.Note, "version 1 is enabled, but version 2 is newer", "the repository keeps to the number that it was given", nil),
		link("service-agent", check.OK, wardAgent+" exists", "IAM knows it", nil),
		link("grant", check.OK, wardAgent+" may read the secret", cloud.AccessorRole+", on the secret itself", nil),
		link("payload", check.Unknown, "could not be looked at", "it needs the permission secretmanager.versions.access on projects/shop-prod/secrets/hub-upstream-token",
			&check.Hint{Says: text.New("an owner can grant it"), Command: "gcloud projects add-iam-policy-binding shop-prod --member=user:YOU --role=roles/secretmanager.secretAccessor"}),
		link("upstream", check.Unknown, "the credential was not tried on the upstream", "it needs the permission secretmanager.versions.access on projects/shop-prod/secrets/hub-upstream-token", nil),
		link("perimeter", check.OK, "no perimeter is in the way", "a pull reaches the upstream", nil),
		link("pull", check.OK, "a pull through the repository reaches the upstream", "", nil),
	}}
}

func brokenWard() *ward {
	w := healthyWard()
	w.after = append([]check.Finding(nil), w.links...)
	w.links[7] = link("grant", check.Block, "the service agent may not read the secret", wardAgent+" needs "+cloud.AccessorRole+" on it",
		&check.Hint{Says: text.New("grant it"), Action: engine.ActGrant, Command: "gcloud secrets add-iam-policy-binding hub-upstream-token --project=shop-prod --member=serviceAccount:" + wardAgent + " --role=" + cloud.AccessorRole})
	w.links[11] = link("pull", check.Block, "a pull through the repository fails with status 403", "Artifact Registry cannot read the secret version", nil)
	return w
}

func (w *ward) flow() *engine.Flow {
	ask := func(p engine.Prompt) func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
		return func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) { yield(p, nil) }
		}
	}
	asked := engine.Prompt{Kind: engine.Token}
	if !w.token {
		asked.Settled = "as it is"
	}
	return &engine.Flow{
		ID: "doctor", Title: text.New("Find out why a pull fails"),
		Steps: []engine.Step{
			{ID: engine.StepRepository, Title: text.New("Repository"), Ask: ask(engine.Prompt{Kind: engine.Type, Noun: text.New("repository")}),
				Take: func(d *engine.Draft, a engine.Answer) error { d.Repository = a.Text; return nil }},
			{ID: engine.StepToken, Title: text.New("Token"), Settles: true, Ask: ask(asked),
				When: func(d engine.Draft) bool { return d.Options.Fix },
				Take: func(d *engine.Draft, a engine.Answer) error { d.Token = a.Secret; return nil }},
		},
		Plan: w.plan,
	}
}

func (w *ward) plan(_ context.Context, _ *engine.Env, d engine.Draft) (*engine.Plan, error) {
	p := &engine.Plan{Chain: true, Checks: w.links}
	if !d.Options.Fix || w.after == nil {
		return p, nil
	}
	p.Rows = []engine.Row{{Label: text.New("grant"), Before: text.New("the service agent may not read the secret"), After: text.New("grant it")}}
	p.Actions = []engine.Action{
		{ID: engine.ActGrant, Says: text.New("let %s read hub-upstream-token", wardAgent), State: engine.Planned, Command: w.links[7].Remedy.Command, Do: does("")},
		{ID: engine.ActVerify, Says: text.New("look at the whole chain again"), State: engine.Planned, Needs: []string{engine.ActGrant},
			Do: func(context.Context, *engine.Run) (engine.Outcome, error) {
				return engine.Outcome{State: engine.Done, Checks: w.after}, nil
			}},
	}
	if w.fails {
		p.Actions[0].Do = fails
	}
	return p, nil
}

// chained drives the flow to its chain.
func (w *ward) chained(t *testing.T, width, height int) *driver {
	return drive(t, w.flow(), map[string]engine.Answer{engine.StepRepository: {Text: "us-central1/hub", From: engine.Asked}}, width, height, Options{}).begin()
}

func TestDoctorScreens(t *testing.T) {
	for _, s := range []struct {
		name string
		ward *ward
		play func(d *driver)
	}{
		{"doctor-healthy", healthyWard(), func(*driver) {}},
		{"doctor-unknown", healthyWard(), func(d *driver) { press(d, 8, "down").press("enter") }},
		{"doctor-broken", brokenWard(), func(*driver) {}},
		{"doctor-closed", brokenWard(), func(d *driver) { d.press("left", "up", "right") }},
		{"doctor-review", brokenWard(), func(d *driver) { d.press("f") }},
		{"doctor-mended", brokenWard(), func(d *driver) { d.press("f").pass(time.Second).press("enter") }},
		{"doctor-not-mended", func() *ward { w := brokenWard(); w.fails = true; return w }(), func(d *driver) { d.press("f").pass(time.Second).press("enter") }},
	} {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", s.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				d := s.ward.chained(t, size.w, size.h)
				s.play(d)
				d.golden(name)
			})
		}
	}
}

func press(d *driver, n int, key string) *driver {
	for range n {
		d.press(key)
	}
	return d
}

func TestTheChainNamesTheFirstBrokenLink(t *testing.T) {
	d := brokenWard().chained(t, 80, 24)
	d.sees("the service agent may not read the secret; 2 not checked", "▸ ✗ problem grant", "needs roles/secretmanager.secretAccessor", "f fix")
	d.press("enter").lacks("needs roles/secretmanager.secretAccessor")
	d.press("enter").sees("needs roles/secretmanager.secretAccessor")
	d = healthyWard().chained(t, 80, 24)
	d.sees("No problem found; 2 not checked", "it needs the permission secretmanager").lacks("f fix")
	d.press("f").sees("upstreamauth can't fix this")
	if d.press("q"); !d.quit {
		t.Error("q leaves")
	}
}

func TestMendingGoesOnFromTheChain(t *testing.T) {
	d := brokenWard().chained(t, 80, 24)
	d.press("f").sees("Review", "let "+wardAgent[:20])
	d.press("esc").sees("✗ problem grant", "f fix")
	d.press("f").pass(time.Second).press("enter").sees("No problem found", "What was done").lacks("f fix")
	if r := d.m.machine.Report(); r.Status != engine.StatusHealthy || !r.Changed {
		t.Errorf("got %s", r.Status)
	}
}

func TestMendingAsksForAToken(t *testing.T) {
	w := brokenWard()
	w.token = true
	d := w.chained(t, 80, 24).press("f")
	d.sees("Token").press(canary, "enter").sees("Review").lacks(canary)
	if !d.m.machine.Draft().Token.Equal(token.New([]byte(canary))) {
		t.Error("the token is not the one that was given")
	}
}

// TestALongLinkIsReadLineByLine opens a link that is taller than the window.
func TestALongLinkIsReadLineByLine(t *testing.T) {
	d := brokenWard().chained(t, 40, 12)
	d.sees("problem grant")
	seen := d.m.View()
	for range 20 {
		d.press("down")
		seen += d.m.View()
	}
	for _, says := range []string{"add-iam-policy-binding", "--project=shop-prod", "payload", "pull"} {
		if !strings.Contains(seen, says) {
			t.Errorf("%q is never seen", says)
		}
	}
	for range 40 {
		d.press("up")
	}
	d.sees("▸ ✓ apis")
}
