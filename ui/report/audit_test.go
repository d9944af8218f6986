package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

func audited() Audited {
	return Audited{Status: engine.StatusBroken, Rows: []doctor.AuditRow{
		{Project: "p", Repository: cloud.Repository{Name: cloud.RepositoryName{Project: "p", Location: "us", ID: "hub"}, Format: "DOCKER", Username: "=cmd()", SecretVersion: "projects/p/secrets/s/versions/1"},
			Upstream: "https://registry-1.docker.io/", Status: engine.StatusBroken, Broken: "grant", Says: text.New("May not, \"really\""), Code: check.GrantMissing, Level: check.Block, VersionState: "ENABLED", VersionAge: 50 * time.Hour},
		{Project: "q", Status: engine.StatusFailed, Level: check.Unknown, Problem: &engine.Problem{Title: text.New("denied"), Kind: cloud.PermissionDenied}, Says: text.New("denied")},
		{Project: "p", Repository: cloud.Repository{Name: cloud.RepositoryName{Project: "p", Location: "us", ID: "npm"}, Format: "NPM"}, Status: engine.StatusHealthy, Level: check.OK},
	}}
}

func TestAuditJSON(t *testing.T) {
	var b bytes.Buffer
	if err := AuditJSON(&b, audited(), text.English); err != nil {
		t.Fatal(err)
	}
	if want := "{\n  \"format\": 1,\n"; !strings.HasPrefix(b.String(), want) {
		t.Errorf("begins %q", b.String()[:len(want)])
	}
	var o struct {
		Flow, Status string
		Repositories []map[string]any
		Unseen       []struct {
			Project string
			Problem struct{ Code, Title string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &o); err != nil {
		t.Fatal(err)
	}
	if o.Flow != "audit" || o.Status != "broken" || len(o.Repositories) != 2 || len(o.Unseen) != 1 || o.Unseen[0].Problem.Title != "denied" || o.Unseen[0].Problem.Code != "permission-denied" {
		t.Errorf("%+v", o)
	}
	first, second := o.Repositories[0], o.Repositories[1]
	if first["repository"] != "projects/p/locations/us/repositories/hub" || first["broken"] != "grant" || first["code"] != "grant-missing" || first["versionAgeDays"] != 2.0 {
		t.Errorf("%v", first)
	}
	if len(first) != len(second) || second["broken"] != nil || second["expires"] != nil || second["secretVersion"] != nil {
		t.Errorf("a key is left out, or not null: %v", second)
	}
}

func TestAuditCSV(t *testing.T) {
	var b bytes.Buffer
	if err := AuditCSV(&b, audited(), text.English); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 4 || len(rows[0]) != len(auditColumns) {
		t.Fatalf("%v, %v", rows, err)
	}
	if rows[1][3] != "'=cmd()" || rows[1][8] != "2" || rows[1][12] != "grant-missing" || rows[1][9] != `May not, "really"` {
		t.Errorf("%q", rows[1])
	}
	if rows[2][0] != "projects/q" || rows[2][4] != "failed" {
		t.Errorf("%q", rows[2])
	}
}

func TestAuditText(t *testing.T) {
	var b strings.Builder
	if err := AuditText(&b, audited(), Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"✗ problem     p/us/hub", "  May not", "2 days old", "? not checked q\n  denied", "✓ ok          p/us/npm", "Checked 2 repositories, without a real pull: 1 with a problem", "Couldn't check 1 project or location"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestAuditTextLeavesManyHealthyOnesOut lists what is to be attended to.
func TestAuditTextLeavesManyHealthyOnesOut(t *testing.T) {
	a := audited()
	for i := range manyWell + 1 {
		r := doctor.AuditRow{Project: "p", Status: engine.StatusHealthy, Level: check.OK}
		r.Repository.Name = cloud.RepositoryName{Project: "p", Location: "us", ID: fmt.Sprint("well", i)}
		a.Rows = append(a.Rows, r)
	}
	var b strings.Builder
	if err := AuditText(&b, a, Style{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "well1") || !strings.Contains(b.String(), "✗ problem     p/us/hub") || !strings.Contains(b.String(), "22 healthy repositories aren't listed; --output csv lists every one") {
		t.Error(b.String())
	}
}
