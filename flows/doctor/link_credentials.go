package doctor

import (
	"cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// login judges the credentials that the repository has, as far as they tell by
// themselves.
func (x *examination) login() check.Finding {
	r := x.repo.is
	kind := upstream.Recognise(engine.TargetOf(r))
	switch {
	case !x.credentials() && !kind.PasswordLess.Empty():
		return check.Finding{Level: check.OK, Code: check.CredentialsNone,
			Says: text.New("The repository has no credentials, and %s takes none", text.Verbatim(kind.Title))}
	case !x.credentials():
		return check.Finding{Level: check.Note, Code: check.CredentialsNone, Says: text.New("The repository has no credentials, so it pulls anonymously"),
			Why:    text.New("Public upstreams allow that, often with low limits"),
			Remedy: x.setUp()}
	case !kind.PasswordLess.Empty():
		return check.Finding{Level: check.Block, Code: check.CredentialsNotTaken,
			Says: text.New("The repository has credentials, but %s takes none", text.Verbatim(kind.Title)), Why: kind.PasswordLess,
			Remedy: &check.Hint{Says: text.New("Remove the credentials"), Command: "upstreamauth remove " + x.flags(), Action: engine.ActClear}}
	case r.SecretVersion == "":
		return check.Finding{Level: check.Block, Code: check.CredentialsIncomplete,
			Says: text.New("The repository has the user name %q but no token", engine.ShownUsername(r, r.Username)),
			Why:  text.New("Artifact Registry needs both to sign in"), Remedy: x.newToken()}
	}
	fs := kind.CheckUsername(r.Username)
	if len(fs) == 0 {
		return check.Finding{Level: check.OK, Code: check.CredentialsSet, Says: text.New("The user name is %q", engine.ShownUsername(r, r.Username))}
	}
	f := engine.Merge(fs)
	f.Code = cmp.Or(f.Code, check.UsernameUnusual)
	if f.Level == check.Warning && x.rejected() {
		f.Level = check.Block
		f.Why = text.Also(f.Why, text.New("the upstream rejects it"))
	}
	f.Remedy = x.newCredentials()
	return f
}

// rejected reports whether the upstream rejects the credential, by our own trial
// or by what it answered to Artifact Registry.
func (x *examination) rejected() bool {
	if x.trial.ok() {
		return x.trial.is.Verdict == upstream.Rejected
	}
	return x.diagnosis() == pullRejected
}

// setUp is the remedy of a repository without credentials.
func (x *examination) setUp() *check.Hint {
	return &check.Hint{Says: text.New("Set up credentials"), Command: "upstreamauth setup " + x.flags()}
}

// newCredentials is the remedy of a user name or a token that isn't valid.
func (x *examination) newCredentials() *check.Hint {
	return &check.Hint{Says: text.New("Give it a valid user name and token"), Action: engine.ActUpdate,
		Command: x.fixCommand() + " --username NAME --token-file FILE"}
}

// newToken is the remedy of a token that is gone or can't be read any more.
func (x *examination) newToken() *check.Hint {
	return &check.Hint{Says: text.New("Store the token again"), Action: engine.ActAddVersion, Command: x.fixCommand() + " --token-file FILE"}
}

// fixCommand fixes the repository.
func (x *examination) fixCommand() string { return "upstreamauth doctor --fix " + x.flags() }
