package tui

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// failing is a Cloud whose pulls fail once the repository uses another version.
type failing struct {
	cloud.Cloud
	good string
}

func (f *failing) Pull(ctx context.Context, r cloud.Repository, artifact string) (cloud.PullAnswer, error) {
	if now, err := f.Repository(ctx, r.Name); err == nil && now.SecretVersion != f.good {
		return cloud.PullAnswer{Status: 401, Detail: "this typically means your upstream credentials are invalid"}, nil
	}
	return f.Cloud.Pull(ctx, r, artifact)
}

// hospital is an emulator with repositories to work on.
type hospital struct {
	t        *testing.T
	cloud    cloud.Cloud
	receipts *engine.Receipts
}

func newHospital(t *testing.T) *hospital {
	t.Helper()
	s, err := emulator.Start(t.Context(), emulator.Options{Scenario: "broken"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	cloud, err := gcp.NewEmulator(t.Context(), s.Addr(), gcp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	return &hospital{t, cloud, &engine.Receipts{Dir: t.TempDir()}}
}

// open begins a flow on a repository; empty: on none.
func (h *hospital) open(f *engine.Flow, project, repository string) *driver {
	given := map[string]engine.Answer{}
	if repository != "" {
		given[engine.StepProject] = engine.Answer{Text: project, From: engine.Flag}
		given[engine.StepRepository] = engine.Answer{Text: "us-central1/" + repository, From: engine.Flag}
	}
	d := drive(h.t, f, nil, 80, 24, Options{})
	e := engine.NewEnv(h.cloud, &upstream.Tester{})
	e.Receipts = h.receipts
	machine := engine.New(e, f, given, engine.Options{})
	machine.LookDelay = 0
	h.t.Cleanup(machine.Close)
	d.m.machine = machine
	return d.begin()
}

// goldens compares one screen at all sizes.
func (d *driver) goldens(name string) *driver {
	d.t.Helper()
	for _, size := range sizes {
		d.resize(size.w, size.h).golden(fmt.Sprintf("%s-%dx%d", name, size.w, size.h))
	}
	return d.resize(80, 24)
}

// until lets a held run go on as far as an action's state.
func (d *driver) until(id string, s engine.State) *driver {
	d.t.Helper()
	for d.one() {
		for _, a := range d.m.machine.Report().Actions {
			if a.ID == id && a.State == s {
				return d
			}
		}
	}
	d.t.Fatalf("%s never came to be %s", id, s)
	return d
}

func (d *driver) approve() *driver { return d.pass(time.Second).press("enter") }

func TestTheMenu(t *testing.T) {
	d := drive(t, flows.Wizard(), nil, 80, 24, Options{}).begin().goldens("menu")
	d.sees("Diagnose a repository", "changes nothing", "Undo a run")
}

func TestRotateScreens(t *testing.T) {
	h := newHospital(t)
	d := h.open(change.Rotate(), "demo-broken", "token-wrong").press(upstreams.DockerHubToken, "enter")
	d.goldens("rotate-review")
	d.held = true
	d.approve().until(engine.ActUpdate, engine.Running).goldens("rotate-applying")
	d.held = false
	d.run().sees("now pulls as").lacks("0 characters", upstreams.DockerHubToken)
	if r := d.m.machine.Report(); r.Status != engine.StatusDone || !r.Changed {
		t.Fatalf("%s: %v", r.Status, r.Problem)
	}
	d.m.options.Demo = &Demo{} // the receipt's path is another one each time
	d.goldens("rotate-done")
}

func TestRotateSwitchesBack(t *testing.T) {
	h := newHospital(t)
	name := cloud.RepositoryName{Project: "demo-healthy", Location: "us-central1", ID: "healthy"}
	before, err := h.cloud.Repository(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	// The newest version holds something else, so that one has to be added.
	if _, err := h.cloud.AddVersion(t.Context(), cloud.SecretName{Project: "demo-healthy", ID: "good"}, token.New([]byte("in between"))); err != nil {
		t.Fatal(err)
	}
	h.cloud = &failing{h.cloud, before.SecretVersion}
	d := h.open(change.Rotate(), "demo-healthy", "healthy").press(upstreams.DockerHubToken, "enter").approve()
	after, err := h.cloud.Repository(t.Context(), name)
	if err != nil || after.SecretVersion != before.SecretVersion {
		t.Fatalf("uses %s, %v\n%s", after.SecretVersion, err, d.m.View())
	}
	if r := d.m.machine.Report(); r.Ending() != engine.EndedFailed {
		t.Errorf("ended %q: %s", r.Ending(), r.Status)
	}
	d.m.options.Demo = &Demo{} // the receipt's path is another one each time
	d.goldens("rotate-back")
}

func TestRemoveAndUndoScreens(t *testing.T) {
	h := newHospital(t)
	d := h.open(change.Remove(), "demo-broken", "version-missing").goldens("remove-review")
	d.sees("Still used by").approve().sees("Done", "upstreamauth undo")
	d = h.open(change.Undo(), "", "").goldens("undo-nothing").sees("stay as they are", "Nothing to do.")
	d.approve().sees("Nothing was changed")

	h.open(change.Remove(), "demo-broken", "newer-version").approve()
	h.open(change.Undo(), "", "").goldens("undo-review")
}
