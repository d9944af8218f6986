package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// Fault is an error of Google's in full, for a support ticket.
type Fault struct {
	Op       string     `json:"op"`
	RPC      string     `json:"rpc"`
	Code     string     `json:"code"`
	Kind     cloud.Kind `json:"kind"`
	Message  string     `json:"message"`
	Resource string     `json:"resource,omitempty"`
	Details  []string   `json:"details"`
}

// FaultOf is an error of Google's, or a defect of ours, as a Fault; false: it is
// neither.
func FaultOf(err error) (Fault, bool) {
	if p, ok := errors.AsType[*parallel.Panic](err); ok {
		return Fault{Kind: cloud.Internal, Message: p.Error(), Details: []string{string(p.Stack)}}, true
	}
	e, ok := errors.AsType[*cloud.Error](err)
	if !ok {
		return Fault{}, false
	}
	return Fault{Op: e.Op, RPC: e.RPC, Code: e.Code, Kind: e.Kind, Message: e.Message, Resource: e.Resource, Details: append([]string{}, e.Details...)}, true
}

// faults are all errors of Google's that the report knows of, each once: those
// of the examination, and what stopped an action or the whole run.
func (r Report) faults() []Fault {
	all := slices.Clone(r.Faults)
	problems := []*Problem{r.Problem}
	for _, a := range r.Actions {
		problems = append(problems, a.Problem)
	}
	for _, p := range problems {
		if p != nil && p.fault != nil {
			all = WithFault(all, *p.fault)
		}
	}
	return all
}

// WithFault adds a fault, unless the same call said the same already.
func WithFault(all []Fault, f Fault) []Fault {
	if slices.ContainsFunc(all, func(g Fault) bool { return g.RPC == f.RPC && g.Message == f.Message }) {
		return all
	}
	return append(all, f)
}

// bundle is what a support engineer needs of a run of doctor. Its layout is
// told by Format.
type bundle struct {
	Format   int       `json:"format"`
	Tool     string    `json:"tool"`
	Version  string    `json:"version"`
	Go       string    `json:"go"`
	Platform string    `json:"platform"`
	Made     time.Time `json:"made"`

	Emulator      string         `json:"emulator,omitempty"`
	Status        Status         `json:"status"`
	Broken        string         `json:"broken"`
	Unknown       []string       `json:"unknown"`
	Project       string         `json:"project"`
	ProjectNumber string         `json:"projectNumber"`
	Repository    string         `json:"repository"`
	Kind          string         `json:"repositoryFormat"`
	Updated       time.Time      `json:"repositoryUpdated"`
	Upstream      string         `json:"upstream"`
	ServiceAgent  string         `json:"serviceAgent"`
	SecretVersion string         `json:"secretVersion"`
	Username      string         `json:"username"`
	Chain         []bundleLink   `json:"chain"`
	Actions       []bundleAction `json:"actions"`
	Problem       string         `json:"problem"`
	Errors        []Fault        `json:"errors"`
}

type bundleLink struct {
	ID    string      `json:"id"`
	Level check.Level `json:"level"`
	Says  string      `json:"says"`
	Why   string      `json:"why"`
}

type bundleAction struct {
	ID      string `json:"id"`
	State   State  `json:"state"`
	Note    string `json:"note"`
	Problem string `json:"problem"`
}

// Bundle is a report of doctor's as one JSON object that is fit for a support
// ticket: the chain, the versions of tool and platform, and the raw errors with
// the identifiers that Google gave them. No token is in it, not even one that
// somebody has put where a name belongs. version is the program's.
func Bundle(r Report, version string, now time.Time) ([]byte, error) {
	b := bundle{
		Format: 1, Tool: "upstreamauth", Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Made: now.UTC(),
		Emulator: r.Emulator, Status: r.Status, Broken: r.Broken, Unknown: append([]string{}, r.Unknown...),
		Project: r.About.Project, ProjectNumber: r.About.ProjectNumber, Kind: r.About.Repository.Format, Updated: r.About.Repository.UpdateTime,
		Upstream: Redact(r.About.Upstream), ServiceAgent: r.About.ServiceAgent,
		SecretVersion: Redact(r.About.SecretVersion), Username: Redact(r.About.Username),
		Chain: []bundleLink{}, Actions: []bundleAction{}, Errors: []Fault{},
	}
	if name := r.About.Repository.Name; name.ID != "" {
		b.Repository = name.String()
	}
	for _, f := range r.Checks {
		b.Chain = append(b.Chain, bundleLink{f.ID, f.Level, Redact(f.Says.In(text.English)), Redact(f.Why.In(text.English))})
	}
	for _, a := range r.Actions {
		one := bundleAction{ID: a.ID, State: a.State, Note: Redact(a.Note.In(text.English))}
		if a.Problem != nil {
			one.Problem = Redact(cmp.Or(a.Problem.Raw, a.Problem.Error()))
		}
		b.Actions = append(b.Actions, one)
	}
	if r.Problem != nil {
		b.Problem = Redact(cmp.Or(r.Problem.Raw, r.Problem.Error()))
	}
	for _, f := range r.faults() {
		f.Message, f.Resource = Redact(f.Message), Redact(f.Resource)
		details := []string{}
		for _, d := range f.Details {
			details = append(details, Redact(d))
		}
		f.Details = details
		b.Errors = append(b.Errors, f)
	}
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the support bundle: %w", err)
	}
	return append(data, '\n'), nil
}

// tokens matches whatever begins like a token that some vendor issues, and
// what stands before an @ in an address: user and password.
var tokens = regexp.MustCompile(tokenPattern())

func tokenPattern() string {
	var prefixes []string
	for _, k := range upstream.Catalogue() {
		for _, s := range k.Shapes {
			if p := regexp.QuoteMeta(s.Prefix); len(s.Prefix) >= 3 && !slices.Contains(prefixes, p) {
				prefixes = append(prefixes, p)
			}
		}
	}
	slices.SortFunc(prefixes, func(a, b string) int { return len(b) - len(a) })
	return `(?:` + strings.Join(prefixes, "|") + `)[A-Za-z0-9_.~+/=-]{6,}|(?:://)[^/@\s]+@|(?i:basic|bearer) [A-Za-z0-9_.~+/=-]{8,}`
}

// Redact takes out of a text what looks like a credential.
func Redact(s string) string { return clean.Text(tokens.ReplaceAllString(s, "[redacted]")) }
