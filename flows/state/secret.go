package state

import (
	"context"
	"slices"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
)

// dormant is the newest version of a secret where that is disabled, and a run of
// this program has disabled it: by taking back what it could not prove, or by
// removing credentials. What somebody else has disabled stays so.
func dormant(e *engine.Env, s SecretState) cloud.VersionName {
	may := func(permission string) bool { return slices.Contains(s.Granted, permission) }
	if len(s.Versions) == 0 || s.Versions[0].State != "DISABLED" || !may("secretmanager.versions.enable") || !may("secretmanager.versions.access") {
		return cloud.VersionName{}
	}
	newest := cloud.VersionName{Secret: s.Name, ID: s.Versions[0].Name.ID}
	if !e.Receipts.Disabled(newest, s.Info.Name.Project) {
		return cloud.VersionName{}
	}
	return newest
}

// holdsToken reports whether the newest enabled version has the draft's token
// already. Where the caller may not read it, it counts as another one.
func holdsToken(ctx context.Context, e *engine.Env, s SecretState, d engine.Draft) (cloud.VersionName, bool) {
	i := slices.IndexFunc(s.Versions, cloud.Version.Enabled)
	if !s.Exists || i < 0 {
		return cloud.VersionName{}, false
	}
	name := cloud.VersionName{Secret: s.Name, ID: s.Versions[i].Name.ID}
	stored, err := e.Payload(ctx, name)
	defer stored.Wipe()
	return name, err == nil && stored.Equal(d.Token)
}

// Numbered finds the number that a reference means now.
func Numbered(ctx context.Context, e *engine.Env, v cloud.VersionName, known []cloud.Version) (cloud.VersionName, error) {
	switch {
	case v.Number() > 0:
		return v, nil
	case v.ID == cloud.Latest && len(known) > 0:
		return cloud.VersionName{Secret: v.Secret, ID: known[0].Name.ID}, nil
	}
	is, err := e.Version(ctx, v)
	return cloud.VersionName{Secret: v.Secret, ID: is.Name.ID}, err
}

// SecretState is what is known of the secret that was answered.
type SecretState struct {
	Name     cloud.SecretName
	Exists   bool
	Hidden   bool // it may exist, the caller may not look
	Info     cloud.SecretInfo
	Versions []cloud.Version // newest first
	Unlisted bool            // there may be versions that could not be listed
	Granted  []string
	Untested error // why it is not known what is granted
	// Dormant is a version that may hold the token and would have to be enabled.
	Dormant cloud.VersionName
}

// NeededOnSecret are the permissions on a secret without which it can't be set up.
var NeededOnSecret = []string{"secretmanager.versions.add", "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy"}

var usefulOnSecret = []string{"secretmanager.versions.access", "secretmanager.versions.enable"}

// LookAtSecret reads, side by side, what is known of the draft's secret.
func LookAtSecret(ctx context.Context, e *engine.Env, d engine.Draft) (SecretState, error) {
	s := SecretState{Name: d.SecretName()}
	var g parallel.Group
	var failed, unlisted error
	g.Go(func() error { s.Info, failed = e.Secret(ctx, s.Name); return nil })
	g.Go(func() error { s.Versions, unlisted = e.Versions(ctx, s.Name); return nil })
	g.Go(func() error {
		s.Granted, s.Untested = e.SecretPermissions(ctx, s.Name, slices.Concat(NeededOnSecret, usefulOnSecret))
		return nil
	})
	_ = g.Wait()
	// Without the versions a token that is stored would be stored again.
	if cloud.Passing(unlisted) {
		return s, unlisted
	}
	s.Unlisted = unlisted != nil && cloud.KindOf(unlisted) != cloud.NotFound && cloud.KindOf(unlisted) != cloud.APIDisabled
	s.Dormant = dormant(e, s)
	switch cloud.KindOf(failed) {
	case "":
		s.Exists = true
	case cloud.NotFound, cloud.APIDisabled:
	case cloud.PermissionDenied:
		s.Hidden = true
		if slices.Contains(s.Granted, "secretmanager.versions.add") && slices.Contains(s.Granted, "secretmanager.secrets.setIamPolicy") {
			s.Exists = true
			break
		}
		return s, failed
	default:
		return s, failed
	}
	return s, nil
}
