package flows

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/wording"
)

// present is what is configured now, as far as a plan needs it.
type present struct {
	project       Project
	secretProject Project
	repository    Repository
	on            map[string]bool // of the secret's project
	secret        secretState
	policy        Policy
	policyErr     error
	agent         string
	// stored is the newest enabled version that holds the draft's token.
	stored VersionName
}

// lookAround reads, side by side, what is there.
func lookAround(ctx context.Context, e *Env, d Draft) (*present, error) {
	p := &present{}
	g, together := parallel.WithContext(ctx)
	g.Go(func() (err error) { p.project, err = numberOf(together, e, d); return err })
	g.Go(func() (err error) { p.repository, err = repositoryOf(together, e, d); return err })
	g.Go(func() (err error) { p.secret, err = lookAtSecret(together, e, d); return err })
	g.Go(func() error { p.policy, p.policyErr = e.SecretPolicy(together, d.SecretName()); return nil })
	g.Go(func() error {
		if d.SecretProject() == d.Project {
			p.on, _ = e.Services(together, d.Project, ArtifactRegistryAPI, SecretManagerAPI)
		} else {
			p.on, _ = e.Services(together, d.SecretProject(), SecretManagerAPI)
		}
		return nil
	})
	g.Go(func() error {
		p.secretProject, _ = e.Project(together, d.SecretProject())
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	p.agent = e.Cloud.ServiceAgent(p.project.Number)
	if d.Version != "" {
		p.stored = VersionName{d.SecretName(), d.Version}
	} else if v, ok := e.holds(ctx, p.secret, d); ok {
		p.stored = v
	}
	return p, nil
}

// guessed tells whether the number of the version to come is only a guess: it is
// certain for a version that is there, and for the first one of a new secret.
func (p *present) guessed() bool { return p.stored.ID == "" && p.secret.exists }

// holds tells whether the newest enabled version has the draft's token
// already. Where the caller may not read it, it counts as another one.
func (e *Env) holds(ctx context.Context, s secretState, d Draft) (VersionName, bool) {
	i := slices.IndexFunc(s.versions, Version.Enabled)
	if !s.exists || i < 0 {
		return VersionName{}, false
	}
	name := VersionName{s.name, s.versions[i].Name.ID}
	stored, err := e.Payload(ctx, name)
	defer stored.Wipe()
	return name, err == nil && stored.Equal(d.Token)
}

// grants tells whether the policy gives the member the role, come what may.
func grants(p Policy, role, member string) bool {
	for _, b := range p.Bindings {
		if b.Role == role && b.Condition == "" && slices.Contains(b.Members, member) {
			return true
		}
	}
	return false
}

// sameVersion compares version names whose projects may be ids or numbers.
func sameVersion(a string, b VersionName, p Project) bool {
	v, ok := ParseVersionName(a)
	return ok && v.ID == b.ID && v.Secret.ID == b.Secret.ID && sameProject(v.Secret.Project, b.Secret.Project, p)
}

func sameProject(a, b string, p Project) bool {
	known := func(s string) bool { return s == p.ID || s == p.Number }
	return a == b || known(a) && known(b)
}

// planSetup compares what is with what the answers ask for.
func planSetup(ctx context.Context, e *Env, d Draft) (*Plan, error) {
	now, err := lookAround(ctx, e, d)
	if err != nil {
		return nil, err
	}
	p := &Plan{About: About{
		Project: cmp.Or(now.project.ID, d.Project), ProjectNumber: now.project.Number, Repository: now.repository,
		Upstream: targetOf(now.repository).BaseURL(), ServiceAgent: now.agent, Username: d.Username,
	}}
	if f := unusable(now.repository); f != nil {
		p.Blocked = &Problem{Title: f.Says, Detail: f.Why, Hints: hintsOf(*f)}
	}
	version := now.stored
	if version.ID == "" {
		version = VersionName{now.secret.name, strconv.Itoa(nextNumber(now.secret.versions))}
	}
	p.About.SecretVersion = version.String()
	p.add(enableAPIs(d.SecretProject(), now.on))
	p.add(createSecret(d, now.secret))
	p.add(addVersion(d, now.secret, now.stored, version))
	p.add(grantAccess(now.secret, now.agent, now.policy, d.Project))
	p.add(updateRepository(now.repository, d.Username, version, now.guessed(), now.secretProject))
	p.add(verify(now.repository, d, now.agent))
	p.Rows = setupRows(now, d, version)
	if !grants(now.policy, AccessorRole, memberPrefix+now.agent) {
		caller, _ := e.Caller(ctx)
		p.Checks = aboutLookalikes(now.policy, now.agent, caller.Email)
	}
	return p, nil
}

// add appends an action; nil adds none.
func (p *Plan) add(a *Action) {
	if a == nil {
		return
	}
	for _, n := range slices.Clone(a.Needs) {
		if !slices.ContainsFunc(p.Actions, func(b Action) bool { return b.key() == n }) {
			a.Needs = slices.DeleteFunc(a.Needs, func(s string) bool { return s == n })
		}
	}
	p.Actions = append(p.Actions, *a)
}

// nextNumber is the number that the next version will most likely get.
func nextNumber(vs []Version) int {
	highest := 0
	for _, v := range vs {
		highest = max(highest, v.Name.Number())
	}
	return highest + 1
}

func setupRows(now *present, d Draft, version VersionName) []Row {
	secret := "none"
	if now.secret.exists {
		secret = wording.Count(len(now.secret.versions), "version")
	}
	access := "no"
	if grants(now.policy, AccessorRole, memberPrefix+now.agent) {
		access = "yes"
	}
	after := "version " + version.ID + ", new"
	if now.stored.ID != "" {
		after = "version " + version.ID + ", which is there already"
	}
	return []Row{
		{"User name", cmp.Or(now.repository.Username, "none"), d.Username},
		{"Secret version", cmp.Or(now.repository.SecretVersion, "none"), version.String()},
		{"Secret " + d.Secret.ID, secret, after},
		{"Service agent may read it", access, "yes"},
	}
}

// aboutLookalikes warns of a grant that looks right and is not: to another
// project's service agent, to a deleted one, to the caller, or under a
// condition.
func aboutLookalikes(p Policy, agent, caller string) []check.Finding {
	var fs []check.Finding
	domain := agent[strings.IndexByte(agent, '@')+1:]
	for _, b := range p.Bindings {
		if b.Role != AccessorRole {
			continue
		}
		for _, m := range b.Members {
			name := strings.TrimPrefix(m, memberPrefix)
			switch {
			case name == agent && b.Condition != "":
				fs = append(fs, check.Finding{ID: checkGrant, Level: check.Warning, Says: "the service agent has access only under a condition", Why: b.Condition})
			case strings.HasPrefix(m, "deleted:") && strings.Contains(m, agent):
				fs = append(fs, check.Finding{ID: checkGrant, Level: check.Warning, Says: "a deleted account of the service agent's name has access", Why: "it does not count: " + m})
			case caller != "" && (m == "user:"+caller || name == caller):
				fs = append(fs, check.Finding{ID: checkGrant, Level: check.Note, Says: "your own account has access: " + caller, Why: "the one that counts is " + agent})
			case name != agent && strings.HasSuffix(name, "@"+domain):
				fs = append(fs, check.Finding{ID: checkGrant, Level: check.Note, Says: "another project's service agent has access: " + name, Why: "the one that counts is " + agent})
			}
		}
	}
	return fs
}

// checkGrant is the id of what concerns the service agent's access.
const checkGrant = "grant"
