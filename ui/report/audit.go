package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
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
	Format       int          `json:"format"`
	Flow         string       `json:"flow"`
	Status       string       `json:"status"`
	Emulator     *string      `json:"emulator"`
	Repositories []auditEntry `json:"repositories"`
	// Unseen are the projects that could not be checked, or not wholly.
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
	Expires       *string  `json:"expires"`
	Level         string   `json:"level"`
	Code          *string  `json:"code"`
	Says          string   `json:"says"`
}

type auditUnseen struct {
	Project string   `json:"project"`
	Problem *problem `json:"problem"`
}

// AuditJSON writes an audit as one indented object, its sentences in the
// language.
func AuditJSON(w io.Writer, a Audited, l text.Language) error {
	o := auditObject{Format: format, Flow: "audit", Status: string(a.Status), Emulator: known(a.Emulator),
		Repositories: []auditEntry{}, Unseen: []auditUnseen{}, Problem: problemOf(a.Problem, l)}
	for _, r := range a.Rows {
		if r.Problem != nil {
			o.Unseen = append(o.Unseen, auditUnseen{r.Project, problemOf(r.Problem, l)})
			continue
		}
		o.Repositories = append(o.Repositories, auditEntry{
			Repository: r.Repository.Name.String(), Project: r.Project, Format: r.Repository.Format, Upstream: known(r.Upstream),
			Username: known(r.Repository.Username), Status: string(r.Status), Broken: known(r.Broken), Unknown: append([]string{}, r.Unknown...),
			SecretVersion: known(r.Repository.SecretVersion), VersionState: known(r.VersionState), VersionDays: days(r.VersionAge),
			Level: string(r.Level), Code: known(string(r.Code)), Says: r.Says.In(l),
		})
	}
	if err := encode(w, o); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

// days is an age in whole days; nil: not known.
func days(age time.Duration) *int {
	if age <= 0 {
		return nil
	}
	n := int(age / (24 * time.Hour))
	return &n
}

// auditColumns are the first line of the CSV form. Further ones are added at
// the end.
var auditColumns = []string{"repository", "format", "upstream", "username", "status", "broken", "secretVersion", "versionState",
	"versionAgeDays", "says", "emulator", "level", "code"}

// AuditCSV writes an audit as comma-separated values, one repository a line, its
// sentences in the language. A cell that a spreadsheet would take for a formula
// gets a quote before it.
func AuditCSV(w io.Writer, a Audited, l text.Language) error {
	c := csv.NewWriter(w)
	_ = c.Write(auditColumns) // Error tells
	for _, r := range a.Rows {
		age := ""
		if d := days(r.VersionAge); d != nil {
			age = strconv.Itoa(*d)
		}
		name, code := r.Repository.Name.String(), string(r.Code)
		if r.Problem != nil {
			name, code = "projects/"+r.Project, codeOf(r.Problem)
		}
		cells := []string{name, r.Repository.Format, r.Upstream, r.Repository.Username, string(r.Status), r.Broken,
			r.Repository.SecretVersion, r.VersionState, age, r.Says.In(l), a.Emulator, string(r.Level), code}
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

// AuditRow is one repository in a line or two: its kind of finding, where it is,
// and what was found.
func AuditRow(r doctor.AuditRow, s Style) string {
	head := pad(s.Mark(r.Level), markColumn) + " "
	if r.Problem != nil {
		return head + r.Project + "\n  " + s.in(r.Problem.Text())
	}
	name := r.Repository.Name
	line := fmt.Sprintf("%s%s/%s/%s  %s  %s", head, name.Project, name.Location, name.ID, r.Repository.Format, r.Upstream)
	if r.Repository.SecretVersion != "" {
		line += "  " + r.Repository.SecretVersion
	}
	if d := days(r.VersionAge); d != nil {
		age := text.Plural(*d, "%d day old", "%d days old")
		if *d == 0 {
			age = text.New("less than a day old")
		}
		line += "  " + s.in(age)
	}
	if !r.Says.Empty() {
		line += "\n  " + s.in(r.Says)
	}
	return line
}

// manyWell is how many repositories that fare well are no longer listed.
const manyWell = 20

// AuditText writes the summary of an audit: what is not well, worst first, what
// is well where that is not much, and the numbers.
func AuditText(w io.Writer, a Audited, s Style) error {
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
		given.WriteString(s.in(text.New("Emulator %s stands in for Google", a.Emulator)) + "\n")
	}
	for _, r := range a.Rows {
		if !isWell(r) || well <= manyWell {
			given.WriteString(AuditRow(r, s) + "\n")
		}
	}
	if well > manyWell {
		given.WriteString(s.in(text.Plural(well, "%d healthy repository isn't listed; --output csv lists every one",
			"%d healthy repositories aren't listed; --output csv lists every one")) + "\n")
	}
	numbers := text.Plural(seen, "Checked %d repository, without a real pull: %d with a problem",
		"Checked %d repositories, without a real pull: %d with a problem", broken)
	given.WriteString(s.in(numbers) + "\n")
	if unseen := len(a.Rows) - seen; unseen > 0 {
		given.WriteString(s.in(text.Plural(unseen, "Couldn't check %d project or location", "Couldn't check %d projects or locations")) + "\n")
	}
	if _, err := io.WriteString(w, given.String()); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

// isWell reports whether there is nothing about a repository to attend to.
func isWell(r doctor.AuditRow) bool {
	return r.Status == engine.StatusHealthy && (r.Level == check.OK || r.Level == check.Note)
}
