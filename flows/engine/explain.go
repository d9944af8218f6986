package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
)

// Problem is an error explained to a person.
type Problem struct {
	// Code names the kind of problem; logic asks for it, never for a sentence.
	Code check.Code
	// Title says what is wrong, Detail why, both in plain words.
	Title, Detail text.Text
	// Hints are what to do next: a sentence, a command to paste, or both.
	Hints []check.Hint
	Kind  cloud.Kind
	// Raw is what the error said, for a support ticket; fault is all of it, nil
	// where it was neither Google's nor a defect of ours.
	Raw   string
	fault *Fault
	// Fix is what a finding about the same says to do; nil: the hints tell.
	Fix *check.Hint
}

// Command is what fixes it, to paste; empty: no command does.
func (p *Problem) Command() string {
	if p.Fix == nil {
		return ""
	}
	return p.Fix.Command
}

// with adds what to do, and the command for it, to the hints.
func (p *Problem) with(says text.Text, command string) *Problem {
	p.Fix = &check.Hint{Says: says, Command: command}
	p.Hints = append(p.Hints, *p.Fix)
	return p
}

// Error gives title and detail, so that a problem can travel as an error.
func (p *Problem) Error() string {
	if p.Detail.Empty() {
		return p.Title.In(text.English)
	}
	return p.Title.In(text.English) + ": " + p.Detail.In(text.English)
}

// Text gives title and detail as a reason for something else.
func (p *Problem) Text() text.Text {
	if p.Detail.Empty() {
		return p.Title
	}
	return text.New("%s: %s", p.Title, p.Detail)
}

// ErrorKind is the kind of the error that was explained.
func (p *Problem) ErrorKind() cloud.Kind { return p.Kind }

const (
	signIn = "gcloud auth application-default login"
	// CredentialsVariable names the file that is used instead of signing in.
	CredentialsVariable = "GOOGLE_APPLICATION_CREDENTIALS"
)

// Explain turns an error into a problem; nil stays nil.
func Explain(err error) *Problem {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if u, ok := errors.AsType[*Usage](err); ok {
		return &Problem{Code: cmp.Or(u.Code, check.AnswerForm), Kind: cloud.Invalid, Title: u.Title, Detail: u.Detail, Hints: u.Hints}
	}
	if e, ok := errors.AsType[*cloud.Error](err); ok {
		p := explain(e)
		fault, _ := FaultOf(e)
		p.Kind, p.Raw, p.fault = e.Kind, e.Error(), &fault
		if p.Detail.Empty() {
			p.Detail = text.Verbatim(e.Message)
		}
		return p
	}
	if p, ok := errors.AsType[*parallel.Panic](err); ok {
		fault, _ := FaultOf(p)
		return &Problem{Code: check.InternalError, Kind: cloud.Internal, fault: &fault,
			Title:  text.New("upstreamauth hit an internal error"),
			Detail: text.New("Panic with a value of type %s", p.Type()),
			Hints:  sentences(text.New("Report this error; running the same command again finishes the rest"))}
	}
	switch {
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		return &Problem{Code: check.Interrupted, Kind: cloud.Cancelled,
			Title:  text.New("Interrupted"),
			Detail: text.New("Finished the current step; nothing else was started"),
			Hints:  sentences(text.New("Run the same command again to finish the rest"))}
	case errors.Is(err, context.DeadlineExceeded):
		return &Problem{Code: check.TimedOut, Kind: cloud.TimedOut,
			Title:  text.New("No answer arrived in time"),
			Detail: text.Verbatim(err.Error()),
			Hints:  sentences(text.New("Run the same command again"))}
	}
	return &Problem{Code: check.MachineError, Kind: cloud.Internal,
		Title:  text.New("Something went wrong on this machine"),
		Detail: text.Verbatim(err.Error()),
		Hints:  sentences(text.New("Fix the error above, then run the same command again"))}
}

// sentences are hints that need no command.
func sentences(all ...text.Text) []check.Hint {
	hints := make([]check.Hint, len(all))
	for i, s := range all {
		hints[i].Says = s
	}
	return hints
}

// explain says what an error of Google's means, and what to do. Where it leaves
// the detail empty, what Google said is the detail.
func explain(e *cloud.Error) *Problem {
	switch e.Kind {
	case cloud.NotSignedIn:
		return notSignedIn(e)
	case cloud.QuotaProject:
		return &Problem{Code: check.QuotaProject,
			Title: text.New("Google doesn't know which project to bill for these calls"),
			Hints: []check.Hint{{Says: text.New("Set a quota project, or name one with --quota-project:"),
				Command: "gcloud auth application-default set-quota-project PROJECT"}}}
	case cloud.APIDisabled:
		return apiOff(e)
	case cloud.PermissionDenied:
		return denied(e)
	case cloud.NotFound:
		return &Problem{Code: check.ResourceMissing,
			Title:  text.New("A required resource doesn't exist"),
			Detail: text.Verbatim(e.Error()),
			Hints:  []check.Hint{{Says: text.New("See which part of the credentials is missing:"), Command: "upstreamauth doctor"}}}
	case cloud.OrgPolicy:
		return policyRefusal(e)
	case cloud.DenyPolicy:
		return denyPolicy(e)
	case cloud.KeyDenied, cloud.KeyUnusable, cloud.KeyMisplaced:
		return keyProblem(e)
	case cloud.Perimeter:
		return &Problem{Code: check.VPCServiceControls,
			Title: text.New("A VPC Service Controls perimeter blocked this call"),
			Hints: sentences(text.New("Give the unique identifier in the message above to whoever manages the perimeter"))}
	case cloud.AgentMissing:
		return agentMissing(e)
	case cloud.Unavailable, cloud.TimedOut, cloud.Exhausted, cloud.Conflict, cloud.AlreadyExists, cloud.Cancelled:
		return explainPassing(e)
	case cloud.GrantPending, cloud.UpstreamRejected, cloud.UpstreamFailed, cloud.VersionDisabled, cloud.PolicyFull:
		return explainCredential(e)
	case cloud.Billing:
		return &Problem{Code: check.BillingOff,
			Title: text.New("This project has no billing account"),
			Hints: sentences(text.New("Link a billing account in the Google Cloud console, under Billing"))}
	case cloud.Invalid:
		return &Problem{Code: check.RequestInvalid,
			Title: text.New("Google rejected the request as invalid"),
			Hints: sentences(text.New("Correct what the message names; if it names none of your answers, " +
				"--log-file FILE records what support needs"))}
	case cloud.Unimplemented:
		return &Problem{Code: check.ServerUnsupported, Title: text.New("The server doesn't support this call")}
	default:
		return &Problem{Code: check.GoogleError,
			Title: text.New("Google returned an error"),
			Hints: sentences(text.New("Run the same command again; if the error persists, --log-file FILE records what support needs"))}
	}
}

// explainPassing is explain for what may be gone when the command runs again.
func explainPassing(e *cloud.Error) *Problem {
	again := text.New("Run the same command again")
	network := text.New("Check your network and proxy, then run the same command again")
	switch e.Kind {
	case cloud.Unavailable:
		return &Problem{Code: check.GoogleUnreachable, Title: text.New("Google can't be reached"),
			Detail: text.Verbatim(called(e)), Hints: sentences(network)}
	case cloud.TimedOut:
		return &Problem{Code: check.GoogleTimeout, Title: text.New("Google didn't answer in time"), Detail: text.Verbatim(called(e)),
			Hints: sentences(network, text.New("If it keeps happening, --log-file FILE shows how long each call takes"))}
	case cloud.Exhausted:
		return &Problem{Code: check.QuotaExceeded, Title: text.New("Google quota exceeded; try again in a minute"),
			Hints: sentences(text.New("Wait a minute, then run the same command again"))}
	case cloud.Conflict:
		return &Problem{Code: check.ChangedMeanwhile, Title: text.New("Someone else changed this at the same time"), Hints: sentences(again)}
	case cloud.AlreadyExists:
		return &Problem{Code: check.AlreadyExists, Title: text.New("This resource already exists"),
			Hints: sentences(text.New("Run the same command again to continue from there"))}
	default:
		return &Problem{Code: check.Interrupted, Title: text.New("Interrupted")}
	}
}

// explainCredential is explain for what Google met with the credential in use.
func explainCredential(e *cloud.Error) *Problem {
	switch e.Kind {
	case cloud.GrantPending:
		return &Problem{Code: check.GrantPending, Title: text.New("Artifact Registry can't read the secret yet"),
			Hints: sentences(text.New("A new grant can take seven minutes to take effect; then run the same command again"))}
	case cloud.UpstreamRejected:
		return &Problem{Code: check.CredentialRejected, Title: text.New("The upstream rejected this user name and token"),
			Hints: sentences(text.New("Check the user name, and create a new token with read access"))}
	case cloud.UpstreamFailed:
		return &Problem{Code: check.UpstreamUntried, Title: text.New("Artifact Registry couldn't try the credentials at the upstream"),
			Hints: sentences(text.New("Check that the upstream can be reached from the internet"))}
	case cloud.VersionDisabled:
		return &Problem{Code: check.VersionOff, Title: text.New("The secret version is disabled or destroyed"),
			Hints: []check.Hint{{Says: text.New("Enable it, or switch to another version:"), Command: "upstreamauth doctor --fix"}}}
	default:
		return &Problem{Code: check.PolicyFull, Title: text.New("The secret's IAM policy is full"), Hints: sentences(
			text.New("A policy holds 1,500 members: remove those that need no access, or put people into a group, "+
				"then run the same command again"),
			text.New("Or use a separate secret for this repository: --secret NAME"))}
	}
}

// notSignedIn says how to sign in, and what is wrong with a credentials file
// that was named instead.
func notSignedIn(e *cloud.Error) *Problem {
	p := &Problem{Code: check.NotSignedIn, Title: text.New("You aren't signed in to Google Cloud"), Hints: []check.Hint{
		{Says: text.New("Sign in:"), Command: signIn},
		{Says: text.New("Or try everything without an account:"), Command: "upstreamauth demo"}}}
	if strings.HasPrefix(e.Message, CredentialsVariable) {
		file := text.New("Set %s to a credentials file, or unset it and sign in", CredentialsVariable)
		p.Hints = append(sentences(file), p.Hints...)
	}
	return p
}

// apiOff names the API that is off, and the project where both are known.
func apiOff(e *cloud.Error) *Problem {
	p := &Problem{Code: check.APIOff, Title: text.New("An API that this run needs is off in this project")}
	switch project := ProjectOf(e.Consumer); {
	case e.Service != "" && project != "":
		p.Title = text.New("%s is off in project %q", apiTitle(e.Service), project)
	case e.Service != "":
		p.Title = text.New("%s is off in this project", apiTitle(e.Service))
	}
	services := cmp.Or(e.Service, cloud.ArtifactRegistryAPI+" "+cloud.SecretManagerAPI)
	return p.with(text.New("Turn it on:"), "gcloud services enable "+services+projectFlag(e.Consumer))
}

// agentMissing says how to create a service's agent.
func agentMissing(e *cloud.Error) *Problem {
	service := cmp.Or(e.Service, cloud.ArtifactRegistryAPI)
	p := &Problem{Code: check.AgentMissing, Title: text.New("%s's service agent doesn't exist yet", apiTitle(service))}
	return p.with(text.New("Create it, then run the same command again:"),
		"gcloud beta services identity create --service="+service+projectFlag(e.Consumer))
}

// called is what Google said, behind the call that it answered.
func called(e *cloud.Error) string {
	call := e.Op
	if e.RPC != "" {
		call = strings.TrimSpace(call + " (" + e.RPC + ")")
	}
	if call == "" {
		return e.Message
	}
	return call + ": " + e.Message
}

// denied names the permission that is missing, and the role that has it.
func denied(e *cloud.Error) *Problem {
	p := &Problem{Code: check.PermissionMissing, Title: text.New("You don't have permission to do this")}
	if e.Permission != "" {
		p.Title = text.New("You don't have the permission %s", e.Permission)
	}
	if e.Resource != "" {
		p.Detail = text.New("It's needed on %s, which may also not exist", e.Resource)
	}
	if role := RoleFor(e.Permission); role != "" {
		return p.with(text.New("Ask an owner to run:"), fmt.Sprintf("gcloud projects add-iam-policy-binding %s --member=user:YOU --role=%s",
			cmp.Or(ProjectOf(e.Resource), "PROJECT"), role))
	}
	p.Hints = sentences(text.New("Ask an owner of the project to grant you roles/artifactregistry.admin and roles/secretmanager.admin"))
	return p
}

// RoleFor is the role that Google's documentation asks for where a permission
// is missing.
func RoleFor(permission string) string {
	switch service, _, _ := strings.Cut(permission, "."); service {
	case "artifactregistry":
		return "roles/artifactregistry.admin"
	case "secretmanager":
		return "roles/secretmanager.admin"
	case "serviceusage":
		return "roles/serviceusage.serviceUsageAdmin"
	case "resourcemanager":
		return "roles/browser"
	default:
		return ""
	}
}

// ProjectOf finds the project in a resource's name.
func ProjectOf(resource string) string {
	_, rest, ok := strings.Cut(resource, "projects/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

func projectFlag(consumer string) string {
	if id := ProjectOf(consumer); id != "" {
		return " --project=" + id
	}
	return ""
}
