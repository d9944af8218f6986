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
	// Title says what is wrong, Detail why, both in plain words.
	Title, Detail text.Text
	// Hints are what to do next: commands to paste, or a sentence.
	Hints []check.Hint
	Kind  cloud.Kind
	// Raw is what the error said, for a support ticket; fault is all of it, nil
	// where it was neither Google's nor a defect of ours.
	Raw   string
	fault *Fault
	// fix is what a finding about the same says to do; nil: the hints tell.
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
		return &Problem{Title: u.Title, Detail: u.Detail, Hints: u.Hints, Kind: cloud.Invalid}
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
		return &Problem{Title: text.New("Something went wrong in upstreamauth itself"), Detail: text.Verbatim(err.Error()), Kind: cloud.Internal, fault: &fault,
			Hints: []check.Hint{{Says: text.New("please report it; running the same command again finishes what is left to do")}}}
	}
	switch {
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		return &Problem{Title: text.New("Interrupted"), Detail: text.New("what was under way has been finished, nothing further was begun"), Kind: cloud.Cancelled,
			Hints: []check.Hint{{Says: text.New("run the same command again: it finishes the rest")}}}
	case errors.Is(err, context.DeadlineExceeded):
		return &Problem{Title: text.New("No answer in time"), Detail: text.Verbatim(err.Error()), Kind: cloud.TimedOut, Hints: []check.Hint{{Says: text.New("run the same command again")}}}
	}
	return &Problem{Title: text.New("Something went wrong on this machine"), Detail: text.Verbatim(err.Error()), Kind: cloud.Internal,
		Hints: []check.Hint{{Says: text.New("mend what it says, then run the same command again")}}}
}

func explain(e *cloud.Error) *Problem {
	switch e.Kind {
	case cloud.NotSignedIn:
		p := &Problem{Title: text.New("You are not signed in to Google Cloud"), Hints: []check.Hint{{Command: signIn}, check.Hint{Says: text.New("without an account: upstreamauth demo")}}}
		if strings.HasPrefix(e.Message, CredentialsVariable) {
			p.Hints = append([]check.Hint{{Says: text.New("let %s name a credentials file, or unset it and sign in", CredentialsVariable)}}, p.Hints...)
		}
		return p
	case cloud.QuotaProject:
		return &Problem{Title: text.New("Google does not know which project to charge for the calls"), Hints: []check.Hint{
			check.Hint{Command: "gcloud auth application-default set-quota-project PROJECT"}, check.Hint{Says: text.New("or name it with --quota-project PROJECT")}}}
	case cloud.APIDisabled:
		return &Problem{Title: text.New("The API %s is off in this project", cmp.Or(e.Service, "that this needs")), Hints: []check.Hint{
			check.Hint{Command: "gcloud services enable " + cmp.Or(e.Service, cloud.ArtifactRegistryAPI+" "+cloud.SecretManagerAPI) + projectFlag(e.Consumer)}}}
	case cloud.PermissionDenied:
		return denied(e)
	case cloud.NotFound:
		return &Problem{Title: text.New("Something that this needs does not exist"), Detail: text.Verbatim(e.Error()), Hints: []check.Hint{
			check.Hint{Says: text.New("upstreamauth doctor tells what of a repository's credentials is missing")}}}
	case cloud.OrgPolicy:
		return policyRefusal(e)
	case cloud.DenyPolicy:
		return denyPolicy(e)
	case cloud.KeyDenied, cloud.KeyUnusable, cloud.KeyMisplaced:
		return keyProblem(e)
	case cloud.Perimeter:
		return &Problem{Title: text.New("A VPC Service Controls perimeter forbids this"), Hints: []check.Hint{
			check.Hint{Says: text.New("give the unique identifier in the message to whoever runs the perimeter")}}}
	case cloud.Exhausted:
		return &Problem{Title: text.New("A quota of Google's is used up for the moment"), Hints: []check.Hint{{Says: text.New("wait a minute and run the same command again")}}}
	case cloud.Unavailable:
		return &Problem{Title: text.New("Google could not be reached"), Detail: text.Verbatim(called(e)), Hints: []check.Hint{
			check.Hint{Says: text.New("check network and proxy, then run the same command again")}}}
	case cloud.TimedOut:
		return &Problem{Title: text.New("Google did not answer in time"), Detail: text.Verbatim(called(e)), Hints: []check.Hint{
			check.Hint{Says: text.New("check network and proxy, then run the same command again")},
			check.Hint{Says: text.New("if it persists: --log-file FILE tells how long each call has taken")}}}
	case cloud.AgentMissing:
		service := cmp.Or(e.Service, cloud.ArtifactRegistryAPI)
		p := &Problem{Title: text.New("%s's service agent doesn't exist yet", apiTitle(service))}
		return p.with(text.New("create it, then run the same command again:"),
			"gcloud beta services identity create --service="+service+projectFlag(e.Consumer))
	case cloud.GrantPending:
		return &Problem{Title: text.New("Artifact Registry cannot read the secret (yet)"), Hints: []check.Hint{
			check.Hint{Says: text.New("a new grant can take seven minutes to take effect: run the same command again")}}}
	case cloud.UpstreamRejected:
		return &Problem{Title: text.New("The upstream refuses this user name and token"), Hints: []check.Hint{
			check.Hint{Says: text.New("check the user name, and make a new token that may read")}}}
	case cloud.UpstreamFailed:
		return &Problem{Title: text.New("Artifact Registry could not try the credential on the upstream"), Hints: []check.Hint{
			check.Hint{Says: text.New("check that the upstream can be reached from the internet")}}}
	case cloud.VersionDisabled:
		return &Problem{Title: text.New("The secret version cannot be read: it is disabled or destroyed"), Hints: []check.Hint{
			check.Hint{Says: text.New("upstreamauth doctor --fix enables it, or puts another one in its place")}}}
	case cloud.Conflict:
		return &Problem{Title: text.New("Somebody else changed this at the same moment"), Hints: []check.Hint{{Says: text.New("run the same command again")}}}
	case cloud.PolicyFull:
		return &Problem{Title: text.New("The secret's IAM policy is full"), Hints: []check.Hint{
			check.Hint{Says: text.New("a policy holds 1,500 members: take off those that need no access, or put people into a group, then run the same command again")},
			check.Hint{Says: text.New("or use a secret of its own for this repository: --secret NAME")}}}
	case cloud.Billing:
		return &Problem{Title: text.New("The project has no billing account"), Hints: []check.Hint{{Says: text.New("link one in the console, under Billing")}}}
	case cloud.AlreadyExists:
		return &Problem{Title: text.New("It exists already"), Hints: []check.Hint{{Says: text.New("run the same command again: it goes on from there")}}}
	case cloud.Cancelled:
		return &Problem{Title: text.New("Interrupted")}
	case cloud.Invalid:
		return &Problem{Title: text.New("Google does not accept this request"), Hints: []check.Hint{
			check.Hint{Says: text.New("correct what it says; if it is no answer of yours, --log-file FILE keeps what support needs")}}}
	case cloud.Unimplemented:
		return &Problem{Title: text.New("This is not supported there")}
	default:
		return &Problem{Title: text.New("Google answered with an error"), Hints: []check.Hint{{Says: text.New("run the same command again; if it persists, --log-file FILE keeps what support needs")}}}
	}
}

// called is which call has come to what.
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

func denied(e *cloud.Error) *Problem {
	p := &Problem{Title: text.New("You lack a permission")}
	if e.Permission != "" {
		p.Title = text.New("You lack the permission %s", e.Permission)
	}
	if e.Resource != "" {
		p.Detail = text.New("on %s, or it does not exist", e.Resource)
	}
	if role := RoleFor(e.Permission); role != "" {
		p = p.with(text.New("ask an owner to run:"), fmt.Sprintf("gcloud projects add-iam-policy-binding %s --member=user:YOU --role=%s",
			cmp.Or(ProjectOf(e.Resource), "PROJECT"), role))
	} else {
		p.Hints = append(p.Hints, check.Hint{Says: text.New("ask an owner of the project for roles/artifactregistry.admin and roles/secretmanager.admin")})
	}
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
