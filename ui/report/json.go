package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// object is the JSON form of a report. Its keys and their order are a promise
// to scripts: none is ever left out, and what is not known is null.
type object struct {
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
	Level  string  `json:"level"`
	Says   string  `json:"says"`
	Why    string  `json:"why"`
	Remedy *string `json:"remedy"`
}

type problem struct {
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

// JSON writes the report as one indented object and a line end.
func JSON(w io.Writer, r engine.Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	var o any = objectOf(r)
	if r.Chain || r.Flow == "doctor" {
		o = chain{objectOf(r), known(r.Broken), append([]string{}, r.Unknown...)}
	}
	if err := e.Encode(o); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func objectOf(r engine.Report) object {
	o := object{
		Flow: r.Flow, Status: string(r.Status), Emulator: known(r.Emulator),
		Project: known(r.About.Project), ProjectNumber: known(r.About.ProjectNumber),
		Upstream: known(r.About.Upstream), ServiceAgent: known(r.About.ServiceAgent),
		SecretVersion: known(r.About.SecretVersion), Username: known(r.About.Username),
		Receipt: known(r.Receipt),
		Actions: []action{}, Checks: links(r.Checks),
	}
	if name := r.About.Repository.Name; name.ID != "" {
		o.Repository = known(name.String())
	}
	for _, a := range r.Actions {
		o.Actions = append(o.Actions, action{a.ID, a.Says.In(text.English), string(a.State), known(a.Command)})
	}
	if p := r.Problem; p != nil {
		o.Problem = &problem{p.Title.In(text.English), p.Detail.In(text.English), check.Lines(p.Hints, text.English)}
	}
	return o
}

func links(fs []check.Finding) []link {
	all := []link{}
	for _, f := range fs {
		l := link{ID: f.ID, Level: string(f.Level), Says: f.Says.In(text.English), Why: f.Why.In(text.English)}
		if f.Remedy != nil {
			l.Remedy = known(cmp.Or(f.Remedy.Command, f.Remedy.Sentence().In(text.English)))
		}
		all = append(all, l)
	}
	return all
}

// known is nil for what is not known.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
