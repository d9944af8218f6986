package engine

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"strings"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// Env is what steps and plans work with. Its reads are shared, see reads;
// Cloud reaches Google each time.
type Env struct {
	Cloud    cloud.Cloud
	Upstream *upstream.Tester
	Now      func() time.Time
	// Proposed are first choices that are no answers, by step id.
	Proposed map[string]Answer
	// Receipts keeps what runs change.
	Receipts *Receipts

	reads *cloud.Reads
	salt  []byte
	// refused outlives what is read anew, so that looking again sends no wrong
	// login once more.
	refused *upstream.Refusals
	forget  func() // wipes the tokens that Cloud knows, and ends idle connections to upstreams
}

// NewEnv makes an Env with nothing read yet.
func NewEnv(c cloud.Cloud, t *upstream.Tester) *Env {
	quiet := &cloud.Discreet{Cloud: c}
	e := &Env{Cloud: quiet, Upstream: t, Now: time.Now, salt: make([]byte, 32), refused: &upstream.Refusals{Lasts: time.Minute}}
	_, _ = rand.Read(e.salt) // never fails
	e.forget = func() {
		quiet.Forget()
		if t == nil {
			return
		}
		if kept, ok := t.Transport.(interface{ CloseIdleConnections() }); ok {
			kept.CloseIdleConnections() // whose buffers hold what was sent
		}
	}
	e.Refresh()
	return e
}

// Refresh forgets what was read.
func (e *Env) Refresh() {
	if e.reads == nil {
		e.reads = cloud.NewReads(func() time.Time { return e.Now() })
		return
	}
	e.Wipe()
	e.reads.Forget()
}

// Caller says who is signed in.
func (e *Env) Caller(ctx context.Context) (cloud.Caller, error) {
	return cloud.Once(ctx, e.reads, "caller", e.Cloud.Caller)
}

// Projects lists the projects that the caller sees.
func (e *Env) Projects(ctx context.Context) iter.Seq2[[]cloud.Project, error] {
	return cloud.Pages(ctx, e.reads, "projects", e.Cloud.Projects)
}

// Project reads one project.
func (e *Env) Project(ctx context.Context, id string) (cloud.Project, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("project", id), func(ctx context.Context) (cloud.Project, error) {
		return e.Cloud.Project(ctx, id)
	})
}

// ProjectPermissions tests permissions on a project.
func (e *Env) ProjectPermissions(ctx context.Context, project string, permissions []string) ([]string, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("project permissions", project, strings.Join(permissions, ",")), func(ctx context.Context) ([]string, error) {
		return e.Cloud.ProjectPermissions(ctx, project, permissions)
	})
}

// ProjectPolicy reads a project's policy.
func (e *Env) ProjectPolicy(ctx context.Context, project string) (cloud.Policy, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("project policy", project), func(ctx context.Context) (cloud.Policy, error) {
		return e.Cloud.ProjectPolicy(ctx, project)
	})
}

// RolePermissions reads what a role permits.
func (e *Env) RolePermissions(ctx context.Context, role string) ([]string, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("role", role), func(ctx context.Context) ([]string, error) {
		return e.Cloud.RolePermissions(ctx, role)
	})
}

// Services tells which APIs are on.
func (e *Env) Services(ctx context.Context, project string, names ...string) (map[string]bool, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("services", project, strings.Join(names, ",")), func(ctx context.Context) (map[string]bool, error) {
		return e.Cloud.Services(ctx, project, names)
	})
}

// Repositories lists the repositories of all locations.
func (e *Env) Repositories(ctx context.Context, project string) iter.Seq2[cloud.RepositoryBatch, error] {
	return cloud.Pages(ctx, e.reads, cloud.Key("repositories", project), func(ctx context.Context) iter.Seq2[cloud.RepositoryBatch, error] {
		return e.Cloud.Repositories(ctx, project)
	})
}

// Repository reads one repository.
func (e *Env) Repository(ctx context.Context, name cloud.RepositoryName) (cloud.Repository, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("repository", name.String()), func(ctx context.Context) (cloud.Repository, error) {
		return e.Cloud.Repository(ctx, name)
	})
}

// RepositoryPermissions tests permissions on a repository.
func (e *Env) RepositoryPermissions(ctx context.Context, name cloud.RepositoryName, permissions []string) ([]string, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("repository permissions", name.String(), strings.Join(permissions, ",")), func(ctx context.Context) ([]string, error) {
		return e.Cloud.RepositoryPermissions(ctx, name, permissions)
	})
}

// UpstreamAllowed reads a location's perimeter setting.
func (e *Env) UpstreamAllowed(ctx context.Context, project, location string) (bool, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("perimeter", project, location), func(ctx context.Context) (bool, error) {
		return e.Cloud.UpstreamAllowed(ctx, project, location)
	})
}

// Secrets lists a project's secrets.
func (e *Env) Secrets(ctx context.Context, project string) iter.Seq2[[]cloud.SecretInfo, error] {
	return cloud.Pages(ctx, e.reads, cloud.Key("secrets", project), func(ctx context.Context) iter.Seq2[[]cloud.SecretInfo, error] {
		return e.Cloud.Secrets(ctx, project)
	})
}

// Secret reads one secret.
func (e *Env) Secret(ctx context.Context, name cloud.SecretName) (cloud.SecretInfo, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("secret", name.String()), func(ctx context.Context) (cloud.SecretInfo, error) {
		return e.Cloud.Secret(ctx, name)
	})
}

// SecretPermissions tests permissions on a secret.
func (e *Env) SecretPermissions(ctx context.Context, name cloud.SecretName, permissions []string) ([]string, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("secret permissions", name.String(), strings.Join(permissions, ",")), func(ctx context.Context) ([]string, error) {
		return e.Cloud.SecretPermissions(ctx, name, permissions)
	})
}

// Versions reads a secret's versions.
func (e *Env) Versions(ctx context.Context, name cloud.SecretName) ([]cloud.Version, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("versions", name.String()), func(ctx context.Context) ([]cloud.Version, error) {
		return e.Cloud.Versions(ctx, name)
	})
}

// Version reads one version's state.
func (e *Env) Version(ctx context.Context, name cloud.VersionName) (cloud.Version, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("version", name.String()), func(ctx context.Context) (cloud.Version, error) {
		return e.Cloud.Version(ctx, name)
	})
}

// StoredAt is when a version was made; zero where that can't be read.
func (e *Env) StoredAt(ctx context.Context, name cloud.VersionName) time.Time {
	versions, err := e.Versions(ctx, name.Secret)
	for i, v := range versions {
		if v.Name.ID == name.ID || name.ID == cloud.Latest && i == 0 {
			return v.CreateTime
		}
	}
	if err == nil {
		return time.Time{}
	}
	v, _ := e.Version(ctx, name) // what can't be read is not known
	return v.CreateTime
}

// SecretPolicy reads a secret's policy.
func (e *Env) SecretPolicy(ctx context.Context, name cloud.SecretName) (cloud.Policy, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("secret policy", name.String()), func(ctx context.Context) (cloud.Policy, error) {
		return e.Cloud.SecretPolicy(ctx, name)
	})
}

// Payload reads a version's bytes, once for all who ask. Each gets a copy of
// its own, and wipes it.
func (e *Env) Payload(ctx context.Context, name cloud.VersionName) (token.Secret, error) {
	for {
		before := e.timesWiped()
		shared, err := cloud.Once(ctx, e.reads, cloud.Key("payload", name.String()), func(ctx context.Context) (token.Secret, error) {
			return e.Cloud.Payload(ctx, name)
		})
		if err != nil {
			return token.Secret{}, err
		}
		if s, ok := e.copied(shared, before); ok {
			return s, nil
		}
	}
}

func (e *Env) timesWiped() int {
	e.reads.Wiping.RLock()
	defer e.reads.Wiping.RUnlock()
	return e.reads.Wiped
}

// copied copies a shared payload, unless it may have been wiped meanwhile.
func (e *Env) copied(shared token.Secret, before int) (token.Secret, bool) {
	e.reads.Wiping.RLock()
	defer e.reads.Wiping.RUnlock()
	if e.reads.Wiped != before {
		return token.Secret{}, false
	}
	return shared.Clone(), true
}

// Pull pulls through a repository once.
func (e *Env) Pull(ctx context.Context, r cloud.Repository, artifact string) (cloud.PullAnswer, error) {
	return cloud.Once(ctx, e.reads, cloud.Key("pull", r.Name.String(), artifact), func(ctx context.Context) (cloud.PullAnswer, error) {
		return e.Cloud.Pull(ctx, r, artifact)
	})
}

// Try tries a credential on an upstream. The same credential is tried once.
func (e *Env) Try(ctx context.Context, t upstream.Target, username string, s token.Secret, artifact string, realms []string) (upstream.Outcome, error) {
	own := s.Clone() // the trial may outlive its caller by a moment
	return cloud.OnceOr(ctx, e.reads, e.trialKey(t, username, s, artifact, realms), func(ctx context.Context) (upstream.Outcome, error) {
		defer own.Wipe()
		tester := *e.Upstream
		if tester.Refused == nil {
			tester.Refused = e.refused
		}
		tester.AllowRealms = append(append([]string(nil), tester.AllowRealms...), realms...)
		if stand, err := e.Cloud.Upstream(ctx, t.URI); err == nil && stand != "" {
			tester.Resolve = func(string) string { return stand }
		}
		return tester.Try(ctx, t, username, own, artifact), nil
	}, own.Wipe)
}

// TryIf tries like Try, but reads the repository again right before anything is
// sent, and sends nothing where that shows a reason not to. A trial that was made
// a moment ago is not made again.
func (e *Env) TryIf(ctx context.Context, name cloud.RepositoryName, still func(cloud.Repository, error) error,
	t upstream.Target, username string, s token.Secret, artifact string, realms []string) (upstream.Outcome, error) {
	id := e.trialKey(t, username, s, artifact, realms)
	if o, tried := cloud.Recent[upstream.Outcome](e.reads, id); tried {
		return o, nil
	}
	now, err := cloud.Once(ctx, e.reads, cloud.Key("repository before", name.String(), id), func(ctx context.Context) (cloud.Repository, error) {
		return e.Cloud.Repository(ctx, name)
	})
	if err := still(now, err); err != nil {
		return upstream.Outcome{}, err
	}
	return e.Try(ctx, t, username, s, artifact, realms)
}

// trialKey names a trial without telling the token.
func (e *Env) trialKey(t upstream.Target, username string, s token.Secret, artifact string, realms []string) string {
	mac := hmac.New(sha256.New, e.salt)
	mac.Write(s.Reveal())
	sum := mac.Sum(nil)
	mac.Reset()
	mac.Write(make([]byte, mac.BlockSize()-1)) // over the token in its buffer
	return cloud.Key("try", t.Format, t.Preset, t.URI, username, hex.EncodeToString(sum), artifact, strings.Join(realms, ","))
}

// Close overwrites every token that was read or passed on.
func (e *Env) Close() {
	e.Wipe()
	e.forget()
}

// Wipe overwrites the payloads that were read.
func (e *Env) Wipe() {
	e.reads.Wiping.Lock()
	defer e.reads.Wiping.Unlock()
	e.reads.Wiped++
	e.reads.Mu.Lock()
	defer e.reads.Mu.Unlock()
	for id, one := range e.reads.Kept {
		select {
		case <-one.Done:
			if s, ok := one.Value.(token.Secret); ok {
				s.Wipe()
				delete(e.reads.Kept, id)
			}
		default:
		}
	}
}
