package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// serviceAgent tells whether Artifact Registry's own identity exists. Nobody
// can ask Google that; but IAM grants nothing to an account that is not there,
// and an answer of the upstream's needs one that is.
func (x *examination) serviceAgent() check.Finding {
	project := x.projectID()
	remedy := &check.Hint{Says: text.New("have Google make it"), Action: engine.ActCreateAgent,
		Command: fmt.Sprintf("gcloud beta services identity create --service=%s --project=%s", cloud.ArtifactRegistryAPI, project)}
	switch {
	case x.heard() == heardNoAgent:
		return check.Finding{Level: check.Block, Says: text.New("the service agent does not exist"), Why: text.Verbatim(x.pull.is.Detail), Remedy: remedy}
	case x.agent == "":
		return missed(x.project.err, "resourcemanager.projects.get", "projects/"+project)
	case x.policy.ok() && member(x.policy.is, cloud.MemberPrefix+x.agent), x.above.ok() && member(x.above.is, cloud.MemberPrefix+x.agent):
		return check.Finding{Level: check.OK, Says: text.New("%s exists", x.agent), Why: text.New("IAM knows it")}
	case x.heard().readsSecret():
		return check.Finding{Level: check.OK, Says: text.New("%s exists", x.agent), Why: text.New("Artifact Registry has read the secret")}
	}
	return check.Finding{Level: check.Unknown, Says: text.New("whether %s exists cannot be seen", x.agent),
		Why: text.New("Google makes it with the first repository and tells nobody; having it made again does no harm"), Remedy: remedy}
}

// member tells whether a policy names a member at all.
func member(p cloud.Policy, name string) bool {
	return slices.ContainsFunc(p.Bindings, func(b cloud.Binding) bool { return slices.Contains(b.Members, name) })
}

func (x *examination) grant() check.Finding {
	secret := x.reference.Secret
	switch {
	case x.agent == "":
		return missed(x.project.err, "resourcemanager.projects.get", "projects/"+x.projectID())
	case cloud.KindOf(x.policy.err) == cloud.NotFound, forbids(x.policy.err) && forbids(x.secret.err):
		return waits(linkSecret)
	case !x.policy.ok() && x.secretReference().Level == check.Block:
		return waits(linkReference)
	case !x.policy.ok() && x.heard().readsSecret():
		return check.Finding{Level: check.OK, Says: text.New("the service agent can read the secret"), Why: text.New("it has just done so for a pull")}
	case !x.policy.ok():
		return missed(x.policy.err, "secretmanager.secrets.getIamPolicy", secret.String())
	}
	a := x.access
	switch {
	case a.Role == "":
		return x.noGrant()
	case !a.Until.IsZero():
		return check.Finding{Level: check.Warning, Code: check.GrantEnds, Says: text.New("%s may read the secret until %s", x.agent, a.Until.UTC().Format(time.RFC1123)),
			Why:    text.New("%s, %s, by its condition; from then on every pull fails", a.Role, a.On),
			Remedy: &check.Hint{Says: text.New("grant it without a condition"), Action: engine.ActGrant, Command: cloud.GrantCommand(secret, x.agent)}}
	default:
		return check.Finding{Level: check.OK, Says: text.New("%s may read the secret", x.agent), Why: text.New("%s, %s", a.Role, a.On)}
	}
}

// readAccess judges, once the policies are read, whether they let the service
// agent read the secret.
func (x *examination) readAccess(ctx context.Context, e *engine.Env) {
	x.public = state.PublicSecret(ctx, e, x.reference.Secret, x.policy.is, x.above.is)
	if !x.policy.ok() || x.agent == "" {
		return
	}
	layers := []state.Layer{{On: "on the secret itself", Policy: x.policy.is}}
	if x.above.ok() {
		layers = append(layers, state.Layer{On: "inherited from the project", Policy: x.above.is})
	}
	x.access = state.AccessOf(ctx, e, cloud.MemberPrefix+x.agent, layers...)
	home := x.home
	if errors.Is(home.err, errNotAsked) {
		home = x.project
	}
	secret := x.reference.Secret
	if !x.above.ok() && !errors.Is(x.above.err, errNotAsked) {
		x.access.Unsure = append(x.access.Unsure, text.New("whether it inherits access, the permission resourcemanager.projects.getIamPolicy on %s would tell", secret.Project))
	}
	switch {
	case home.ok() && home.is.Parent == "":
	case home.ok():
		x.access.Unsure = append(x.access.Unsure, text.New("what %s, which the project %q is in, grants isn't looked at; a pull would tell", home.is.Parent, secret.Project))
	default:
		x.access.Unsure = append(x.access.Unsure, text.New("what is above the project %q isn't known; a pull would tell", secret.Project))
	}
}

// aboutRoles names the roles of a member that do not let it read versions.
func aboutRoles(p cloud.Policy, name string) []check.Finding {
	var fs []check.Finding
	for _, b := range p.Bindings {
		if slices.Contains(state.OtherRoles, b.Role) && slices.Contains(b.Members, name) {
			fs = append(fs, check.Finding{Says: text.New("its role %s is not enough", b.Role)})
		}
	}
	return fs
}

// accessors are the first few members that a policy names as readers.
func accessors(p cloud.Policy) []string {
	const few = 3
	var names []string
	for _, b := range p.Bindings {
		if b.Role == cloud.AccessorRole {
			names = append(names, b.Members...)
		}
	}
	if len(names) > few {
		names = append(names[:few:few], fmt.Sprintf("and %d more", len(names)-few))
	}
	return names
}

// noGrant is the finding where neither the secret nor its project, as far as
// that can be read, gives the service agent access.
func (x *examination) noGrant() check.Finding {
	secret := x.reference.Secret
	f := check.Finding{Level: check.Block, Says: text.New("the service agent may not read the secret"),
		Why:    text.New("%s needs %s on it", x.agent, cloud.AccessorRole),
		Remedy: &check.Hint{Says: text.New("grant it"), Action: engine.ActGrant, Command: cloud.GrantCommand(secret, x.agent)}}
	likes := append(act.AboutLookalikes(x.policy.is, x.agent, x.caller.Email), aboutRoles(x.policy.is, cloud.MemberPrefix+x.agent)...)
	for _, like := range likes {
		f.Why = text.Also(f.Why, like.Says)
		if !like.Why.Empty() {
			f.Why = text.New("%s (%s)", f.Why, like.Why)
		}
	}
	if others := accessors(x.policy.is); len(likes) == 0 && len(others) > 0 {
		f.Why = text.Also(f.Why, text.New("those who have access are not the service agent: %s", strings.Join(others, ", ")))
	}
	switch {
	case x.heard().readsSecret():
		f.Level = check.Note
		f.Says = text.New("the service agent reads the secret by a grant from above")
		f.Why = text.New("nothing on the secret or its project gives it access: it must come from a folder or the organisation")
		f.Remedy = nil
	case len(x.access.Unsure) > 0 && x.heard() != heardNoSecret && x.heard() != heardNoAgent:
		f.Level, f.Code = check.Unknown, check.GrantUnsure
		f.Says = text.New("nothing that is known lets the service agent read the secret; something else may")
		f.Why = text.Also(append([]text.Text{f.Why}, x.access.Unsure...)...)
	}
	return f
}

func (x *examination) payloadLink() check.Finding {
	name := x.reference
	switch cloud.KindOf(x.payload.err) {
	case "":
	case cloud.VersionDisabled:
		return waits(linkVersion)
	case cloud.NotFound:
		if x.secret.ok() {
			return waits(linkVersion)
		}
		return waits(linkSecret)
	default:
		switch {
		case errors.Is(x.payload.err, errNotAsked):
			return check.Finding{Level: check.Unknown, Says: engine.NotLookedAt, Why: text.New("the token was left alone on purpose")}
		case x.secretReference().Level == check.Block:
			return waits(linkReference)
		case forbids(x.payload.err) && forbids(x.secret.err):
			return waits(linkSecret)
		}
		if f, ok := x.forbidden(x.payload.err); ok {
			return f
		}
		if f := state.AsUntried(x.payload.err); f != nil {
			return *f
		}
		return missed(x.payload.err, "secretmanager.versions.access", name.Secret.String())
	}
	if len(x.paste) == 0 {
		return check.Finding{Level: check.OK, Says: text.New("the token has no line end, space or other accident in it")}
	}
	f := engine.Merge(x.paste)
	if f.Level == check.Block {
		f.Remedy = x.newToken()
		if x.fixable {
			f.Remedy = &check.Hint{Says: text.New("store the right part of it as a new version"), Action: engine.ActAddVersion, Command: x.fixCommand()}
		}
	}
	return f
}

func (x *examination) upstreamLink() check.Finding {
	h := x.heard()
	untried := cmp.Or(state.AsUntried(x.payload.err), state.AsUntried(x.trial.err))
	refused := check.Finding{Level: check.Block, Says: text.New("the upstream refuses the credential when Artifact Registry pulls"), Why: text.Verbatim(x.pull.is.Detail), Remedy: x.newCredentials()}
	if !x.trial.ok() {
		switch {
		case h == heardRejected:
			return refused
		case untried != nil:
			return *untried
		case !errors.Is(x.trial.err, errNotAsked):
			return check.Finding{Level: check.Unknown, Says: text.New("the credential could not be tried on the upstream"), Why: engine.Explain(x.trial.err).Text()}
		case x.options.SkipTrial:
			return check.Finding{Level: check.Unknown, Says: text.New("the credential was not tried on the upstream"), Why: text.New("as asked")}
		case !x.payload.ok():
			f := x.payloadLink()
			f.Level, f.Says = check.Unknown, text.New("the credential was not tried on the upstream")
			return f
		}
		return check.Finding{Level: check.Unknown, Says: text.New("the credential was not tried on the upstream"), Why: text.New("it cannot be valid as it is")}
	}
	f := x.trial.is.Finding()
	switch v := x.trial.is.Verdict; {
	case f.Level == check.Block:
		f.Remedy = x.newCredentials()
	case h == heardRejected && !x.trial.is.Proven():
		return refused
	case v == upstream.Accepted:
		if x.fixable {
			f.Why = text.New("tried without what is wrong with the stored token")
		}
	case (v == upstream.Unreachable || v == upstream.NotRegistry) && h == heardUnreachable:
		f.Level = check.Block
		f.Why = text.New("Artifact Registry says of its own attempt: %s", x.pull.is.Detail)
		f.Remedy = x.anotherAddress()
	}
	return f
}

// anotherAddress is the remedy of an upstream that Artifact Registry cannot
// reach.
func (x *examination) anotherAddress() *check.Hint {
	return &check.Hint{Says: text.New("check the upstream's address: it must be reachable from the internet; a repository's upstream cannot be changed, another repository can be made"),
		Command: state.AnotherRepository(x.repo.is)}
}

func (x *examination) perimeter() check.Finding {
	r := x.repo.is
	allow := &check.Hint{Says: text.New("allow upstreams from inside the perimeter, where its administrators agree"),
		Command: fmt.Sprintf("gcloud artifacts vpcsc-config allow --project=%s --location=%s", r.Name.Project, r.Name.Location)}
	switch {
	case x.heard() == heardPerimeter:
		return check.Finding{Level: check.Block, Says: text.New("VPC Service Controls keep the repository from its upstream"), Why: text.New("%s%s", x.pull.is.Detail, errorText(x.pull.err)), Remedy: allow}
	case !x.allowed.ok():
		return missed(x.allowed.err, "artifactregistry.vpcscconfigs.get", "projects/"+r.Name.Project)
	case x.allowed.is:
		return check.Finding{Level: check.OK, Says: text.New("upstreams are allowed, inside a perimeter too")}
	case x.heard() == heardWorks:
		return check.Finding{Level: check.OK, Says: text.New("no perimeter is in the way"), Why: text.New("a pull reaches the upstream")}
	}
	return check.Finding{Level: check.Note, Says: text.New("inside a service perimeter, upstreams would be out of reach in %s", r.Name.Location),
		Why: text.New("it matters only if the project is in one, and is Google's default"), Remedy: allow}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return engine.Explain(err).Error()
}

func (x *examination) pullLink() check.Finding {
	switch {
	case errors.Is(x.pull.err, errNotAsked):
		return check.Finding{Level: check.Unknown, Says: text.New("no pull was tried"), Why: text.New("as asked")}
	case cloud.KindOf(x.pull.err) == cloud.Perimeter:
		return check.Finding{Level: check.Block, Says: text.New("a pull is forbidden by a service perimeter"), Why: text.Verbatim(errorText(x.pull.err))}
	case x.pull.err != nil:
		return missed(x.pull.err, "artifactregistry.repositories.downloadArtifacts", x.repo.is.Name.String())
	case x.heard() == heardNotAllowed:
		return missed(&cloud.Error{Kind: cloud.PermissionDenied, Permission: "artifactregistry.repositories.downloadArtifacts"}, "", x.repo.is.Name.String())
	}
	proven := x.trial.ok() && x.trial.is.Proven()
	f := act.AboutPull(x.pull.is, nil, proven)
	if f.Level != check.Block {
		return f
	}
	switch h := x.heard(); {
	case h == heardRejected && !x.credentials():
		f.Level, f.Says, f.Remedy = check.Warning, text.New("the upstream wants credentials, and the repository has none"), x.login().Remedy
	case h == heardUnreachable:
		f.Remedy = x.anotherAddress()
	default:
		n := x.repo.is.Name
		f.Remedy = &check.Hint{Says: text.New("it may pass: look again later; a support bundle holds what a ticket needs"),
			Command: fmt.Sprintf("upstreamauth doctor --project %s --repository %s/%s --bundle FILE", n.Project, n.Location, n.ID)}
	}
	return f
}
