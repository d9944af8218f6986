package flows

import (
	"context"

	"example.com/upstreamauth/flows/token"
)

// witness is Cloud as the actions of a run see it. It notes what has written
// something, and what may have: a write whose answer was lost can have happened
// all the same, so nobody may say after it that nothing was changed.
type witness struct {
	Cloud
	wrote func()
}

func (w witness) note(err error) {
	if err == nil || lost(err) {
		w.wrote()
	}
}

func (w witness) EnableServices(ctx context.Context, project string, names []string) error {
	err := w.Cloud.EnableServices(ctx, project, names)
	w.note(err)
	return err
}

func (w witness) CreateServiceAgent(ctx context.Context, project, service string) error {
	err := w.Cloud.CreateServiceAgent(ctx, project, service)
	w.note(err)
	return err
}

func (w witness) CreateSecret(ctx context.Context, name SecretName, spec SecretSpec) (SecretInfo, error) {
	s, err := w.Cloud.CreateSecret(ctx, name, spec)
	w.note(err)
	return s, err
}

func (w witness) DeleteSecret(ctx context.Context, name SecretName, etag string) error {
	err := w.Cloud.DeleteSecret(ctx, name, etag)
	w.note(err)
	return err
}

func (w witness) AddVersion(ctx context.Context, name SecretName, payload token.Secret) (Version, error) {
	v, err := w.Cloud.AddVersion(ctx, name, payload)
	w.note(err)
	return v, err
}

func (w witness) EnableVersion(ctx context.Context, name VersionName, etag string) error {
	err := w.Cloud.EnableVersion(ctx, name, etag)
	w.note(err)
	return err
}

func (w witness) DisableVersion(ctx context.Context, name VersionName, etag string) error {
	err := w.Cloud.DisableVersion(ctx, name, etag)
	w.note(err)
	return err
}

// Grant and Revoke tell by themselves whether anything was, or may have been,
// written: they read before they write.

func (w witness) Grant(ctx context.Context, name SecretName, role, member string) (bool, error) {
	return w.edited(w.Cloud.Grant(ctx, name, role, member))
}

func (w witness) Revoke(ctx context.Context, name SecretName, role, member, etag string) (bool, error) {
	return w.edited(w.Cloud.Revoke(ctx, name, role, member, etag))
}

func (w witness) edited(changed bool, err error) (bool, error) {
	if changed {
		w.wrote()
	}
	return changed, err
}

func (w witness) SetCredentials(ctx context.Context, name RepositoryName, username, version string) (Repository, error) {
	r, err := w.Cloud.SetCredentials(ctx, name, username, version)
	w.note(err)
	return r, err
}

func (w witness) ClearCredentials(ctx context.Context, name RepositoryName) (Repository, error) {
	r, err := w.Cloud.ClearCredentials(ctx, name)
	w.note(err)
	return r, err
}
