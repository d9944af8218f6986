package doctor

import (
	"context"
	"errors"
	"slices"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// grant judges whether the service agent may read the secret.
func (x *examination) grant() check.Finding {
	secret := x.reference.Secret
	switch {
	case x.agent == "":
		return x.unknownAgent()
	case cloud.KindOf(x.policy.err) == cloud.NotFound, forbids(x.policy.err) && forbids(x.secret.err):
		return waits(linkSecret)
	case !x.policy.ok() && x.secretReference().Level == check.Block:
		return waits(linkReference)
	case !x.policy.ok() && x.diagnosis().readsSecret():
		return check.Finding{Level: check.OK, Code: check.GrantHeld, Says: text.New("Artifact Registry can read the secret %q", secret.ID),
			Why: text.New("It has just done so for a pull")}
	case !x.policy.ok():
		return unchecked(text.New("You can't see who may read the secret %q", secret.ID), x.policy.err, "secretmanager.secrets.getIamPolicy", secret.String())
	}
	a := x.access
	switch {
	case a.Role == "":
		return x.noGrant()
	case !a.Until.IsZero():
		return check.Finding{Level: check.Warning, Code: check.GrantEnds,
			Says:   text.New("Artifact Registry may read the secret %q only until %s", secret.ID, a.Until.UTC()),
			Why:    text.New("Its role %s has a condition that ends then, and every pull fails from then on", a.Role),
			Remedy: &check.Hint{Says: text.New("Grant access without a condition"), Action: engine.ActGrant, Command: cloud.GrantCommand(secret, x.agent)}}
	default:
		return check.Finding{Level: check.OK, Code: check.GrantHeld, Says: text.New("Artifact Registry may read the secret %q", secret.ID),
			Why: text.New("%s, %s", a.Role, where(a.On))}
	}
}

// The layers of policies that are read, as state.Layer names them.
const (
	onSecret  = "on the secret itself"
	onProject = "inherited from the project"
)

// where puts a layer into words.
func where(layer string) text.Text {
	switch layer {
	case onSecret:
		return text.New("granted on the secret itself")
	case onProject:
		return text.New("inherited from the project")
	default:
		return text.Verbatim(layer)
	}
}

// readAccess judges, once the policies are read, whether they let the service
// agent read the secret.
func (x *examination) readAccess(ctx context.Context, e *engine.Env) {
	x.public = state.PublicSecret(ctx, e, x.reference.Secret, x.policy.is, x.above.is)
	if !x.policy.ok() || x.agent == "" {
		return
	}
	layers := []state.Layer{{On: onSecret, Policy: x.policy.is}}
	if x.above.ok() {
		layers = append(layers, state.Layer{On: onProject, Policy: x.above.is})
	}
	x.access = state.AccessOf(ctx, e, cloud.MemberPrefix+x.agent, layers...)
	home := x.home
	if errors.Is(home.err, errNotAsked) {
		home = x.project
	}
	project := x.reference.Secret.Project
	if !x.above.ok() && !errors.Is(x.above.err, errNotAsked) {
		x.access.Unsure = append(x.access.Unsure, text.New("to see what it inherits, you need the permission resourcemanager.projects.getIamPolicy on %q", project))
	}
	switch {
	case home.ok() && home.is.Parent == "":
	case home.ok():
		x.access.Unsure = append(x.access.Unsure, text.New("%s, which %q belongs to, may grant it; only a pull shows that", home.is.Parent, project))
	default:
		x.access.Unsure = append(x.access.Unsure, text.New("a folder or organization above %q may grant it; only a pull shows that", project))
	}
}

// noGrant is the finding where neither the secret nor its project, as far as
// that can be read, gives the service agent access.
func (x *examination) noGrant() check.Finding {
	secret := x.reference.Secret
	f := check.Finding{Level: check.Block, Code: check.GrantMissing, Says: text.New("Artifact Registry may not read the secret %q", secret.ID),
		Why: text.New("Its service agent, the account that it uses to read your secret, needs %s: %s", cloud.AccessorRole, x.agent),
		Remedy: &check.Hint{Says: text.New("Grant access to the service agent"), Action: engine.ActGrant,
			Command: cloud.GrantCommand(secret, x.agent)}}
	likes := append(act.AboutLookalikes(x.policy.is, x.agent, x.caller.Email), aboutRoles(x.policy.is, cloud.MemberPrefix+x.agent)...)
	for _, like := range likes {
		f.Why = text.Also(f.Why, like.Says)
		if !like.Why.Empty() {
			f.Why = text.New("%s (%s)", f.Why, like.Why)
		}
	}
	if others := accessors(x.policy.is); len(likes) == 0 && len(others) > 0 {
		f.Why = text.Also(f.Why, text.New("others have access: %s", others))
	}
	switch {
	case x.diagnosis().readsSecret():
		f.Level, f.Code, f.Remedy = check.Note, check.GrantFromAbove, nil
		f.Says = text.New("Artifact Registry reads the secret %q by a grant from above", secret.ID)
		f.Why = text.New("Neither the secret nor its project gives it access, so a folder or the organization does")
	case len(x.access.Unsure) > 0 && x.diagnosis() != pullNoSecret && x.diagnosis() != pullNoAgent:
		f.Level, f.Code = check.Unknown, check.GrantUnsure
		f.Says = text.New("Nothing you can see lets Artifact Registry read the secret %q", secret.ID)
		f.Why = text.Also(append([]text.Text{f.Why}, x.access.Unsure...)...)
	}
	return f
}

// aboutRoles names the roles of a member that don't let it read versions.
func aboutRoles(p cloud.Policy, name string) []check.Finding {
	var fs []check.Finding
	for _, b := range p.Bindings {
		if slices.Contains(state.OtherRoles, b.Role) && slices.Contains(b.Members, name) {
			fs = append(fs, check.Finding{Says: text.New("its role %s isn't enough", b.Role)})
		}
	}
	return fs
}

// accessors are the first few members that a policy names as readers.
func accessors(p cloud.Policy) []text.Text {
	const few = 3
	var names []string
	for _, b := range p.Bindings {
		if b.Role == cloud.AccessorRole {
			names = append(names, b.Members...)
		}
	}
	shown := text.Words(names[:min(few, len(names))])
	if more := len(names) - few; more > 0 {
		shown = append(shown, text.New("%d more", more))
	}
	return shown
}
