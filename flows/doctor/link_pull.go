package doctor

import (
	"cmp"
	"errors"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// pullCodes are the codes of a pull's findings, where act.AboutPull gives none.
var pullCodes = map[check.Level]check.Code{check.OK: check.PullWorks, check.Note: check.PullReaches, check.Warning: check.UpstreamLimited, check.Block: check.PullFails}

// pullLink judges a pull through the repository.
func (x *examination) pullLink() check.Finding {
	const permission = "artifactregistry.repositories.downloadArtifacts"
	cantPull := text.New("You can't pull from the repository")
	switch {
	case errors.Is(x.pull.err, errNotAsked):
		return check.Finding{Level: check.Unknown, Code: check.NotTried, Says: text.New("No pull was tried"), Why: text.New("You asked to leave it out")}
	case cloud.KindOf(x.pull.err) == cloud.Perimeter:
		return check.Finding{Level: check.Block, Code: check.PullFails, Says: text.New("A service perimeter forbids the pull"), Why: x.pullFailure()}
	case x.pull.err != nil:
		return unchecked(cantPull, x.pull.err, permission, x.repo.is.Name.String())
	case x.diagnosis() == pullNotAllowed:
		return unchecked(cantPull, &cloud.Error{Kind: cloud.PermissionDenied, Permission: permission}, "", x.repo.is.Name.String())
	}
	proven := x.trial.ok() && x.trial.is.Proven()
	f := act.AboutPull(x.pull.is, nil, proven)
	f.Code = cmp.Or(f.Code, pullCodes[f.Level])
	if f.Level != check.Block {
		return f
	}
	switch h := x.diagnosis(); {
	case h == pullRejected && !x.credentials():
		f.Level, f.Code = check.Warning, check.CredentialsMissing
		f.Says, f.Remedy = text.New("The upstream wants credentials, and the repository has none"), x.setUp()
	case h == pullUnreachable:
		f.Remedy = x.anotherAddress()
	default:
		f.Remedy = &check.Hint{Says: text.New("This may be temporary: check again later, and put what a support ticket needs into a file"),
			Command: "upstreamauth doctor " + x.flags() + " --bundle FILE"}
	}
	return f
}
