package engine

import (
	"context"
	"slices"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// State is how far an action is.
type State string

// The states of actions. Running is never final.
const (
	Planned State = "planned"
	Running State = "running"
	Done    State = "done"
	Already State = "already" // it was so before
	Failed  State = "failed"
	Skipped State = "skipped"
)

// The ids of actions, as plans, receipts and the JSON report name them.
const (
	ActEnableAPIs     = "enable-apis"
	ActCreateSecret   = "create-secret"
	ActAddVersion     = "add-version"
	ActCreateAgent    = "create-service-agent"
	ActGrant          = "grant-access"
	ActUpdate         = "update-repository"
	ActVerify         = "verify"
	ActDisableOld     = "disable-old-version"
	ActRevoke         = "revoke-access"
	ActClear          = "clear-credentials"
	ActEnableVersion  = "enable-version"
	ActDisableVersion = "disable-version"
	ActDeleteSecret   = "delete-secret"
)

// Plan is what a flow is going to change, and what is known about it. A plan
// whose actions are all Already changes nothing.
type Plan struct {
	Flow  string
	About About
	// Rows compare what is with what will be.
	Rows    []Row
	Actions []Action
	// Checks are all findings of the steps and of the plan itself.
	Checks []check.Finding
	// Chain tells that Checks are the links of the chain, each once and in
	// their order; without anything to write such a plan is a report.
	Chain bool
	// Faults are the errors that were met on the way, for a support ticket.
	Faults []Fault
	// Look, if set, looks at the chain when a run has come to its end without
	// having done so.
	Look func(ctx context.Context, r *Run) (Outcome, error)
	// Undoes is the file name of the receipt that the plan takes back.
	Undoes string
	// Remains is what may be left of the run that the plan takes back, and of
	// which nobody can tell; nil: nothing.
	Remains *Problem
	// Blocked is why the plan cannot be applied; nil: it can.
	Blocked *Problem
}

// About names the things that a plan and its report speak of.
type About struct {
	Project, ProjectNumber string
	Repository             cloud.Repository
	// Upstream is the upstream's address.
	Upstream     string
	ServiceAgent string
	// SecretVersion is the full name; while a version is still to be added it
	// ends in "/versions/" and the number that it will most likely get.
	SecretVersion string
	Username      string
}

// Row is one thing before and after.
type Row struct{ Label, Before, After text.Text }

// Action is one change. Doing it twice changes nothing the second time.
type Action struct {
	// Key is unique in its plan; empty: the ID. ID is one of the Act constants.
	Key, ID string
	// Says is what will change, as in "create the secret dockerhub-token".
	Says text.Text
	// Command is the equivalent gcloud command. It never holds a token.
	Command string
	// Needs are the keys of the actions that must be through before.
	Needs []string
	State State
	// Note is what is going on, or how it ended.
	Note text.Text
	// Problem is why it failed.
	Problem *Problem
	// Do checks and, where need be, changes. It is not called for an action
	// that is Already.
	Do func(ctx context.Context, r *Run) (Outcome, error)
}

// Outcome is how an action ended.
type Outcome struct {
	State State
	Note  text.Text
	// Changes is what was changed, for the receipt.
	Changes []Change
	// Possible is what may have been changed, of an action that came to a good
	// end all the same.
	Possible []Change
	// Checks are findings that the action adds to the report.
	Checks []check.Finding
	// TakenBack tells, of an action that failed, that all the run had changed
	// so far is as before, but for what nothing uses.
	TakenBack bool
	// About, if set, is what the plan speaks of as it is afterwards.
	About *About
}

// Unique is what tells the action from all others of its plan.
func (a Action) Unique() string {
	if a.Key != "" {
		return a.Key
	}
	return a.ID
}

// Writes tells whether anything is left to change.
func (p *Plan) Writes() bool {
	for _, a := range p.Actions {
		if a.State == Planned && a.ID != ActVerify {
			return true
		}
	}
	return false
}

// Add appends an action; nil adds none.
func (p *Plan) Add(a *Action) {
	if a == nil {
		return
	}
	for _, n := range slices.Clone(a.Needs) {
		if !slices.ContainsFunc(p.Actions, func(b Action) bool { return b.Unique() == n }) {
			a.Needs = slices.DeleteFunc(a.Needs, func(s string) bool { return s == n })
		}
	}
	p.Actions = append(p.Actions, *a)
}
