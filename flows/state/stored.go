package state

import (
	"context"
	"errors"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// StoredTrial is the leave to read a stored token and to try it on one
// upstream. Only MayTry gives it.
type StoredTrial struct {
	env        *engine.Env
	version    cloud.VersionName
	repository cloud.RepositoryName
	target     upstream.Target
}

// untried is the error of a stored token that was neither read nor sent
// anywhere; its finding says why.
type untried struct{ finding check.Finding }

func (u *untried) Error() string {
	return u.finding.Says.In(text.English) + ": " + u.finding.Why.In(text.English)
}

// AsUntried is the finding of a token that was left alone; nil: it was not.
func AsUntried(err error) *check.Finding {
	if u, ok := errors.AsType[*untried](err); ok {
		return &u.finding
	}
	return nil
}

// MayTry decides whether a stored token may be read and tried on a repository's
// upstream. Whoever may edit a repository, and read no secret, can point it at
// somebody else's secret and at a host of their own: what the caller may read is
// no reason to send it there. So Google must be able to send it there itself:
// the service agent of the project that holds the repository has access to the
// secret, by a grant that can be seen and surely holds, see AccessOf. A person may
// agree to one version and one upstream instead, see step.ChosenTrial.
//
// The error is *untried, or Google's where there is nothing to try.
func MayTry(ctx context.Context, e *engine.Env, r cloud.Repository, v cloud.VersionName, agreed string) (*StoredTrial, error) {
	t := &StoredTrial{env: e, version: v, repository: r.Name, target: engine.TargetOf(r)}
	if agreed != "" && agreed == Agreement(r, v) {
		return t, nil
	}
	project, err := e.Project(ctx, r.Name.Project)
	if err != nil {
		s, unseen := e.Secret(ctx, v.Secret)
		if project.Number = NumberGivenAway(r.Name.Project, v.Secret, s); unseen != nil || project.Number == "" {
			return nil, t.not(text.New("The service agent of project %q can't be read: %s", r.Name.Project, engine.Explain(err)), nil)
		}
	}
	agent := e.Cloud.ServiceAgent(project.Number)
	var layers []Layer
	own, err := e.SecretPolicy(ctx, v.Secret)
	switch cloud.KindOf(err) {
	case "":
		layers = append(layers, Layer{Policy: own})
		if AccessOf(ctx, e, cloud.MemberPrefix+agent, layers...).Role != "" {
			return t, nil
		}
	case cloud.NotFound, cloud.APIDisabled, cloud.Cancelled:
		return nil, err
	default: // the project may still grant it
	}
	above, noPolicy := e.ProjectPolicy(ctx, v.Secret.Project)
	if noPolicy == nil {
		layers = append(layers, Layer{Policy: above})
	}
	access := AccessOf(ctx, e, cloud.MemberPrefix+agent, layers...)
	if access.Role != "" {
		return t, nil
	}
	grant := &check.Hint{Says: text.New("If this upstream should get this token, grant access:"), Action: engine.ActGrant, Command: cloud.GrantCommand(v.Secret, agent)}
	switch {
	case err != nil:
		return nil, t.not(text.New("You need secretmanager.secrets.getIamPolicy on %q to see whether %s has access: %s", v.Secret.String(), agent, engine.Explain(err)), grant)
	case noPolicy != nil:
		return nil, t.not(text.New("The secret doesn't grant access to %s, and you need "+
			"resourcemanager.projects.getIamPolicy on project %q to see whether its project does: %s", agent, v.Secret.Project, engine.Explain(noPolicy)), grant)
	case len(access.Unsure) > 0:
		return nil, t.not(text.New("It isn't certain that %s has access, so Google might not send the token to that upstream: %s", agent, text.Also(access.Unsure...)), grant)
	}
	return nil, t.not(text.New("Neither the secret nor its project grants access to %s, so Google can't send the token to that upstream", agent), grant)
}

// NumberGivenAway is the number of a project that the caller may not look at:
// Secret Manager answers with names that hold it. Empty: it does not tell.
func NumberGivenAway(project string, asked cloud.SecretName, is cloud.SecretInfo) string {
	if asked.Project != project || !cloud.Number(is.Name.Project) {
		return ""
	}
	return is.Name.Project
}

// not is the error of a token that is left alone.
func (t *StoredTrial) not(why text.Text, remedy *check.Hint) error {
	return &untried{check.Finding{ID: engine.CheckUpstream, Code: check.StoredTokenUntried, Level: check.Unknown, Why: why, Remedy: remedy,
		Says: text.New("The token in secret %q wasn't read, and wasn't tried at %s", t.version.Secret.ID, t.target.BaseURL())}}
}

// Agreement is what a person agrees to: this version, on this upstream.
func Agreement(r cloud.Repository, v cloud.VersionName) string {
	return v.String() + " " + engine.TargetOf(r).BaseURL()
}

// Read reads the token. The caller wipes it.
func (t *StoredTrial) Read(ctx context.Context) (token.Secret, error) {
	return t.env.Payload(ctx, t.version)
}

// Send tries the token, or its right part, with a user name. Right before it is
// sent, the repository is read again: it must have this upstream still.
func (t *StoredTrial) Send(ctx context.Context, username string, s token.Secret, o engine.Options) (upstream.Outcome, error) {
	return t.env.TryIf(ctx, t.repository, t.still, t.target, username, s, o.VerifyWith, o.AllowRealms)
}

// still is why a repository that was read again can't be sent the token; nil: it
// can.
func (t *StoredTrial) still(now cloud.Repository, err error) error {
	switch {
	case cloud.KindOf(err) == cloud.Cancelled:
		return err
	case err != nil:
		return t.not(text.New("The upstream of %q can't be read again: %s", t.repository.ID, engine.Explain(err)), nil)
	case engine.TargetOf(now) != t.target:
		return t.not(text.New("The upstream of %q is now %s", t.repository.ID, engine.TargetOf(now).BaseURL()), nil)
	}
	return nil
}
