package reliability

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	changing "example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/gcp"
)

// meet makes a gate where the first n calls of a method wait for each other, so
// that each run has read all that it will before any of them writes.
func meet(n int, method string) func(context.Context, string) {
	var mu sync.Mutex
	here, all := 0, make(chan struct{})
	return func(ctx context.Context, m string) {
		if m != method {
			return
		}
		mu.Lock()
		if here++; here == n {
			close(all)
		}
		mu.Unlock()
		select {
		case <-all:
		case <-ctx.Done():
		}
	}
}

// inProcess runs a setup of rel-shop in this process, where the race detector
// sees it, with a client and a folder of its own.
func inProcess(t *testing.T, w *world, f *engine.Flow, repository, secret string) engine.Report {
	t.Helper()
	c, err := gcp.NewEmulator(t.Context(), w.proxy.addr(), gcp.Options{})
	if err != nil {
		t.Error(err)
		return engine.Report{}
	}
	defer func() { _ = c.Close() }()
	e := engine.NewEnv(c, nil)
	e.Receipts = &engine.Receipts{Dir: filepath.Join(t.TempDir(), "receipts")}
	given := map[string]engine.Answer{
		engine.StepProject:    {Text: "rel-shop", From: engine.Flag},
		engine.StepRepository: {Text: "us-central1/" + repository, From: engine.Flag},
		engine.StepUsername:   {Text: username, From: engine.Flag},
		engine.StepToken:      {Secret: token.New([]byte(newToken)), From: engine.Flag},
	}
	if secret != "" {
		given[engine.StepSecret] = engine.Answer{Text: secret, From: engine.Flag}
	}
	m := engine.New(e, f, given, engine.Options{SkipTrial: true, VerifyWith: "app:latest"})
	m.AcceptWarnings, m.Approved = true, true
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	return m.Report()
}

// TestSetupsAtOnceLeaveOneVersion lets several setups store the same token in
// one secret, each of which has found no version with it. One enabled version
// is left, every repository uses it, and running them again changes nothing.
func TestSetupsAtOnceLeaveOneVersion(t *testing.T) {
	rounds := 6
	if os.Getenv(pageVariable) != "" {
		rounds = 100
	}
	s := newLab(t).site
	for _, repositories := range [][]string{{"images", "second"}, {"images", "second", "locked-out"}} {
		for round := range rounds {
			w := openWorld(t, s)
			w.proxy.gate = meet(len(repositories), "SecretManagerService.AddSecretVersion")
			var group sync.WaitGroup
			for _, r := range repositories {
				group.Go(func() {
					if o := inProcess(t, w, changing.Setup(), r, "spare-token"); o.Status != engine.StatusDone {
						t.Errorf("round %d, %s: %s, %v", round, r, o.Status, o.Problem)
					}
				})
			}
			group.Wait()
			first := oneVersion(t, w, repositories)
			for _, r := range repositories {
				o := inProcess(t, w, changing.Setup(), r, "spare-token")
				if o.Status != engine.StatusDone || o.Changed {
					t.Errorf("round %d, %s again: %s, changed %v, %v", round, r, o.Status, o.Changed, o.Problem)
				}
			}
			if again := oneVersion(t, w, repositories); again != first || t.Failed() {
				t.Fatalf("round %d: version %s, and then %s", round, first, again)
			}
			w.close()
		}
	}
	if os.Getenv(pageVariable) != "" {
		fmt.Printf("%d rounds of two and of three setups of one token at once: one enabled version in each\n", rounds)
	}
}

// oneVersion is the only enabled version of the spare secret with the new token,
// which all repositories use and pull with.
func oneVersion(t *testing.T, w *world, repositories []string) string {
	t.Helper()
	secret, err := w.secret(t.Context(), spareToken)
	if err != nil {
		t.Fatal(err)
	}
	var enabled []string
	for i, v := range secret.Versions {
		if v.State == "ENABLED" && v.Payload == newToken {
			enabled = append(enabled, spareToken+"/versions/"+strconv.Itoa(i+1))
		}
	}
	if len(enabled) != 1 {
		t.Errorf("%d versions hold the token and are enabled: %q", len(enabled), enabled)
		return strings.Join(enabled, " ")
	}
	for _, r := range repositories {
		now, err := w.look(t.Context(), flow{project: "rel-shop", repository: r})
		if err != nil || now.Version != enabled[0] || !now.Pulls {
			t.Errorf("%s uses %s, and pulls: %v; want %s; %v", r, now.Version, now.Pulls, enabled[0], err)
		}
	}
	return enabled[0]
}

// TestRotationsAtOnceLeaveOneVersion lets two rotations of one repository meet
// in the same way: one of them may find that the other has changed it.
func TestRotationsAtOnceLeaveOneVersion(t *testing.T) {
	rounds := 6
	if os.Getenv(pageVariable) != "" {
		rounds = 100
	}
	s := newLab(t).site
	for round := range rounds {
		w := openWorld(t, s)
		w.proxy.gate = meet(2, "SecretManagerService.AddSecretVersion")
		reports := make([]engine.Report, 2)
		var group sync.WaitGroup
		for i := range reports {
			group.Go(func() { reports[i] = inProcess(t, w, changing.Rotate(), "images", "") })
		}
		group.Wait()
		if !slices.ContainsFunc(reports, func(r engine.Report) bool { return r.Status == engine.StatusDone }) {
			t.Errorf("round %d: %v and %v", round, reports[0].Problem, reports[1].Problem)
		}
		f := flow{project: "rel-shop", repository: "images"}
		now, err := w.look(t.Context(), f)
		if err != nil || !now.Pulls || now.Token != newToken {
			t.Errorf("round %d: %s, pulls %v, %v", round, now.Version, now.Pulls, err)
		}
		enabled := 0
		for _, v := range now.Secrets["images-token"].Versions {
			if v.State == "ENABLED" && v.Payload == newToken {
				enabled++
			}
		}
		if enabled != 1 || t.Failed() {
			t.Fatalf("round %d: %d versions hold the token and are enabled: %+v", round, enabled, now.Secrets["images-token"].Versions)
		}
		w.close()
	}
}
