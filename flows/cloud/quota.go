package cloud

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"example.com/upstreamauth/flows/token"
)

// Secret Manager answers 600 reads a minute
// (https://cloud.google.com/secret-manager/quotas). In no minute do more than
// readBurst plus sixty seconds of readRate pass.
const (
	readBurst = 150
	readRate  = rate.Limit(7.5) // a second
	// limitersKept is how many projects' limiters are kept before those that
	// are full again are dropped.
	limitersKept = 32
)

// ReadQuota keeps an audit within Secret Manager's quota of reads. It counts
// against the project that the calls are charged to where one is named, and
// against each secret's own otherwise.
type ReadQuota struct {
	charged string // the quota project; may be empty

	mu       sync.Mutex
	shared   *rate.Limiter            // of the quota project
	projects map[string]*rate.Limiter // by the secret's project
}

// NewReadQuota makes a quota that counts against the project that is charged;
// empty: against each secret's own.
func NewReadQuota(charged string) *ReadQuota {
	return &ReadQuota{charged: charged, shared: rate.NewLimiter(readRate, readBurst), projects: map[string]*rate.Limiter{}}
}

// Of is the limiter of a read from a project. A limiter that is full again is
// as good as a new one, so those are dropped and the map stays small.
func (q *ReadQuota) Of(project string) *rate.Limiter {
	if q.charged != "" {
		return q.shared
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if l := q.projects[project]; l != nil {
		return l
	}
	if len(q.projects) >= limitersKept {
		for id, l := range q.projects {
			if l.Tokens() >= readBurst {
				delete(q.projects, id)
			}
		}
	}
	l := rate.NewLimiter(readRate, readBurst)
	q.projects[project] = l
	return l
}

// On puts the quota before a Cloud.
func (q *ReadQuota) On(c Cloud) Cloud { return &metered{Cloud: c, quota: q} }

// metered is a Cloud whose reads from Secret Manager wait for the quota.
type metered struct {
	Cloud
	quota *ReadQuota
}

// within runs a read within the quota, and again where Google says that it is
// used up all the same: others read too.
func within[T any](ctx context.Context, m *metered, project string, read func() (T, error)) (T, error) {
	return patient(ctx, func() (T, error) {
		if err := m.quota.Of(project).Wait(ctx); err != nil {
			var none T
			return none, &Error{Kind: Cancelled, Message: "no longer needed", Err: err}
		}
		return read()
	})
}

// patient runs a read again, ever later, while Google says that a quota is
// used up.
func patient[T any](ctx context.Context, read func() (T, error)) (T, error) {
	for wait := time.Second; ; wait *= 2 {
		v, err := read()
		if KindOf(err) != Exhausted || wait > time.Minute {
			return v, err
		}
		if Rest(ctx, wait/2+rand.N(wait/2)) != nil { //nolint:gosec // jitter needs no secrecy
			return v, err
		}
	}
}

// Secret reads one secret.
func (m *metered) Secret(ctx context.Context, n SecretName) (SecretInfo, error) {
	return within(ctx, m, n.Project, func() (SecretInfo, error) { return m.Cloud.Secret(ctx, n) })
}

// Versions reads a secret's versions.
func (m *metered) Versions(ctx context.Context, n SecretName) ([]Version, error) {
	return within(ctx, m, n.Project, func() ([]Version, error) { return m.Cloud.Versions(ctx, n) })
}

// Version reads one version's state.
func (m *metered) Version(ctx context.Context, n VersionName) (Version, error) {
	return within(ctx, m, n.Secret.Project, func() (Version, error) { return m.Cloud.Version(ctx, n) })
}

// SecretPolicy reads a secret's policy.
func (m *metered) SecretPolicy(ctx context.Context, n SecretName) (Policy, error) {
	return within(ctx, m, n.Project, func() (Policy, error) { return m.Cloud.SecretPolicy(ctx, n) })
}

// Payload reads a token. Of those Secret Manager gives out so many a minute
// (90,000) that there is nothing to wait for beforehand.
func (m *metered) Payload(ctx context.Context, n VersionName) (token.Secret, error) {
	return patient(ctx, func() (token.Secret, error) { return m.Cloud.Payload(ctx, n) })
}

// Rest waits, or ends early with the context.
func Rest(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
