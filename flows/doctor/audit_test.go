package doctor

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

func newAudit(t *testing.T, w *enginetest.World, o AuditOptions) *Audit {
	t.Helper()
	e := w.Env(t)
	a := NewAudit(e.Cloud, e.Upstream, o)
	a.Now = e.Now
	return a
}

func auditOf(t *testing.T, w *enginetest.World, o AuditOptions) ([]AuditRow, error) {
	t.Helper()
	var rows []AuditRow
	for r, err := range newAudit(t, w, o).Rows(t.Context()) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, WorstFirst)
	return rows, nil
}

func TestAudit(t *testing.T) {
	w := enginetest.Healthy()
	w.Secret.Versions[0].CreateTime = w.Clock.Add(-48 * time.Hour)
	w.Share("broken", "7")
	none := w.Share("none", "1")
	none.Username, none.SecretVersion = "", ""
	virtual := w.Share("virtual", "1")
	virtual.Mode = "VIRTUAL_REPOSITORY"
	rows, err := auditOf(t, w, AuditOptions{})
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
	if r := rows[1]; r.Code != check.CredentialsNone || r.Says.Empty() {
		t.Errorf("of a repository without credentials it says %q: %s", r.Code, r.Says.In(text.English))
	}
	for _, c := range w.Calls {
		if c == "Pull" || cloudtest.IsWrite(c) {
			t.Errorf("an audit calls %s", c)
		}
	}
}

// TestAuditTriesCredentials finds a token that the upstream no longer takes,
// and one that was stored with a newline. Each is tried once, however many
// repositories use it.
func TestAuditTriesCredentials(t *testing.T) {
	w := enginetest.Healthy()
	w.Hub.Good = nil
	for i := range 5 {
		w.Share(fmt.Sprintf("same%d", i), "1").SecretVersion = w.Repo.SecretVersion
	}
	newline := w.AddSecret("newline", cloudtest.TestToken+"\n")
	newline.Policy = w.Secret.Policy
	w.Share("newline", "1").SecretVersion = newline.Info.Name.String() + "/versions/1"
	for _, skip := range []bool{false, true} {
		w.Hub.Sent.Store(0)
		w.Calls = nil
		rows, err := auditOf(t, w, AuditOptions{SkipTrial: skip})
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
				t.Errorf("skip %v: %s is broken at %q, want %q; not checked: %q", skip, r.Repository.Name.ID, r.Broken, want, r.Unknown)
			}
		}
		want := 2 // the token, and the one with a newline, each sent as it is; what is right of that is the same credential again
		if skip {
			want = 0
		}
		if n := len(slices.DeleteFunc(slices.Clone(w.Calls), func(c string) bool { return c != "Payload" })); n != want {
			t.Errorf("skip %v: %d tokens read", skip, n)
		}
		if n := int(w.Hub.Sent.Load()); n != want {
			t.Errorf("skip %v: %d credentials sent", skip, n)
		}
	}
}

// TestAuditWithoutLeaveToReadTokens says so, and does not call it broken.
func TestAuditWithoutLeaveToReadTokens(t *testing.T) {
	w := enginetest.Healthy()
	w.Deny["secretmanager.versions.access"] = true
	rows, err := auditOf(t, w, AuditOptions{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[0]; r.Status != engine.StatusHealthy || !slices.Contains(r.Unknown, linkPayload) || !slices.Contains(r.Unknown, linkUpstream) || r.Level != check.Unknown {
		t.Errorf("%s, not checked: %q, %v", r.Status, r.Unknown, r.Level)
	}
}

// TestAuditSharesReads holds the reads of a secret that many repositories use
// to one each.
func TestAuditSharesReads(t *testing.T) {
	w := enginetest.Healthy()
	for i := range 50 {
		w.Share(fmt.Sprintf("r%d", i), "1").SecretVersion = w.Repo.SecretVersion
	}
	rows, err := auditOf(t, w, AuditOptions{Projects: []string{cloudtest.TestProject}})
	if err != nil || len(rows) != 51 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, c := range []string{"Secret", "Versions", "SecretPolicy", "Services", "Project"} {
		if n := len(slices.DeleteFunc(slices.Clone(w.Calls), func(s string) bool { return s != c })); n != 1 {
			t.Errorf("%s was asked %d times", c, n)
		}
	}
}

func TestAuditOfWhatCannotBeSeen(t *testing.T) {
	w := enginetest.Healthy()
	rows, err := auditOf(t, w, AuditOptions{Projects: []string{cloudtest.TestProject, "no-project-0"}})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[0]; r.Status != engine.StatusFailed || r.Problem == nil || r.Project != "no-project-0" {
		t.Errorf("%+v", r)
	}
	w = enginetest.Healthy()
	w.Unlisted = true
	if rows, _ = auditOf(t, w, AuditOptions{Projects: []string{cloudtest.TestProject}}); len(rows) != 2 || rows[0].Problem == nil {
		t.Errorf("a location that cannot be listed goes unsaid: %+v", rows)
	}
	w = enginetest.Healthy()
	w.Fail = func(string, bool) error { return &cloud.Error{Kind: cloud.NotSignedIn, Message: "no credentials"} }
	if _, err := auditOf(t, w, AuditOptions{}); cloud.KindOf(err) != cloud.NotSignedIn {
		t.Errorf("signed out: %v", err)
	}
}

func TestAuditStopsEarly(t *testing.T) {
	w := enginetest.Healthy()
	for i := range 50 {
		w.Share(fmt.Sprintf("r%d", i), "1")
	}
	a := newAudit(t, w, AuditOptions{})
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

// A hundred repositories that share one wrong credential send it once, in an
// audit and whatever the projects and versions.
func TestAuditSendsAWrongCredentialOnce(t *testing.T) {
	w := enginetest.Healthy()
	w.Hub.Good = nil
	for i := range 100 {
		w.Share(fmt.Sprintf("shared%d", i), "1")
	}
	rows, err := auditOf(t, w, AuditOptions{})
	if err != nil || len(rows) != 101 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r.Broken != linkUpstream {
			t.Errorf("%s is broken at %q", r.Repository.Name.ID, r.Broken)
		}
	}
	if sent := w.Hub.Sent.Load(); sent != 1 {
		t.Errorf("%d credentials sent", sent)
	}
}
