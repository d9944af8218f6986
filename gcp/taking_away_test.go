package gcp_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// rival acts once, just before a chosen call reaches Google.
type rival struct {
	cloud.Cloud
	before string
	act    func()
}

func (r *rival) meet(call string) {
	if r.act != nil && call == r.before {
		act := r.act
		r.act = nil
		act()
	}
}

func (r *rival) ClearCredentials(ctx context.Context, name cloud.RepositoryName) (cloud.Repository, error) {
	r.meet("ClearCredentials")
	return r.Cloud.ClearCredentials(ctx, name)
}

func (r *rival) SetCredentials(ctx context.Context, name cloud.RepositoryName, username, version string) (cloud.Repository, error) {
	r.meet("SetCredentials")
	return r.Cloud.SetCredentials(ctx, name, username, version)
}

func (r *rival) DisableVersion(ctx context.Context, name cloud.VersionName, etag string) error {
	r.meet("DisableVersion")
	return r.Cloud.DisableVersion(ctx, name, etag)
}

func (r *rival) DeleteSecret(ctx context.Context, name cloud.SecretName, etag string) error {
	r.meet("DeleteSecret")
	return r.Cloud.DeleteSecret(ctx, name, etag)
}

func (r *rival) Revoke(ctx context.Context, name cloud.SecretName, role, member, etag string) (bool, error) {
	r.meet("Revoke")
	return r.Cloud.Revoke(ctx, name, role, member, etag)
}

// TestTakingAwayMeetsARival lets somebody else change the project while a plan
// is being applied, through the real client: what they use stays.
func TestTakingAwayMeetsARival(t *testing.T) {
	const project, secret = "demo-broken", "brand-new"
	name := cloud.SecretName{Project: project, ID: secret}
	use := func(b *bench, t *testing.T) {
		other := b.repository(t, project, "secret-expiring")
		if _, err := b.cloud.SetCredentials(t.Context(), other.Name, "demo", name.String()+"/versions/1"); err != nil {
			t.Error(err)
		}
	}
	add := func(b *bench, t *testing.T) {
		if _, err := b.cloud.AddVersion(t.Context(), name, token.New([]byte("theirs"))); err != nil {
			t.Error(err)
		}
	}
	enabled := func(b *bench, t *testing.T) bool {
		v, err := b.cloud.Version(t.Context(), cloud.VersionName{Secret: name, ID: "1"})
		return err == nil && v.Enabled()
	}
	granted := func(b *bench, t *testing.T) bool {
		p, err := b.cloud.SecretPolicy(t.Context(), name)
		return err == nil && len(p.Bindings) > 0
	}
	for _, c := range []struct {
		name   string
		flow   *engine.Flow
		o      engine.Options
		before string
		act    func(b *bench, t *testing.T)
		stands func(b *bench, t *testing.T) bool
		says   string
	}{
		{"undo, and a repository comes to use it", change.Undo(), engine.Options{}, "SetCredentials", use, enabled, "us-central1/secret-expiring"},
		{"undo, and it is used after its access is gone", change.Undo(), engine.Options{}, "SetCredentials", use, granted, "us-central1/secret-expiring"},
		{"undo that deletes, and a repository comes to use it", change.Undo(), engine.Options{DeleteCreated: true}, "SetCredentials", use, enabled, "us-central1/secret-expiring"},
		{"undo that deletes, and a version is added", change.Undo(), engine.Options{DeleteCreated: true}, "SetCredentials", add, enabled, "version 2"},
		{"undo that deletes, and it is made anew", change.Undo(), engine.Options{DeleteCreated: true}, "DeleteSecret", func(b *bench, t *testing.T) {
			if err := b.cloud.DeleteSecret(t.Context(), name, ""); err != nil {
				t.Error(err)
			}
			if _, err := b.cloud.CreateSecret(t.Context(), name, cloud.SecretSpec{}); err != nil {
				t.Error(err)
			}
			add(b, t)
		}, enabled, ""},
		{"undo, and the version is switched off and on", change.Undo(), engine.Options{}, "DisableVersion", func(b *bench, t *testing.T) {
			v := cloud.VersionName{Secret: name, ID: "1"}
			if err := b.cloud.DisableVersion(t.Context(), v, ""); err != nil {
				t.Error(err)
			}
			if err := b.cloud.EnableVersion(t.Context(), v, ""); err != nil {
				t.Error(err)
			}
		}, enabled, ""},
		{"remove, and a repository comes to use it", change.Remove(), engine.Options{}, "ClearCredentials", use, enabled, "us-central1/secret-expiring"},
		{"remove, and its access is used", change.Remove(), engine.Options{}, "ClearCredentials", use, granted, "us-central1/secret-expiring"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, emulator.Options{Scenario: "broken"})
			given := with(on(project, "newer-version"), map[string]engine.Answer{
				engine.StepSecret: {Text: secret, From: engine.Flag}, engine.StepUsername: {Text: "demo", From: engine.Flag},
				engine.StepToken: secretOf(upstreams.DockerHubToken),
			})
			if r := b.run(t.Context(), t, change.Setup(), given, engine.Options{}); r.Status != engine.StatusDone {
				t.Fatalf("setup: %s, %v", r.Status, r.Problem)
			}
			given = nil
			if c.flow.ID == "remove" {
				given = on(project, "newer-version")
			}
			e := engine.NewEnv(&rival{Cloud: b.cloud, before: c.before, act: func() { c.act(b, t) }}, &upstream.Tester{})
			e.Receipts = b.receipts
			r := runOn(t.Context(), e, c.flow, given, c.o)
			if !c.stands(b, t) {
				t.Errorf("it was taken away")
			}
			if r.Ending() != engine.EndedPartial || r.Problem == nil || r.Problem.Kind != cloud.Conflict || !strings.Contains(r.Problem.Detail.In(text.English), c.says) {
				t.Errorf("ended %q, %+v", r.Ending(), r.Problem)
			}
			if slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.State == engine.Running }) {
				t.Error("an action never ended")
			}
		})
	}
}
