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
			Upstream: "https://registry-1.docker.io/", Status: engine.StatusBroken, Broken: "grant", Says: text.New("grant: may not, \"really\""), Level: check.Block, VersionState: "ENABLED", VersionAge: 50 * time.Hour},
		{Project: "q", Status: engine.StatusFailed, Problem: &engine.Problem{Title: text.New("denied")}, Says: text.New("denied")},
		{Project: "p", Repository: cloud.Repository{Name: cloud.RepositoryName{Project: "p", Location: "us", ID: "npm"}, Format: "NPM"}, Status: engine.StatusHealthy, Level: check.OK},
	}}
}

func TestAuditJSON(t *testing.T) {
	var b bytes.Buffer
	if err := AuditJSON(&b, audited()); err != nil {
		t.Fatal(err)
	}
	var o struct {
		Flow, Status string
		Repositories []map[string]any
		Unseen       []struct {
			Project string
			Problem struct{ Title string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &o); err != nil {
		t.Fatal(err)
	}
	if o.Flow != "audit" || o.Status != "broken" || len(o.Repositories) != 2 || len(o.Unseen) != 1 || o.Unseen[0].Problem.Title != "denied" {
		t.Errorf("%+v", o)
	}
	first, second := o.Repositories[0], o.Repositories[1]
	if first["repository"] != "projects/p/locations/us/repositories/hub" || first["broken"] != "grant" || first["versionAgeDays"] != 2.0 {
		t.Errorf("%v", first)
	}
	if len(first) != len(second) || second["broken"] != nil || second["secretVersion"] != nil {
		t.Errorf("a key is left out, or not null: %v", second)
	}
}

func TestAuditCSV(t *testing.T) {
	var b bytes.Buffer
	if err := AuditCSV(&b, audited()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 4 || len(rows[0]) != len(auditColumns) {
		t.Fatalf("%v, %v", rows, err)
	}
	if rows[1][3] != "'=cmd()" || rows[1][8] != "2" || rows[1][9] != `grant: may not, "really"` {
		t.Errorf("%q", rows[1])
	}
	if rows[2][0] != "projects/q" || rows[2][4] != "failed" {
		t.Errorf("%q", rows[2])
	}
}

func TestAuditText(t *testing.T) {
	var b strings.Builder
	if err := AuditText(&b, audited()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"broken   p/us/hub", "grant: may not", "2 days old", "2 repositories, 1 broken", "1 of the projects and locations could not be looked at"} {
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
	if err := AuditText(&b, a); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "well1") || !strings.Contains(b.String(), "broken   p/us/hub") || !strings.Contains(b.String(), "22 healthy ones are not listed: --output csv lists all") {
		t.Error(b.String())
	}
}
