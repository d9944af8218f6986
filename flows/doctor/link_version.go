package doctor

import (
	"fmt"
	"slices"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// versionLink judges the secret version that the repository uses.
func (x *examination) versionLink() check.Finding {
	name, v := x.reference, x.version.is
	switch {
	case !x.version.ok():
		return x.noVersion()
	case !v.Enabled():
		return x.unusableVersion()
	}
	says := text.New("Version %s is enabled", v.Name.ID)
	if name.ID != v.Name.ID {
		says = text.New("%q is version %s, which is enabled", name.ID, v.Name.ID)
	}
	fs := []check.Finding{{Level: check.OK, Code: check.VersionEnabled, Says: says}}
	switch newest := newestEnabled(x.versions.is); {
	case name.ID == cloud.Latest:
		fs = append(fs, check.Finding{Level: check.Note, Code: check.VersionLatest, Says: text.New("The repository follows %q, now version %s", name.ID, v.Name.ID),
			Why: text.New("Adding or disabling a version takes effect at once, tried or not; a number stays")})
	case name.Number() == 0:
		fs = append(fs, check.Finding{Level: check.Warning, Code: check.VersionAlias, Says: text.New("%q is an alias, now of version %s", name.ID, v.Name.ID),
			Why: text.New("Google documents no aliases for a repository's credentials")})
	case newest.Name.Number() > name.Number():
		fs = append(fs, check.Finding{Level: check.Note, Code: check.VersionOlder, Says: text.New("Version %s is enabled, but version %s is newer", name.ID, newest.Name.ID),
			Why: text.New("The repository keeps to the version number that it was given")})
	}
	return engine.Merge(fs)
}

// noVersion is the finding of a version that could not be read.
func (x *examination) noVersion() check.Finding {
	name := x.reference
	switch {
	case cloud.KindOf(x.version.err) == cloud.NotFound && x.secretLink().Level != check.OK && !x.secret.ok():
		return waits(linkSecret)
	case cloud.KindOf(x.version.err) == cloud.NotFound:
		return check.Finding{Level: check.Block, Code: check.VersionMissing, Says: text.New("Secret %q has no version %s", name.Secret.ID, name.ID),
			Why: text.New("The number is wrong, or the secret was created again"), Remedy: x.otherVersion()}
	case x.secretReference().Level == check.Block:
		return waits(linkReference)
	case forbids(x.version.err) && forbids(x.secret.err):
		return waits(linkSecret)
	}
	if f, ok := x.forbidden(x.version.err); ok {
		return f
	}
	return unchecked(text.New("You can't see version %s of the secret %q", name.ID, name.Secret.ID), x.version.err, "secretmanager.versions.get", name.Secret.String())
}

// unusableVersion is the finding of a version that is disabled or destroyed.
func (x *examination) unusableVersion() check.Finding {
	name, v := x.reference, x.version.is
	f := check.Finding{Level: check.Block, Code: check.VersionDisabled, Says: text.New("Version %s of the secret %q is disabled", v.Name.ID, name.Secret.ID),
		Why: text.New("Only an enabled version can be read"), Remedy: x.otherVersion()}
	if v.State == "DESTROYED" {
		f.Code, f.Says = check.VersionDestroyed, text.New("Version %s of the secret %q is destroyed", v.Name.ID, name.Secret.ID)
		f.Why = text.New("Its token is gone for good")
	}
	if v.State == "DISABLED" && name.Number() > 0 {
		f.Remedy = &check.Hint{Says: text.New("Enable version %s", v.Name.ID), Action: engine.ActEnableVersion,
			Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", v.Name.ID, name.Secret.ID, name.Secret.Project)}
	}
	if name.ID == cloud.Latest {
		f.Why = text.New("%q means the version that was added last, whatever its state", name.ID)
	}
	return f
}

// otherVersion is the remedy of a version that can't be used any more.
func (x *examination) otherVersion() *check.Hint {
	r := x.repo.is
	if v := newestEnabled(x.versions.is); v.Name.ID != "" {
		return &check.Hint{Says: text.New("Use version %s, which is enabled", v.Name.ID), Action: engine.ActUpdate,
			Command: act.UpdateCommand(r, r.Username, cloud.VersionName{Secret: x.reference.Secret, ID: v.Name.ID})}
	}
	return x.newToken()
}

// newestEnabled is the enabled version that was added last; zero: none.
func newestEnabled(vs []cloud.Version) cloud.Version {
	if i := slices.IndexFunc(vs, cloud.Version.Enabled); i >= 0 {
		return vs[i]
	}
	return cloud.Version{}
}
