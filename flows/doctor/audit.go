package doctor

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// Audit checks every remote repository of some projects, by doctor's chain
// without the pull, and without the perimeter, which only a pull would meet.
type Audit struct {
	// Now is the clock that ages and expiries are told by.
	Now func() time.Time

	cloud    cloud.Cloud
	upstream *upstream.Tester
	options  AuditOptions

	projects, done, repositories, broken atomic.Int64
	// listed means that some location was listed, located that the only one to
	// check was among them.
	listed, located atomic.Bool
}

// AuditOptions are what is audited, and how deep.
type AuditOptions struct {
	// Projects are ids or numbers; none: all that the caller sees.
	Projects []string
	// Location is the only one that is checked; empty: all.
	Location string
	// SkipTrial leaves tokens unread and untried, and so the links payload and
	// upstream out.
	SkipTrial bool
	// AllowRealms are the foreign token realms that may get a credential.
	AllowRealms []string
}

// AuditRow is the state of one repository, or why a project could not be
// checked.
type AuditRow struct {
	Project    string
	Repository cloud.Repository
	Upstream   string
	// Status is healthy, broken, or failed where nothing could be checked.
	Status engine.Status
	// Broken is the first broken link. Says, with its Code, is what is wrong
	// with it, or else the gravest finding; empty where all is ok.
	Broken string
	Says   text.Text
	Code   check.Code
	Level  check.Level
	// Unknown are the links that were not checked, without those that the audit
	// leaves out.
	Unknown []string
	// VersionState and VersionAge are of the secret version that is used; the
	// age is 0 where it is not known.
	VersionState string
	VersionAge   time.Duration
	Problem      *engine.Problem
}

// AuditProgress is how far an audit is. Projects grows while they are listed.
type AuditProgress struct{ Projects, Done, Repositories, Broken int }

// How much an audit does at once: enough to hide the latency of calls, and
// little enough to keep its memory small.
const (
	projectsAtOnce     = 8
	repositoriesAtOnce = 8
)

// NewAudit makes an audit. What it reads, it reads by itself: of each project
// apart, so that little is kept at a time.
func NewAudit(c cloud.Cloud, t *upstream.Tester, o AuditOptions) *Audit {
	var shared upstream.Tester
	if t != nil {
		shared = *t
	}
	shared.Refused = &upstream.Refusals{} // each credential is rejected once, whatever the repositories that share it
	return &Audit{Now: time.Now, cloud: c, upstream: &shared, options: o}
}

// Progress is how far the audit is. Any goroutine may call it.
func (a *Audit) Progress() AuditProgress {
	return AuditProgress{int(a.projects.Load()), int(a.done.Load()), int(a.repositories.Load()), int(a.broken.Load())}
}

// Rows yields the repositories as they are found. Its error is one that every
// project would meet. What is kept of a project is dropped with its last row.
func (a *Audit) Rows(ctx context.Context) iter.Seq2[AuditRow, error] {
	return func(yield func(AuditRow, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		rows := make(chan AuditRow)
		var failed error
		var all sync.WaitGroup
		all.Go(func() {
			defer close(rows)
			_, failed = parallel.Guard(func() (struct{}, error) { return struct{}{}, a.eachProject(ctx, rows) })
			if failed == nil && a.options.Location != "" && a.listed.Load() && !a.located.Load() {
				failed = state.NoLocation(a.options.Location, "")
			}
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
	caller, err := a.cloud.Caller(ctx)
	if err != nil {
		return err
	}
	quota := cloud.NewReadQuota(caller.QuotaProject)
	g, ctx := parallel.WithContext(ctx)
	g.SetLimit(projectsAtOnce)
	defer func() { _ = g.Wait() }() // none of them sends once this has ended
	start := func(p cloud.Project) {
		a.projects.Add(1)
		g.Go(func() error {
			defer a.done.Add(1)
			return a.project(ctx, p, quota, rows)
		})
	}
	if len(a.options.Projects) > 0 {
		for _, id := range a.options.Projects {
			start(cloud.Project{ID: id})
		}
		return g.Wait()
	}
	for page, err := range a.cloud.Projects(ctx) {
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
func (a *Audit) project(ctx context.Context, p cloud.Project, quota *cloud.ReadQuota, rows chan<- AuditRow) error {
	send := func(r AuditRow) error {
		if err := ctx.Err(); err != nil { // what was read meanwhile may be incomplete
			return err
		}
		select {
		case rows <- r:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e := engine.NewEnv(quota.On(a.cloud), a.upstream)
	e.Now = a.Now
	defer e.Close()
	d := engine.Draft{Project: p.ID}
	if p.Number == "" {
		known, err := state.NumberOf(ctx, e, d)
		if err != nil {
			return a.unseen(p.ID, err, send)
		}
		p = known
	}
	on, onErr := e.Services(ctx, p.ID, cloud.ArtifactRegistryAPI, cloud.SecretManagerAPI)
	if onErr == nil && !on[cloud.ArtifactRegistryAPI] {
		return nil // without it there are no repositories
	}
	var g parallel.Group
	g.SetLimit(repositoriesAtOnce)
	for batch, err := range e.Cloud.Repositories(ctx, p.ID) {
		if batch.Location == a.options.Location {
			a.located.Store(true)
		}
		if err == nil {
			err = batch.Err
		}
		if err != nil {
			if cloud.KindOf(err) == cloud.APIDisabled {
				continue
			}
			if err := a.unseen(p.ID, err, send); err != nil {
				_ = g.Wait()
				return err
			}
			continue
		}
		a.listed.Store(true)
		for _, r := range batch.Repositories {
			if !r.Remote() || a.options.Location != "" && r.Name.Location != a.options.Location {
				continue
			}
			g.Go(func() error {
				x := a.examine(ctx, e, p, r)
				defer x.wipe()
				x.on.Of(on, onErr)
				return send(a.row(p, x))
			})
		}
	}
	return g.Wait()
}

// unseen sends a row for a project, or a part of it, that could not be checked.
// An error that every project would meet is returned instead.
func (a *Audit) unseen(project string, err error, send func(AuditRow) error) error {
	switch cloud.KindOf(err) {
	case cloud.NotSignedIn, cloud.QuotaProject, cloud.Cancelled:
		return err
	default:
		p := engine.Explain(err)
		return send(AuditRow{Project: project, Status: engine.StatusFailed, Level: check.Unknown, Says: p.Title, Code: p.Code, Problem: p})
	}
}

// examine examines a repository that was listed.
func (a *Audit) examine(ctx context.Context, e *engine.Env, p cloud.Project, r cloud.Repository) *examination {
	d := engine.Draft{Project: p.ID, Location: r.Name.Location, Repository: r.Name.ID,
		Options: engine.Options{SkipTrial: a.options.SkipTrial, AllowRealms: a.options.AllowRealms}}
	x := newExamination(e, d)
	x.project.Of(p, nil)
	x.repo.Of(r, nil)
	x.agent = e.Cloud.ServiceAgent(p.Number)
	if x.credentials() {
		x.examineRepository(ctx, e, d, depth{trial: !a.options.SkipTrial})
		x.readAccess(ctx, e)
	}
	return x
}

// leavesOut reports whether the audit doesn't check a link.
func (a *Audit) leavesOut(link string) bool {
	switch link {
	case linkPerimeter, engine.LinkPull:
		return true
	case linkPayload, linkUpstream:
		return a.options.SkipTrial
	default:
		return false
	}
}

// row sums a chain up.
func (a *Audit) row(p cloud.Project, x *examination) AuditRow {
	a.repositories.Add(1)
	r := x.repo.is
	r.Username = engine.ShownUsername(r, r.Username)
	row := AuditRow{Project: p.ID, Repository: r, Upstream: engine.TargetOf(r).BaseURL()}
	row.Judge(slices.DeleteFunc(x.chain(), func(f check.Finding) bool { return a.leavesOut(f.ID) }))
	if row.Status == engine.StatusBroken {
		a.broken.Add(1)
	}
	if x.version.ok() {
		row.VersionState = x.version.is.State
		if at := x.version.is.CreateTime; !at.IsZero() {
			row.VersionAge = x.now.Sub(at)
		}
	}
	return row
}

// Judge sums a chain up in the row. What follows from another link, or isn't
// needed, adds nothing to it.
func (r *AuditRow) Judge(chain []check.Finding) {
	r.Status, r.Broken, r.Unknown, r.Level = engine.StatusHealthy, engine.Broken(chain), engine.Unseen(chain), check.Worst(chain)
	r.Says, r.Code = text.Text{}, check.NoCode
	if r.Broken != "" {
		r.Status = engine.StatusBroken
	}
	if r.Level == check.OK {
		return
	}
	var also []text.Text
	for _, f := range chain {
		switch {
		case f.Level != r.Level, f.Code == check.NotNeeded, f.Code == check.CausedBy:
		case r.Says.Empty():
			r.Says, r.Code = f.Says, f.Code
		default:
			also = append(also, LinkTitle(f.ID))
		}
	}
	if len(also) > 0 {
		r.Says = text.Also(r.Says, text.New("also: %s", also))
	}
}

// WorstFirst orders rows for a person: what is broken before what isn't, and by
// name where they are alike.
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
