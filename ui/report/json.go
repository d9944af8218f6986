package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// format is the version of every JSON form. It changes only when a key is
// removed or changes its meaning.
const format = 1

// object is the JSON form of a report. Its keys and their order are a promise
// to scripts: none is ever left out, and what is not known is null.
type object struct {
	Format        int      `json:"format"`
	Flow          string   `json:"flow"`
	Status        string   `json:"status"`
	Emulator      *string  `json:"emulator"`
	Project       *string  `json:"project"`
	ProjectNumber *string  `json:"projectNumber"`
	Repository    *string  `json:"repository"`
	Upstream      *string  `json:"upstream"`
	ServiceAgent  *string  `json:"serviceAgent"`
	SecretVersion *string  `json:"secretVersion"`
	Username      *string  `json:"username"`
	Expires       *string  `json:"expires"`
	Actions       []action `json:"actions"`
	Checks        []link   `json:"checks"`
	Problem       *problem `json:"problem"`
	Receipt       *string  `json:"receipt"`
}

type action struct {
	ID      string  `json:"id"`
	Says    string  `json:"says"`
	State   string  `json:"state"`
	Command *string `json:"command"`
}

type link struct {
	ID     string  `json:"id"`
	Code   *string `json:"code"`
	Level  string  `json:"level"`
	Says   string  `json:"says"`
	Why    string  `json:"why"`
	Remedy *string `json:"remedy"`
}

type problem struct {
	Code   string   `json:"code"`
	Title  string   `json:"title"`
	Detail string   `json:"detail"`
	Hints  []string `json:"hints"`
}

// chain is the form of doctor's report: the links as checks, and which of them
// is broken first.
type chain struct {
	object
	Broken  *string  `json:"broken"`
	Unknown []string `json:"unknown"`
}

// JSON writes the report as one indented object and a line end. Its sentences
// are in the language; its keys, ids and codes never change with it.
func JSON(w io.Writer, r engine.Report, l text.Language) error {
	var o any = objectOf(r, l)
	if r.Chain || r.Flow == "doctor" {
		o = chain{objectOf(r, l), known(r.Broken), append([]string{}, r.Unknown...)}
	}
	if err := encode(w, o); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// encode writes one indented object and a line end. Commands stay as they are
// pasted: no & becomes \u0026.
func encode(w io.Writer, o any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(o)
}

func objectOf(r engine.Report, l text.Language) object {
	o := object{
		Format: format, Flow: r.Flow, Status: string(r.Status), Emulator: known(r.Emulator),
		Project: known(r.About.Project), ProjectNumber: known(r.About.ProjectNumber),
		Upstream: known(r.About.Upstream), ServiceAgent: known(r.About.ServiceAgent),
		SecretVersion: known(r.About.SecretVersion), Username: known(r.About.Username),
		Receipt: known(r.Receipt), Problem: problemOf(r.Problem, l),
		Actions: []action{}, Checks: links(r.Checks, l),
	}
	if name := r.About.Repository.Name; name.ID != "" {
		o.Repository = known(name.String())
	}
	for _, a := range r.Actions {
		o.Actions = append(o.Actions, action{a.ID, a.Says.In(l), string(a.State), known(a.Command)})
	}
	return o
}

func links(fs []check.Finding, l text.Language) []link {
	all := []link{}
	for _, f := range fs {
		is := link{ID: f.ID, Code: known(string(f.Code)), Level: string(f.Level), Says: f.Says.In(l), Why: f.Why.In(l)}
		if f.Remedy != nil {
			is.Remedy = known(cmp.Or(f.Remedy.Command, f.Remedy.Sentence().In(l)))
		}
		all = append(all, is)
	}
	return all
}

func problemOf(p *engine.Problem, l text.Language) *problem {
	if p == nil {
		return nil
	}
	return &problem{codeOf(p), p.Title.In(l), p.Detail.In(l), check.Lines(p.Hints, l)}
}

// codeOf is a problem's code: its own, or else its kind, in the form of codes.
func codeOf(p *engine.Problem) string {
	return cmp.Or(string(p.Code), strings.ReplaceAll(string(p.Kind), " ", "-"), "other")
}

// known is nil for what is not known.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
