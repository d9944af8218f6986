package doctor

import (
	"cmp"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// projectID is the repository's project as the answers name it.
func (x *examination) projectID() string {
	if x.repo.ok() {
		return x.repo.is.Name.Project
	}
	return x.asked
}

// flags name the repository to a command of ours.
func (x *examination) flags() string {
	n := x.repo.is.Name
	return "--project " + n.Project + " --repository " + n.Location + "/" + n.ID
}

// repository judges whether the repository is there, and a remote one.
func (x *examination) repository() check.Finding {
	r := x.repo.is
	if !x.repo.ok() {
		return x.noRepository()
	}
	if !r.Remote() {
		f := *state.Unusable(r)
		f.Code = cmp.Or(f.Code, check.NotRemote)
		return f
	}
	fs := []check.Finding{{Level: check.OK, Code: check.RepositoryFound,
		Says: text.New("It's a remote repository (%s) of %s", strings.ToLower(r.Format), text.Verbatim(engine.TargetOf(r).String()))}}
	fs = append(fs, step.AddressWarnings(r)...)
	return engine.Merge(append(fs, state.AsNote(state.OwnedRepository(r))...))
}

// noRepository is the finding of a repository that could not be read.
func (x *examination) noRepository() check.Finding {
	if f, ok := x.forbidden(x.repo.err); ok {
		return f
	}
	if cloud.KindOf(x.repo.err) == cloud.NotFound {
		p := engine.Explain(x.repo.err)
		return check.Finding{Level: check.Block, Code: check.RepositoryMissing, Says: p.Title, Why: p.Detail,
			Remedy: &check.Hint{Says: text.New("List the repositories to find its name"), Command: "gcloud artifacts repositories list --project=" + x.projectID()}}
	}
	f := unchecked(text.New("You can't see the repository"), x.repo.err, "artifactregistry.repositories.get", "projects/"+x.projectID())
	if !x.project.ok() && cloud.KindOf(x.repo.err) == cloud.PermissionDenied {
		f.Why = text.Also(f.Why, text.New("Google gives the same answer for a project that doesn't exist, so check the name %q", x.projectID()))
	}
	return f
}
