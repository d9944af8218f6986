package cloud

import (
	"context"

	"example.com/upstreamauth/flows/token"
)

// RecordWrites is a Cloud that calls wrote when something was written, and when
// something may have been: a write whose answer was lost can have happened all
// the same, so nobody may say after it that nothing was changed.
func RecordWrites(c Cloud, wrote func()) Cloud { return writeRecorder{c, c, wrote} }

// writeRecorder embeds the reads alone, so that a write which it lacks does not
// compile.
type writeRecorder struct {
	Reader
	to    Writer
	wrote func()
}

func (w writeRecorder) note(err error) {
	if err == nil || Lost(err) {
		w.wrote()
	}
}

func (w writeRecorder) EnableServices(ctx context.Context, project string, names []string) error {
	err := w.to.EnableServices(ctx, project, names)
	w.note(err)
	return err
}

func (w writeRecorder) CreateServiceAgent(ctx context.Context, project, service string) error {
	err := w.to.CreateServiceAgent(ctx, project, service)
	w.note(err)
	return err
}

func (w writeRecorder) CreateSecret(ctx context.Context, name SecretName, spec SecretSpec) (SecretInfo, error) {
	s, err := w.to.CreateSecret(ctx, name, spec)
	w.note(err)
	return s, err
}

func (w writeRecorder) DeleteSecret(ctx context.Context, name SecretName, etag string) error {
	err := w.to.DeleteSecret(ctx, name, etag)
	w.note(err)
	return err
}

func (w writeRecorder) AddVersion(ctx context.Context, name SecretName, payload token.Secret) (Version, error) {
	v, err := w.to.AddVersion(ctx, name, payload)
	w.note(err)
	return v, err
}

func (w writeRecorder) EnableVersion(ctx context.Context, name VersionName, etag string) error {
	err := w.to.EnableVersion(ctx, name, etag)
	w.note(err)
	return err
}

func (w writeRecorder) DisableVersion(ctx context.Context, name VersionName, etag string) error {
	err := w.to.DisableVersion(ctx, name, etag)
	w.note(err)
	return err
}

// Grant and Revoke tell by themselves whether anything was, or may have been,
// written: they read before they write.

func (w writeRecorder) Grant(ctx context.Context, name SecretName, role, member string) (bool, error) {
	return w.edited(w.to.Grant(ctx, name, role, member))
}

func (w writeRecorder) Revoke(ctx context.Context, name SecretName, role, member, etag string) (bool, error) {
	return w.edited(w.to.Revoke(ctx, name, role, member, etag))
}

func (w writeRecorder) edited(changed bool, err error) (bool, error) {
	if changed {
		w.wrote()
	}
	return changed, err
}

func (w writeRecorder) SetCredentials(ctx context.Context, name RepositoryName, username, version string) (Repository, error) {
	r, err := w.to.SetCredentials(ctx, name, username, version)
	w.note(err)
	return r, err
}

func (w writeRecorder) ClearCredentials(ctx context.Context, name RepositoryName) (Repository, error) {
	r, err := w.to.ClearCredentials(ctx, name)
	w.note(err)
	return r, err
}
