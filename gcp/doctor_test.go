package gcp_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// bench is the real client, with the flows on it, against an emulator.
type bench struct {
	*emulator.Server
	cloud    *gcp.Client
	receipts *engine.Receipts
}

func newBench(t *testing.T, o emulator.Options) *bench {
	t.Helper()
	s, err := emulator.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	cloud, err := gcp.NewEmulator(t.Context(), s.Addr(), gcp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	return &bench{Server: s, cloud: cloud, receipts: &engine.Receipts{Dir: t.TempDir()}}
}

// run takes a flow from its answers to its report, as the headless front end
// does with --yes.
func (b *bench) run(ctx context.Context, t *testing.T, f *engine.Flow, given map[string]engine.Answer, o engine.Options) engine.Report {
	t.Helper()
	e := engine.NewEnv(b.cloud, &upstream.Tester{})
	e.Receipts = b.receipts
	return runOn(ctx, e, f, given, o)
}

// runOn is run on an Env of the test's own.
func runOn(ctx context.Context, e *engine.Env, f *engine.Flow, given map[string]engine.Answer, o engine.Options) engine.Report {
	m := engine.New(e, f, given, o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(ctx, m.Begin())
	if m.Phase() == engine.Reviewing {
		d.Settle(ctx, m.Approve())
	}
	return m.Report()
}

func on(project, repository string) map[string]engine.Answer {
	return map[string]engine.Answer{
		engine.StepProject:    {Text: project, From: engine.Flag},
		engine.StepRepository: {Text: "us-central1/" + repository, From: engine.Flag},
	}
}

func TestDoctorOnEveryBreakage(t *testing.T) {
	b := newBench(t, emulator.Options{Scenario: "broken"})
	for _, c := range []struct {
		project, repository string
		broken              string // the link; empty: none
		mends               bool
		username            string // that the mending needs
	}{
		{"demo-healthy", "healthy", "", false, ""},
		{"demo-healthy", "healthy-npm", "", false, ""},
		{"demo-broken", "no-credentials", "", false, ""},
		{"demo-broken", "username-implausible", "credentials", true, "demo"},
		{"demo-broken", "reference-malformed", "secret-reference", true, ""},
		{"demo-broken", "reference-without-project", "secret-reference", true, ""},
		{"demo-broken", "secret-missing", "secret", true, ""},
		{"demo-broken", "secret-expired", "secret", true, ""},
		{"demo-broken", "secret-expiring", "", false, ""},
		{"demo-broken", "version-missing", "version", true, ""},
		{"demo-broken", "version-disabled", "version", true, ""},
		{"demo-broken", "version-destroyed", "version", true, ""},
		{"demo-broken", "latest-disabled", "version", true, ""},
		{"demo-broken", "newer-version", "", false, ""},
		{"demo-broken", "grant-missing", "grant", true, ""},
		{"demo-broken", "grant-conditional", "grant", true, ""},
		{"demo-broken", "grant-other-agent", "grant", true, ""},
		{"demo-broken", "grant-deleted-member", "grant", true, ""},
		{"demo-broken", "grant-to-caller", "grant", true, ""},
		{"demo-broken", "payload-newline", "payload", true, ""},
		{"demo-broken", "token-wrong", "upstream", true, ""},
		{"demo-broken", "upstream-unreachable", "upstream", false, ""},
		{"demo-broken", "not-remote", "repository", false, ""},
		{"demo-api-off", "api-disabled", "apis", true, ""},
		{"demo-no-agent", "agent-missing", "service-agent", true, ""},
		{"demo-perimeter", "perimeter-denies", "perimeter", false, ""},
	} {
		t.Run(c.repository, func(t *testing.T) {
			r := b.run(t.Context(), t, doctor.Doctor(), on(c.project, c.repository), engine.Options{})
			tell := func() {
				for _, f := range r.Checks {
					t.Logf("%-17s %-8s %s (%s)", f.ID, f.Level, f.Says.In(text.English), f.Why.In(text.English))
				}
			}
			if r.Broken != c.broken {
				t.Errorf("names %q, want %q: %v", r.Broken, c.broken, r.Problem)
				tell()
			}
			given := on(c.project, c.repository)
			given[engine.StepToken] = engine.Answer{Secret: token.New([]byte(upstreams.DockerHubToken)), From: engine.Flag}
			if c.username != "" {
				given[engine.StepUsername] = engine.Answer{Text: c.username, From: engine.Flag}
			}
			r = b.run(t.Context(), t, doctor.Doctor(), given, engine.Options{Fix: true})
			want := engine.StatusHealthy
			if c.broken != "" && !c.mends {
				want = engine.StatusBroken
			}
			if r.Status != want {
				t.Errorf("is %s afterwards (%q broken): %v", r.Status, r.Broken, r.Problem)
				for _, a := range r.Actions {
					t.Logf("%s %s %s %v", a.ID, a.State, a.Note.In(text.English), a.Problem)
				}
				tell()
			}
			if changed := slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.State == engine.Done }); changed != c.mends {
				t.Errorf("changed something: %v, want %v", changed, c.mends)
			}
			for _, f := range r.Checks {
				if strings.Contains(f.Says.In(text.English)+f.Why.In(text.English), upstreams.DockerHubToken) {
					t.Errorf("%s shows the token", f.ID)
				}
			}
		})
	}
}
