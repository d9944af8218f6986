package cloud

import (
	"context"

	"example.com/upstreamauth/flows/token"
)

// Witness is Cloud as the actions of a run see it. It notes what has written
// something, and what may have: a write whose answer was lost can have happened
// all the same, so nobody may say after it that nothing was changed.
type Witness struct {
	Cloud
	Wrote func()
}

func (w Witness) note(err error) {
	if err == nil || Lost(err) {
		w.Wrote()
	}
}

func (w Witness) EnableServices(ctx context.Context, project string, names []string) error {
	err := w.Cloud.EnableServices(ctx, project, names)
	w.note(err)
	return err
}

func (w Witness) CreateServiceAgent(ctx context.Context, project, service string) error {
	err := w.Cloud.CreateServiceAgent(ctx, project, service)
	w.note(err)
	return err
}

func (w Witness) CreateSecret(ctx context.Context, name SecretName, spec SecretSpec) (SecretInfo, error) {
	s, err := w.Cloud.CreateSecret(ctx, name, spec)
	w.note(err)
	return s, err
}

func (w Witness) DeleteSecret(ctx context.Context, name SecretName, etag string) error {
	err := w.Cloud.DeleteSecret(ctx, name, etag)
	w.note(err)
	return err
}

func (w Witness) AddVersion(ctx context.Context, name SecretName, payload token.Secret) (Version, error) {
	v, err := w.Cloud.AddVersion(ctx, name, payload)
	w.note(err)
	return v, err
}

func (w Witness) EnableVersion(ctx context.Context, name VersionName, etag string) error {
	err := w.Cloud.EnableVersion(ctx, name, etag)
	w.note(err)
	return err
}

func (w Witness) DisableVersion(ctx context.Context, name VersionName, etag string) error {
	err := w.Cloud.DisableVersion(ctx, name, etag)
	w.note(err)
	return err
}

// Grant and Revoke tell by themselves whether anything was, or may have been,
// written: they read before they write.

func (w Witness) Grant(ctx context.Context, name SecretName, role, member string) (bool, error) {
	return w.edited(w.Cloud.Grant(ctx, name, role, member))
}

func (w Witness) Revoke(ctx context.Context, name SecretName, role, member, etag string) (bool, error) {
	return w.edited(w.Cloud.Revoke(ctx, name, role, member, etag))
}

func (w Witness) edited(changed bool, err error) (bool, error) {
	if changed {
		w.Wrote()
	}
	return changed, err
}

func (w Witness) SetCredentials(ctx context.Context, name RepositoryName, username, version string) (Repository, error) {
	r, err := w.Cloud.SetCredentials(ctx, name, username, version)
	w.note(err)
	return r, err
}

func (w Witness) ClearCredentials(ctx context.Context, name RepositoryName) (Repository, error) {
	r, err := w.Cloud.ClearCredentials(ctx, name)
	w.note(err)
	return r, err
}
