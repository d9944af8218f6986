package flows

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/upstreamauth/flows/check"
)

// Audit looks at all remote repositories of some projects, by doctor's chain
// without what costs others something: the trial on the upstream, which counts
// against its limits, and the pull. Nor does it read any token.
type Audit struct {
	env     *Env
	options AuditOptions

	projects, done, repositories, broken atomic.Int64
}

// AuditOptions say what is audited.
type AuditOptions struct {
	// Projects are ids or numbers; none: all that the caller sees.
	Projects []string
	// Location is the only one that is looked at; empty: all.
	Location string
}

// AuditRow is how one repository fares, or why a project could not be looked at.
type AuditRow struct {
	Project    string
	Repository Repository
	Upstream   string
	// Status is healthy, broken, or failed where nothing could be looked at.
	Status Status
	// Broken is the first broken link, Says what is wrong with it, or else the
	// gravest thing that is worth a word.
	Broken, Says string
	Level        check.Level
	// Unknown are the links that could not be looked at, without those that an
	// audit leaves out.
	Unknown []string
	// VersionState and VersionAge are of the secret version that is used; the
	// age is 0 where it is not known.
	VersionState string
	VersionAge   time.Duration
	Problem      *Problem
}

// AuditProgress is how far an audit is. Projects grows while they are listed.
type AuditProgress struct{ Projects, Done, Repositories, Broken int }

// How much an audit does at once: enough to hide the latency of calls, and
// little enough to keep its memory small.
const (
	projectsAtOnce     = 8
	repositoriesAtOnce = 8
)

// NewAudit makes an audit.
func NewAudit(e *Env, o AuditOptions) *Audit { return &Audit{env: e, options: o} }

// Progress tells how far the audit is; from any goroutine.
func (a *Audit) Progress() AuditProgress {
	return AuditProgress{int(a.projects.Load()), int(a.done.Load()), int(a.repositories.Load()), int(a.broken.Load())}
}

// Rows yields the repositories as they are found. The error is one that stands
// in the way of all. What is kept of a project is dropped with its last row.
func (a *Audit) Rows(ctx context.Context) iter.Seq2[AuditRow, error] {
	return func(yield func(AuditRow, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		rows := make(chan AuditRow)
		var failed error
		var all sync.WaitGroup
		all.Go(func() {
			defer close(rows)
			failed = a.eachProject(ctx, rows)
		})
		defer all.Wait()
		defer cancel()
		for r := range rows {
			if !yield(r, nil) {
				cancel()
				for range rows {
					continue // let them end
				}
				return
			}
		}
		if failed != nil {
			yield(AuditRow{}, failed)
		}
	}
}

// eachProject audits projects side by side.
func (a *Audit) eachProject(ctx context.Context, rows chan<- AuditRow) error {
	caller, err := a.env.Caller(ctx)
	if err != nil {
		return err
	}
	quota := newReadQuota(caller.QuotaProject)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(projectsAtOnce)
	start := func(p Project) {
		a.projects.Add(1)
		g.Go(func() error {
			defer a.done.Add(1)
			return a.project(ctx, p, quota, rows)
		})
	}
	if len(a.options.Projects) > 0 {
		for _, id := range a.options.Projects {
			start(Project{ID: id})
		}
		return g.Wait()
	}
	// Listed straight from Google: what is kept of a list would grow with it.
	for page, err := range a.env.Cloud.Projects(ctx) {
		if err != nil {
			_ = g.Wait()
			return err
		}
		for _, p := range page {
			start(p)
		}
	}
	return g.Wait()
}

// project audits one project. Its error is one that all others would meet too.
func (a *Audit) project(ctx context.Context, p Project, quota *readQuota, rows chan<- AuditRow) error {
	send := func(r AuditRow) error {
		if err := ctx.Err(); err != nil { // what was read meanwhile may be half of it
			return err
		}
		select {
		case rows <- r:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e := NewEnv(quota.on(a.env.Cloud), a.env.Upstream)
	e.Now = a.env.Now
	d := Draft{Project: p.ID}
	if p.Number == "" {
		known, err := numberOf(ctx, e, d)
		if err != nil {
			return a.unseen(p.ID, err, send)
		}
		p = known
	}
	on, onErr := e.Services(ctx, p.ID, ArtifactRegistryAPI, SecretManagerAPI)
	if onErr == nil && !on[ArtifactRegistryAPI] {
		return nil // without it there are no repositories
	}
	var g errgroup.Group
	g.SetLimit(repositoriesAtOnce)
	for batch, err := range e.Cloud.Repositories(ctx, p.ID) {
		if err == nil {
			err = batch.Err
		}
		if err != nil {
			if KindOf(err) == APIDisabled {
				continue
			}
			if err := a.unseen(p.ID, err, send); err != nil {
				_ = g.Wait()
				return err
			}
			continue
		}
		for _, r := range batch.Repositories {
			if !r.Remote() || a.options.Location != "" && r.Name.Location != a.options.Location {
				continue
			}
			g.Go(func() error {
				x := examineKnown(ctx, e, p, r)
				x.on.of(on, onErr)
				return send(a.row(p, x))
			})
		}
	}
	return g.Wait()
}

// unseen sends a row for a project, or a part of it, that could not be looked
// at, unless that stands in the way of all.
func (a *Audit) unseen(project string, err error, send func(AuditRow) error) error {
	switch KindOf(err) {
	case NotSignedIn, QuotaProject, Cancelled:
		return err
	default:
		p := Explain(err)
		return send(AuditRow{Project: project, Status: StatusFailed, Level: check.Unknown, Says: p.Title, Problem: p})
	}
}

// examineKnown examines a repository that was listed, without asking its
// upstream or reading its token.
func examineKnown(ctx context.Context, e *Env, p Project, r Repository) *examination {
	d := Draft{Project: p.ID, Location: r.Name.Location, Repository: r.Name.ID}
	x := newExamination(e, d)
	x.project.of(p, nil)
	x.repo.of(r, nil)
	x.agent = e.Cloud.ServiceAgent(p.Number)
	if r.SecretVersion != "" || r.Username != "" {
		x.examineRepository(ctx, e, d, depth{})
	}
	return x
}

// notAudited are the links that an audit does not look at.
var notAudited = []string{linkPayload, linkUpstream, linkPerimeter, linkPull}

// row sums a chain up.
func (a *Audit) row(p Project, x *examination) AuditRow {
	a.repositories.Add(1)
	r := x.repo.is
	row := AuditRow{Project: p.ID, Repository: r, Upstream: targetOf(r).BaseURL(), Status: StatusHealthy}
	chain := slices.DeleteFunc(x.chain(), func(f check.Finding) bool { return slices.Contains(notAudited, f.ID) })
	if row.Broken = Broken(chain); row.Broken != "" {
		row.Status = StatusBroken
		a.broken.Add(1)
	}
	row.Unknown = Unseen(chain)
	row.Level = check.Worst(chain)
	for _, f := range chain {
		if f.Level == row.Level && f.Level != check.OK {
			row.Says = f.ID + ": " + f.Says
			break
		}
	}
	if x.version.ok() {
		row.VersionState = x.version.is.State
		if at := x.version.is.CreateTime; !at.IsZero() {
			row.VersionAge = x.now.Sub(at)
		}
	}
	return row
}

// WorstFirst orders rows for a person: what is broken before what is not, and
// by name where they fare alike.
func WorstFirst(a, b AuditRow) int {
	if c := severity(b) - severity(a); c != 0 {
		return c
	}
	if c := strings.Compare(a.Project, b.Project); c != 0 {
		return c
	}
	return strings.Compare(a.Repository.Name.String(), b.Repository.Name.String())
}

func severity(r AuditRow) int {
	return map[check.Level]int{check.Block: 4, check.Warning: 3, check.Unknown: 2, check.Note: 1}[r.Level]
}
