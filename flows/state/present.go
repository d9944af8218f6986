// Package state reads what is configured now: a repository, its secret, who may
// read it and who else uses it. Whatever it reads together is read side by side.
package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// Present is what is configured now, as far as a plan needs it.
type Present struct {
	Project       cloud.Project
	SecretProject cloud.Project
	Repository    cloud.Repository
	On            map[string]bool // of the secret's project
	Secret        SecretState
	Policy        cloud.Policy
	policyErr     error
	Agent         string
	// stored is the newest enabled version that holds the draft's token.
	Stored cloud.VersionName
}

// LookAround reads, side by side, what is there.
func LookAround(ctx context.Context, e *engine.Env, d engine.Draft) (*Present, error) {
	p := &Present{}
	g, together := parallel.WithContext(ctx)
	g.Go(func() (err error) { p.Project, err = NumberOf(together, e, d); return err })
	g.Go(func() (err error) { p.Repository, err = RepositoryOf(together, e, d); return err })
	g.Go(func() (err error) { p.Secret, err = LookAtSecret(together, e, d); return err })
	g.Go(func() error { p.Policy, p.policyErr = e.SecretPolicy(together, d.SecretName()); return nil })
	g.Go(func() error {
		if d.SecretProject() == d.Project {
			p.On, _ = e.Services(together, d.Project, cloud.ArtifactRegistryAPI, cloud.SecretManagerAPI)
		} else {
			p.On, _ = e.Services(together, d.SecretProject(), cloud.SecretManagerAPI)
		}
		return nil
	})
	g.Go(func() error {
		p.SecretProject, _ = e.Project(together, d.SecretProject())
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	p.Agent = e.Cloud.ServiceAgent(p.Project.Number)
	if d.Version != "" {
		p.Stored = cloud.VersionName{Secret: d.SecretName(), ID: d.Version}
	} else if v, ok := holdsToken(ctx, e, p.Secret, d); ok {
		p.Stored = v
	}
	return p, nil
}

// Guessed reports whether the number of the version to come is only a guess: it is
// certain for a version that is there, and for the first one of a new secret.
func (p *Present) Guessed() bool { return p.Stored.ID == "" && p.Secret.Exists }

// NumberOf is the number of the draft's project.
func NumberOf(ctx context.Context, e *engine.Env, d engine.Draft) (cloud.Project, error) {
	p, err := e.Project(ctx, d.Project)
	if err != nil && cloud.Number(d.Project) {
		var failed *cloud.Error
		if errors.As(err, &failed) && (failed.Kind == cloud.PermissionDenied || failed.Kind == cloud.NotFound) {
			return cloud.Project{ID: d.Project, Number: d.Project, Active: true}, nil
		}
	}
	return p, err
}

// Unusable says why a repository cannot take upstream credentials; nil: it can.
func Unusable(r cloud.Repository) *check.Finding {
	if !r.Remote() {
		says := text.New("This is a standard repository, not a remote repository")
		if r.Mode == "VIRTUAL_REPOSITORY" {
			says = text.New("This is a virtual repository, not a remote repository")
		}
		return &check.Finding{ID: engine.StepRepository, Code: check.NotRemote, Level: check.Block, Says: says,
			Why:    text.New("Only remote repositories pull from an upstream, and a repository's mode can't change"),
			Remedy: &check.Hint{Says: text.New("Create a remote repository:"), Command: AnotherRepository(r)}}
	}
	if k := upstream.Recognise(engine.TargetOf(r)); !k.PasswordLess.Empty() {
		return &check.Finding{ID: engine.StepRepository, Code: check.UpstreamPasswordless, Level: check.Block,
			Says: text.New("The upstream (%s) takes no password", k.Title), Why: k.PasswordLess,
			Remedy: &check.Hint{Says: text.New("Let the service agent read the upstream repository:"), Command: readUpstream(r.URI)}}
	}
	return nil
}

// AnotherRepository is the command that makes a remote repository of the same
// format in the same place.
func AnotherRepository(r cloud.Repository) string {
	format := strings.ToLower(r.Format)
	flag := format
	if flag == "maven" {
		flag = "mvn" // as gcloud has it
	}
	return fmt.Sprintf("gcloud artifacts repositories create NAME --project=%s --location=%s --repository-format=%s --mode=remote-repository --remote-%s-repo=UPSTREAM",
		r.Name.Project, r.Name.Location, format, flag)
}

// readUpstream is the command that lets Artifact Registry read one of its own
// repositories as an upstream.
func readUpstream(uri string) string {
	name, ok := cloud.ParseRepositoryName(uri)
	if !ok {
		name = cloud.RepositoryName{Project: "UPSTREAM_PROJECT", Location: "UPSTREAM_LOCATION", ID: "UPSTREAM_REPOSITORY"}
	}
	return fmt.Sprintf("gcloud artifacts repositories add-iam-policy-binding %s --project=%s --location=%s"+
		" --member=serviceAccount:service-PROJECT_NUMBER@gcp-sa-artifactregistry.iam.gserviceaccount.com --role=roles/artifactregistry.reader",
		name.ID, name.Project, name.Location)
}

// RepositoryOf finds the repository that the draft speaks of, in all locations
// where its location is not known.
func RepositoryOf(ctx context.Context, e *engine.Env, d engine.Draft) (cloud.Repository, error) {
	if d.Location != "" {
		return e.Repository(ctx, cloud.RepositoryName{Project: d.Project, Location: d.Location, ID: d.Repository})
	}
	var found, similar []string
	var one cloud.Repository
	var missed error
	for batch, err := range e.Repositories(ctx, d.Project) {
		if err != nil {
			return cloud.Repository{}, err
		}
		if batch.Err != nil {
			missed = batch.Err
		}
		for _, r := range batch.Repositories {
			if r.Name.ID == d.Repository {
				one = r
				found = append(found, r.Name.Location+"/"+r.Name.ID)
			} else if r.Remote() {
				similar = append(similar, r.Name.Location+"/"+r.Name.ID)
			}
		}
	}
	slices.Sort(found)
	slices.Sort(similar)
	switch {
	case len(found) == 1:
		return one, nil
	case len(found) > 1:
		return cloud.Repository{}, &engine.Problem{Code: check.RepositorySeveral, Kind: cloud.Invalid,
			Title: text.New("Several locations have a repository with this name: %s", text.Names(found)),
			Hints: []check.Hint{{Says: text.New("Name the location too: --location LOCATION")}}}
	case missed != nil:
		return cloud.Repository{}, missed
	}
	p := noRepository(text.New("Project %q has no repository %q", d.Project, d.Repository), d.Project)
	if len(similar) > 0 {
		const most = 8
		names := text.Names(similar[:min(len(similar), most)])
		if more := len(similar) - most; more > 0 {
			names = append(names, text.New("%d more", more))
		}
		p.Detail = text.New("Its remote repositories: %s", names)
	}
	return cloud.Repository{}, p
}

// MissingRepository explains the most common mistakes in a repository's name.
func MissingRepository(ctx context.Context, e *engine.Env, d engine.Draft, err error) error {
	if cloud.KindOf(err) != cloud.NotFound {
		return err
	}
	p := engine.Explain(err)
	switch {
	case d.Location != "" && unknownLocation(ctx, e, d):
		p = NoLocation(d.Location, d.Project)
	case d.Location != "":
		p = noRepository(text.New("Location %q of project %q has no repository %q", d.Location, d.Project, d.Repository), d.Project)
	}
	return p
}

// NoLocation is the problem of a location that does not exist.
func NoLocation(location, project string) *engine.Problem {
	return &engine.Problem{Code: check.LocationUnknown, Kind: cloud.NotFound,
		Title: text.New("Artifact Registry has no location %q", location),
		Hints: []check.Hint{{Says: text.New("See the locations:"), Command: "gcloud artifacts locations list --project=" + cmp.Or(project, "PROJECT")}}}
}

// noRepository is the problem of a repository that doesn't exist.
func noRepository(title text.Text, project string) *engine.Problem {
	return &engine.Problem{Code: check.RepositoryMissing, Kind: cloud.NotFound, Title: title,
		Hints: []check.Hint{{Says: text.New("See the project's repositories:"), Command: "gcloud artifacts repositories list --project=" + project}}}
}

// unknownLocation reports whether it's certain that the draft's location does not exist.
func unknownLocation(ctx context.Context, e *engine.Env, d engine.Draft) bool {
	listed := false
	for batch, err := range e.Repositories(ctx, d.Project) {
		if err != nil || batch.Location == d.Location {
			return false
		}
		listed = true
	}
	return listed
}
