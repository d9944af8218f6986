package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"example.com/upstreamauth/flows/check"
)

func (w *world) newAudit(t *testing.T, o AuditOptions) *Audit {
	t.Helper()
	e := w.env(t)
	a := NewAudit(e.Cloud, e.Upstream, o)
	a.Now = e.Now
	return a
}

func (w *world) audit(t *testing.T, o AuditOptions) ([]AuditRow, error) {
	t.Helper()
	var rows []AuditRow
	for r, err := range w.newAudit(t, o).Rows(t.Context()) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, WorstFirst)
	return rows, nil
}

func TestAudit(t *testing.T) {
	w := healthy()
	w.secret.versions[0].CreateTime = w.clock.Add(-48 * time.Hour)
	w.share("broken", "7")
	none := w.share("none", "1")
	none.Username, none.SecretVersion = "", ""
	virtual := w.share("virtual", "1")
	virtual.Mode = "VIRTUAL_REPOSITORY"
	rows, err := w.audit(t, AuditOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r.Project, " ", r.Repository.Name.ID, " ", r.Status, " ", r.Broken, " ", r.VersionState, " ", r.VersionAge.Round(time.Minute)))
	}
	want := []string{
		"demo-project broken broken version  0s",
		"demo-project none healthy   0s",
		"demo-project dockerhub healthy  ENABLED 48h0m0s",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if says := rows[1].Says; says != "credentials: the repository has no credentials: it pulls anonymously" {
		t.Errorf("of a repository without credentials it says %q", says)
	}
	for _, c := range w.calls {
		if c == "Pull" || isWrite(c) {
			t.Errorf("an audit calls %s", c)
		}
	}
}

// TestAuditTriesCredentials finds a token that the upstream no longer takes,
// and one that was stored with a newline. Each is tried once, however many
// repositories use it.
func TestAuditTriesCredentials(t *testing.T) {
	w := healthy()
	w.hub.good = nil
	for i := range 5 {
		w.share(fmt.Sprintf("same%d", i), "1").SecretVersion = w.repo.SecretVersion
	}
	newline := w.addSecret("newline", testToken+"\n")
	newline.policy = w.secret.policy
	w.share("newline", "1").SecretVersion = newline.info.Name.String() + "/versions/1"
	for _, skip := range []bool{false, true} {
		w.hub.sent.Store(0)
		w.calls = nil
		rows, err := w.audit(t, AuditOptions{SkipTrial: skip})
		if err != nil || len(rows) != 7 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, r := range rows {
			want := linkUpstream
			if r.Repository.Name.ID == "newline" {
				want = linkPayload
			}
			if skip {
				want = ""
			}
			if r.Broken != want || len(r.Unknown) > 0 && !slices.Equal(r.Unknown, []string{linkAgent}) {
				t.Errorf("skip %v: %s is broken at %q, want %q; not looked at: %q", skip, r.Repository.Name.ID, r.Broken, want, r.Unknown)
			}
		}
		want := 2 // the token, and what is right of the one with a newline, are the same credential
		if skip {
			want = 0
		}
		if n := len(slices.DeleteFunc(slices.Clone(w.calls), func(c string) bool { return c != "Payload" })); n != want {
			t.Errorf("skip %v: %d tokens read", skip, n)
		}
		if n := int(w.hub.sent.Load()); n != want/2 {
			t.Errorf("skip %v: %d credentials sent", skip, n)
		}
	}
}

// TestAuditWithoutLeaveToReadTokens says so, and does not call it broken.
func TestAuditWithoutLeaveToReadTokens(t *testing.T) {
	w := healthy()
	w.deny["secretmanager.versions.access"] = true
	rows, err := w.audit(t, AuditOptions{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[0]; r.Status != StatusHealthy || !slices.Contains(r.Unknown, linkPayload) || !slices.Contains(r.Unknown, linkUpstream) || r.Level != check.Unknown {
		t.Errorf("%s, not looked at: %q, %v", r.Status, r.Unknown, r.Level)
	}
}

// TestAuditSharesReads holds the reads of a secret that many repositories use
// to one each.
func TestAuditSharesReads(t *testing.T) {
	w := healthy()
	for i := range 50 {
		w.share(fmt.Sprintf("r%d", i), "1").SecretVersion = w.repo.SecretVersion
	}
	rows, err := w.audit(t, AuditOptions{Projects: []string{testProject}})
	if err != nil || len(rows) != 51 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, c := range []string{"Secret", "Versions", "SecretPolicy", "Services", "Project"} {
		if n := len(slices.DeleteFunc(slices.Clone(w.calls), func(s string) bool { return s != c })); n != 1 {
			t.Errorf("%s was asked %d times", c, n)
		}
	}
}

func TestAuditOfWhatCannotBeSeen(t *testing.T) {
	w := healthy()
	rows, err := w.audit(t, AuditOptions{Projects: []string{testProject, "no-project-0"}})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[0]; r.Status != StatusFailed || r.Problem == nil || r.Project != "no-project-0" {
		t.Errorf("%+v", r)
	}
	w = healthy()
	w.unlisted = true
	if rows, _ = w.audit(t, AuditOptions{Projects: []string{testProject}}); len(rows) != 2 || rows[0].Problem == nil {
		t.Errorf("a location that cannot be listed goes unsaid: %+v", rows)
	}
	w = healthy()
	w.fail = func(string, bool) error { return &Error{Kind: NotSignedIn, Message: "no credentials"} }
	if _, err := w.audit(t, AuditOptions{}); KindOf(err) != NotSignedIn {
		t.Errorf("signed out: %v", err)
	}
}

func TestAuditStopsEarly(t *testing.T) {
	w := healthy()
	for i := range 50 {
		w.share(fmt.Sprintf("r%d", i), "1")
	}
	a := w.newAudit(t, AuditOptions{})
	for _, err := range a.Rows(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range a.Rows(ctx) {
		if err == nil {
			t.Error("a row after the end")
		}
	}
}

// TestReadQuota counts the reads that pass in each minute of ten.
func TestReadQuota(t *testing.T) {
	for _, charged := range []string{"", "payer"} {
		synctest.Test(t, func(t *testing.T) {
			q := newReadQuota(charged)
			began := time.Now()
			var at []time.Duration
			for i := range 3000 {
				project := "p"
				if charged != "" {
					project = fmt.Sprint("p", i)
				}
				if err := q.of(project).Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				at = append(at, time.Since(began))
			}
			for i := range at {
				n := 0
				for _, other := range at[i:] {
					if other-at[i] >= time.Minute {
						break
					}
					n++
				}
				if n > 600 {
					t.Fatalf("%d reads within a minute of %v", n, at[i])
				}
			}
		})
	}
}

// TestReadQuotaForgetsProjects holds the limiters to a number that does not
// grow with the projects.
func TestReadQuotaForgetsProjects(t *testing.T) {
	q := newReadQuota("")
	for i := range 10_000 {
		q.of(fmt.Sprint(i))
	}
	if len(q.projects) > 4*projectsAtOnce {
		t.Errorf("%d limiters are kept", len(q.projects))
	}
	if one := q.of("busy"); one.AllowN(time.Now(), readBurst) && q.of("busy") != one {
		t.Error("a limiter that is in use was forgotten")
	}
}

// TestAuditWaitsWhenTheQuotaIsUsedUp answers 429 a few times.
func TestAuditWaitsWhenTheQuotaIsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := healthy()
		refusals := 0
		w.fail = func(call string, after bool) error {
			if call == "SecretPolicy" && !after && refusals < 3 {
				refusals++
				return &Error{Kind: Exhausted, Message: "Quota exceeded"}
			}
			return nil
		}
		m := &metered{Cloud: w.fakeCloud, quota: &readQuota{charged: "x", shared: rate.NewLimiter(rate.Inf, 1)}}
		if p, err := m.SecretPolicy(t.Context(), w.secret.info.Name); err != nil || len(p.Bindings) != 1 || refusals != 3 {
			t.Errorf("%v, %v after %d refusals", p, err, refusals)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.Secret(ctx, w.secret.info.Name); KindOf(err) != Cancelled || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}
