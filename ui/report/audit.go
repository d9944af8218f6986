package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
)

// Audited is how an audit ended: its rows, worst first.
type Audited struct {
	Status engine.Status
	// Emulator is the host and port of the emulator that stood in for Google;
	// empty: Google.
	Emulator string
	Rows     []doctor.AuditRow
	Problem  *engine.Problem
}

// auditObject is an audit as JSON; its keys are a promise to scripts.
type auditObject struct {
	Flow         string       `json:"flow"`
	Status       string       `json:"status"`
	Emulator     *string      `json:"emulator"`
	Repositories []auditEntry `json:"repositories"`
	// Unseen are the projects that could not be looked at, or not wholly.
	Unseen  []auditUnseen `json:"unseen"`
	Problem *problem      `json:"problem"`
}

type auditEntry struct {
	Repository    string   `json:"repository"`
	Project       string   `json:"project"`
	Format        string   `json:"format"`
	Upstream      *string  `json:"upstream"`
	Username      *string  `json:"username"`
	Status        string   `json:"status"`
	Broken        *string  `json:"broken"`
	Unknown       []string `json:"unknown"`
	SecretVersion *string  `json:"secretVersion"`
	VersionState  *string  `json:"versionState"`
	VersionDays   *int     `json:"versionAgeDays"`
	Level         string   `json:"level"`
	Says          string   `json:"says"`
}

type auditUnseen struct {
	Project string  `json:"project"`
	Problem problem `json:"problem"`
}

// AuditJSON writes an audit as one indented object.
func AuditJSON(w io.Writer, a Audited) error {
	o := auditObject{Flow: "audit", Status: string(a.Status), Emulator: known(a.Emulator), Repositories: []auditEntry{}, Unseen: []auditUnseen{}}
	for _, r := range a.Rows {
		if r.Problem != nil {
			o.Unseen = append(o.Unseen, auditUnseen{r.Project, problemOf(r.Problem)})
			continue
		}
		o.Repositories = append(o.Repositories, auditEntry{
			Repository: r.Repository.Name.String(), Project: r.Project, Format: r.Repository.Format, Upstream: known(r.Upstream),
			Username: known(r.Repository.Username), Status: string(r.Status), Broken: known(r.Broken), Unknown: append([]string{}, r.Unknown...),
			SecretVersion: known(r.Repository.SecretVersion), VersionState: known(r.VersionState), VersionDays: days(r.VersionAge),
			Level: string(r.Level), Says: r.Says.In(text.English),
		})
	}
	if a.Problem != nil {
		p := problemOf(a.Problem)
		o.Problem = &p
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(o); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

func problemOf(p *engine.Problem) problem {
	return problem{p.Title.In(text.English), p.Detail.In(text.English), check.Lines(p.Hints, text.English)}
}

// days is an age in whole days; nil: not known.
func days(age time.Duration) *int {
	if age <= 0 {
		return nil
	}
	n := int(age / (24 * time.Hour))
	return &n
}

// auditColumns are the first line of the CSV form.
var auditColumns = []string{"repository", "format", "upstream", "username", "status", "broken", "secretVersion", "versionState", "versionAgeDays", "says", "emulator"}

// AuditCSV writes an audit as comma-separated values, one repository a line.
// A cell that a spreadsheet would take for a formula gets a quote before it.
func AuditCSV(w io.Writer, a Audited) error {
	c := csv.NewWriter(w)
	_ = c.Write(auditColumns) // Error tells
	for _, r := range a.Rows {
		age := ""
		if d := days(r.VersionAge); d != nil {
			age = strconv.Itoa(*d)
		}
		name := r.Repository.Name.String()
		if r.Problem != nil {
			name = "projects/" + r.Project
		}
		cells := []string{name, r.Repository.Format, r.Upstream, r.Repository.Username, string(r.Status), r.Broken,
			r.Repository.SecretVersion, r.VersionState, age, r.Says.In(text.English), a.Emulator}
		for i, cell := range cells {
			cells[i] = harmless(cell)
		}
		_ = c.Write(cells)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

// harmless keeps a spreadsheet from running a cell
// (https://owasp.org/www-community/attacks/CSV_Injection).
func harmless(cell string) string {
	if cell != "" && (cell[0] == '=' || cell[0] == '+' || cell[0] == '-' || cell[0] == '@') {
		return "'" + cell
	}
	return cell
}

// AuditRow is one repository in a line or two.
func AuditRow(r doctor.AuditRow) string {
	if r.Problem != nil {
		return fmt.Sprintf("%-8s %s: %s", "unseen", r.Project, r.Problem.Error())
	}
	name := r.Repository.Name
	state := string(r.Status)
	if r.Status == engine.StatusHealthy && !isWell(r) {
		state = string(r.Level)
	}
	line := fmt.Sprintf("%-8s %s/%s/%s  %s  %s", state, name.Project, name.Location, name.ID, r.Repository.Format, r.Upstream)
	if r.Repository.SecretVersion != "" {
		line += "  " + r.Repository.SecretVersion
	}
	if d := days(r.VersionAge); d != nil {
		age := wording.Count(*d, "day")
		if *d == 0 {
			age = "less than a day"
		}
		line += "  " + age + " old"
	}
	if !r.Says.Empty() {
		line += "\n         " + r.Says.In(text.English)
	}
	return line
}

// manyWell is how many repositories that fare well are no longer listed.
const manyWell = 20

// AuditText writes the summary of an audit: what is not well, worst first, what
// is well where that is not much, and the numbers.
func AuditText(w io.Writer, a Audited) error {
	seen, broken, well := 0, 0, 0
	for _, r := range a.Rows {
		if r.Problem == nil {
			seen++
		}
		if r.Status == engine.StatusBroken {
			broken++
		}
		if isWell(r) {
			well++
		}
	}
	var given strings.Builder
	if a.Emulator != "" {
		fmt.Fprintf(&given, "emulator %s stands in for Google\n", a.Emulator)
	}
	for _, r := range a.Rows {
		if !isWell(r) || well <= manyWell {
			given.WriteString(AuditRow(r) + "\n")
		}
	}
	if well > manyWell {
		fmt.Fprintf(&given, "%d healthy ones are not listed: --output csv lists all\n", well)
	}
	fmt.Fprintf(&given, "audit: %s, %d broken; doctor tries a real pull as well\n", wording.Count(seen, "repository"), broken)
	if unseen := len(a.Rows) - seen; unseen > 0 {
		fmt.Fprintf(&given, "%d of the projects and locations could not be looked at\n", unseen)
	}
	if _, err := io.WriteString(w, given.String()); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

// isWell tells whether there is nothing about a repository to attend to.
func isWell(r doctor.AuditRow) bool {
	return r.Status == engine.StatusHealthy && (r.Level == check.OK || r.Level == check.Note)
}
