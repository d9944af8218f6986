package doctor

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

var terraform = map[string]string{"goog-terraform-provisioned": "true"}

// said is how often a finding of the code is in a report.
func said(r engine.Report, code check.Code) (n int) {
	for _, f := range r.Checks {
		if f.Code == code {
			n++
		}
	}
	return n
}

// TestEachFlowTellsOfOtherOwners: what it changes, another tool will change back
// or undo, so its code has to change, too. The attribute is named.
func TestEachFlowTellsOfOtherOwners(t *testing.T) {
	const attribute = "username_password_credentials.password_secret_version"
	renew := func() map[string]engine.Answer { return enginetest.TokenOf(enginetest.OtherToken) }
	for _, c := range []struct {
		name string
		run  func(t *testing.T, w *enginetest.World) engine.Report
	}{
		{"setup", func(t *testing.T, w *enginetest.World) engine.Report {
			given := renew()
			given[engine.StepSecret], given[engine.StepUsername] = engine.Answer{Text: "hub-token", From: engine.Flag}, engine.Answer{Text: enginetest.TestUser, From: engine.Flag}
			return w.Run(t, change.Setup(), given, engine.Options{})
		}},
		{"rotate", func(t *testing.T, w *enginetest.World) engine.Report {
			return w.Run(t, change.Rotate(), renew(), engine.Options{})
		}},
		{"remove", func(t *testing.T, w *enginetest.World) engine.Report {
			return w.Run(t, change.Remove(), nil, engine.Options{})
		}},
		{"doctor", func(t *testing.T, w *enginetest.World) engine.Report {
			return w.Run(t, Doctor(), nil, engine.Options{})
		}},
		{"doctor, fixing", func(t *testing.T, w *enginetest.World) engine.Report {
			w.Secret.Policy.Bindings = nil
			return w.Run(t, Doctor(), nil, engine.Options{Fix: true})
		}},
		{"undo", func(t *testing.T, w *enginetest.World) engine.Report {
			e := w.Env(t)
			enginetest.RunIn(t, e, change.Rotate(), enginetest.Where(renew()), engine.Options{DisableOld: true})
			e.Refresh()
			return enginetest.RunIn(t, e, change.Undo(), nil, engine.Options{})
		}},
	} {
		for _, owned := range []bool{true, false} {
			w := enginetest.Rotating()
			if owned {
				w.Repo.Labels, w.Secret.Info.Labels = terraform, terraform
			}
			r := c.run(t, w)
			want := 0
			if owned {
				want = 1
			}
			if said(r, check.OwnedRepository) != want || said(r, check.OwnedSecret) != want {
				t.Errorf("%s, owned %v: %s, %v\n%s", c.name, owned, r.Status, r.Problem, says(r))
			}
			if owned {
				wantSaid(t, r, []string{attribute, "google_secret_manager_secret_version", "google_secret_manager_secret_iam_binding"}, nil)
			}
		}
	}
}

// TestAReviewOfAFixNamesTheOwner before a yes.
func TestAReviewOfAFixNamesTheOwner(t *testing.T) {
	w := enginetest.Healthy()
	w.Repo.Labels, w.Secret.Policy.Bindings = terraform, nil
	r := w.Run(t, Doctor(), nil, engine.Options{Fix: true})
	if !slices.ContainsFunc(r.Rows, func(row engine.Row) bool {
		return strings.Contains(row.Before.In(text.English), "Terraform manages") && strings.Contains(row.After.In(text.English), "Change its code")
	}) {
		t.Errorf("rows %v", r.Rows)
	}
}

// TestRotateKeepsTheOldVersionForItsOwner: the next apply switches back to it.
func TestRotateKeepsTheOldVersionForItsOwner(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *enginetest.World)
		o      engine.Options
		states string
		said   int
	}{
		{"nobody's", func(*enginetest.World) {}, engine.Options{}, "DISABLED ENABLED", 0},
		{"the repository is owned", func(w *enginetest.World) { w.Repo.Labels = terraform }, engine.Options{}, "ENABLED ENABLED", 1},
		{"the secret is owned", func(w *enginetest.World) { w.Secret.Info.Labels = map[string]string{"managed-by-cnrm": "true"} }, engine.Options{}, "ENABLED ENABLED", 1},
		{"another repository of the secret is owned", func(w *enginetest.World) { w.Share("other", "1").Labels = terraform }, engine.Options{AllUsers: true}, "ENABLED ENABLED", 1},
		{"told otherwise", func(w *enginetest.World) { w.Repo.Labels = terraform }, engine.Options{DisableOld: true}, "DISABLED ENABLED", 0},
		{"told to keep", func(w *enginetest.World) { w.Repo.Labels = terraform }, engine.Options{KeepOld: true}, "ENABLED ENABLED", 0},
		{"not owned, told to keep", func(*enginetest.World) {}, engine.Options{KeepOld: true}, "ENABLED ENABLED", 0},
		{"another one needs it, whatever is told", func(w *enginetest.World) { w.Share("other", "1") }, engine.Options{DisableOld: true}, "ENABLED ENABLED", 0},
	} {
		w := enginetest.Rotating()
		c.do(w)
		r := w.Run(t, change.Rotate(), enginetest.TokenOf(enginetest.OtherToken), c.o)
		if r.Status != engine.StatusDone || w.VersionStates() != c.states || said(r, check.OldVersionOwned) != c.said {
			t.Errorf("%s: %s, versions %s\n%s", c.name, r.Status, w.VersionStates(), says(r))
		}
		if c.said > 0 {
			wantSaid(t, r, []string{"--disable-old", "gcloud secrets versions disable 1"}, nil)
		}
	}
}

// TestNothingToDoIsNobodysBusiness: a run that changes nothing warns of nothing.
func TestNothingToDoIsNobodysBusiness(t *testing.T) {
	w := enginetest.Healthy()
	w.Repo.Labels, w.Secret.Info.Labels = terraform, terraform
	given := enginetest.TokenOf(cloudtest.TestToken)
	given[engine.StepSecret], given[engine.StepUsername] = engine.Answer{Text: "hub-token", From: engine.Flag}, engine.Answer{Text: enginetest.TestUser, From: engine.Flag}
	if r := w.Run(t, change.Setup(), given, engine.Options{}); r.Status != engine.StatusDone || said(r, check.OwnedRepository)+said(r, check.OwnedSecret) != 0 {
		t.Errorf("%s\n%s", r.Status, says(r))
	}
}
