package step

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// Repository picks the remote repository.
func Repository() engine.Step {
	return engine.Step{
		ID: engine.StepRepository, Title: text.New("Repository"), Flag: "repository",
		Why:   text.New("Choose the remote repository to set up."),
		Ask:   askRepository,
		Take:  takeRepository,
		Check: checkRepository,
		Show: func(d engine.Draft) text.Text {
			if d.Location == "" {
				return text.Verbatim(d.Repository)
			}
			return text.Verbatim(d.Location + "/" + d.Repository)
		},
	}
}

func askRepository(ctx context.Context, e *engine.Env, d engine.Draft) iter.Seq2[engine.Prompt, error] {
	return func(yield func(engine.Prompt, error) bool) {
		p := engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("LOCATION/NAME"), Unordered: true}
		if !yield(p, nil) {
			return
		}
		var all []ranked
		usable := 0
		for batch, err := range e.Repositories(ctx, d.Project) {
			p = engine.Prompt{Kind: engine.Pick}
			if err != nil {
				e.Unlisted(&p, err, text.New("The repositories can't be listed"), yield)
				return
			}
			if batch.Err != nil {
				p.Notes = []check.Finding{{ID: "list", Code: check.LocationUnlisted, Level: check.Warning,
					Says: text.New("The repositories in %s can't be listed", batch.Location),
					Why:  engine.Explain(batch.Err).Text()}}
			}
			for _, r := range batch.Repositories {
				if d.Options.Location != "" && r.Name.Location != d.Options.Location {
					continue
				}
				o := optionOf(r)
				p.Options = append(p.Options, o)
				all = append(all, ranked{o, rank(r, o)})
				if o.Off.Empty() {
					usable++
				}
			}
			if (len(p.Options) > 0 || len(p.Notes) > 0) && !yield(p, nil) {
				return
			}
		}
		if usable == 0 {
			yield(engine.Prompt{Kind: engine.Pick, Empty: noRepository(d, len(all))}, nil)
			return
		}
		if slices.IsSortedFunc(all, ranked.compare) {
			return
		}
		slices.SortFunc(all, ranked.compare)
		p = engine.Prompt{Kind: engine.Pick, Sorted: true}
		for _, o := range all {
			p.Options = append(p.Options, o.Option)
		}
		yield(p, nil)
	}
}

// ranked is an option and its place: the locations answer in any order, and
// nobody should find another list each time.
type ranked struct {
	engine.Option
	rank int
}

// rank puts first what is most likely meant, and last what cannot be chosen.
func rank(r cloud.Repository, o engine.Option) int {
	switch {
	case !o.Off.Empty():
		return 2
	case len(upstreamWarnings(r)) > 0:
		return 1
	default:
		return 0
	}
}

func (a ranked) compare(b ranked) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), text.Compare(a.Label, b.Label), strings.Compare(a.Value, b.Value))
}

func noRepository(d engine.Draft, others int) *engine.Problem {
	p := &engine.Problem{Title: text.New("No remote repositories found in %q", d.Project),
		Detail: text.New("Create one and load the list again, or type the LOCATION/NAME of one you know."),
		Hints: []check.Hint{{Says: text.New("Create a remote repository"),
			Command: fmt.Sprintf("gcloud artifacts repositories create dockerhub "+
				"--project=%s --location=%s --repository-format=docker --mode=remote-repository --remote-docker-repo=DOCKER-HUB",
				d.Project, cmp.Or(d.Options.Location, "us-central1"))}}}
	if others > 0 {
		p.Detail = text.Join(text.Plural(others, "It has %d repository, which can't use upstream credentials.",
			"It has %d repositories, none of which can use upstream credentials."), p.Detail)
	}
	return p
}

// optionOf describes a repository in one line.
func optionOf(r cloud.Repository) engine.Option {
	o := engine.Option{Value: r.Name.Location + "/" + r.Name.ID, Label: text.Verbatim(r.Name.ID)}
	o.Note = text.New("%s · %s", r.Name.Location, strings.ToLower(r.Format))
	if r.Remote() {
		o.Note = text.New("%s · %s · %s", o.Note, engine.TargetOf(r).String(), credentialOf(r))
	}
	if f := state.Unusable(r); f != nil {
		o.Off = f.Says
	}
	return o
}

// credentialOf is what a repository signs in with, in two words.
func credentialOf(r cloud.Repository) text.Text {
	switch shown := engine.ShownUsername(r, r.Username); {
	case r.SecretVersion == "":
		return text.New("no credentials")
	case shown == "":
		return text.New("no user name")
	default:
		return text.New("user %q", shown)
	}
}

// takeRepository reads NAME, LOCATION/NAME or a full resource name.
func takeRepository(d *engine.Draft, a engine.Answer) error {
	given := strings.TrimSpace(a.Text)
	name := cloud.RepositoryName{Project: d.Project, Location: d.Options.Location, ID: given}
	if full, ok := cloud.ParseRepositoryName(given); ok {
		if d.Project != "" && full.Project != d.Project && d.From[engine.StepProject] == engine.Flag {
			return &engine.Usage{Title: text.New("The repository's name has another project"),
				Detail: text.New("It has %q, and --project is %q", full.Project, d.Project)}
		}
		name = full
	} else if strings.HasPrefix(given, "projects/") {
		return &engine.Usage{Title: text.New("%q is not a repository's full name", given),
			Detail: text.New("A full name looks like projects/PROJECT/locations/LOCATION/repositories/NAME")}
	} else if location, id, ok := strings.Cut(given, "/"); ok {
		name.Location, name.ID = location, id
	}
	switch {
	case d.Options.Location != "" && name.Location != d.Options.Location:
		return &engine.Usage{Title: text.New("The repository's name has another location"),
			Detail: text.New("It has %q, and --location is %q", name.Location, d.Options.Location)}
	case name.Location != "" && !cloud.IsLocation(name.Location):
		return &engine.Usage{Title: text.New("%q is not a location", name.Location),
			Detail: text.New("A location looks like us-central1 or europe")}
	case !cloud.RepositoryID.MatchString(name.ID):
		return &engine.Usage{Title: text.New("%q is not a repository name", name.ID),
			Detail: text.New("A name has up to 63 lower-case letters, digits and hyphens, and starts with a letter; " +
				"optionally prefixed with LOCATION/")}
	}
	d.Project, d.Location, d.Repository = name.Project, name.Location, name.ID
	return nil
}

func checkRepository(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	var granted []string
	var untested error
	var r cloud.Repository
	var g parallel.Group
	g.Go(func() (err error) { r, err = state.RepositoryOf(ctx, e, d); return err })
	if d.Location != "" {
		g.Go(func() error {
			granted, untested = e.RepositoryPermissions(ctx,
				cloud.RepositoryName{Project: d.Project, Location: d.Location, ID: d.Repository}, neededOnRepository)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, state.MissingRepository(ctx, e, d, err)
	}
	if d.Location == "" {
		granted, untested = e.RepositoryPermissions(ctx, r.Name, neededOnRepository)
	}
	if f := state.Unusable(r); f != nil {
		return []check.Finding{*f}, nil
	}
	fs := []check.Finding{{ID: engine.StepRepository, Code: check.RepositoryFound, Level: check.OK,
		Says: text.New("This %s repository pulls from %s", strings.ToLower(r.Format), engine.TargetOf(r).String())}}
	switch {
	case untested != nil:
		fs = append(fs, untestedPermissions(untested))
	case !slices.Contains(granted, neededOnRepository[0]):
		fs = append(fs, check.Finding{ID: "permissions", Code: check.PermissionsMissing, Level: check.Block,
			Says: text.New("You don't have permission to change this repository"),
			Why:  text.New("That needs %s", neededOnRepository[0]),
			Remedy: &check.Hint{Says: text.New("Ask an owner to grant it"), Command: fmt.Sprintf(
				"gcloud artifacts repositories add-iam-policy-binding %s --project=%s --location=%s --member=user:YOU --role=roles/artifactregistry.admin",
				r.Name.ID, r.Name.Project, r.Name.Location)}})
	}
	return append(fs, aboutUpstream(r)...), nil
}

// neededOnRepository is what changing a repository's credentials needs.
var neededOnRepository = []string{"artifactregistry.repositories.update"}

// aboutUpstream reports what is noteworthy about a repository's credentials and
// its upstream.
func aboutUpstream(r cloud.Repository) []check.Finding {
	var fs []check.Finding
	if r.SecretVersion != "" {
		fs = append(fs, check.Finding{ID: "credentials", Code: check.CredentialsPresent, Level: check.Note,
			Says: text.New("It already has credentials: %s", credentialOf(r)),
			Why:  text.New("The token comes from %q", r.SecretVersion)})
	}
	return append(fs, upstreamWarnings(r)...)
}

// AddressWarnings are the warnings about a remote repository's upstream address,
// whoever signs in there.
func AddressWarnings(r cloud.Repository) []check.Finding {
	var fs []check.Finding
	if strings.HasPrefix(strings.ToLower(r.URI), "http://") {
		fs = append(fs, check.Finding{ID: "upstream-scheme", Code: check.UpstreamPlainHTTP, Level: check.Warning,
			Says: text.New("The upstream is reached over plain http: %q", r.URI),
			Why:  text.New("The user name and the token cross the network unencrypted")})
	}
	if clean.HasLogin(r.URI) {
		fs = append(fs, check.Finding{ID: "upstream-address", Code: check.UpstreamAddressLogin, Level: check.Warning,
			Says: text.New("The upstream's address contains a user name or password: %q", r.URI),
			Why: text.New("Everyone who may list this project's repositories can read it. " +
				"Revoke it at the upstream, then create the repository again with an address that has none.")})
	}
	return append(fs, upstream.Recognise(engine.TargetOf(r)).CheckAddress()...)
}

// upstreamWarnings are the reasons not to give this upstream a credential.
func upstreamWarnings(r cloud.Repository) []check.Finding {
	fs := AddressWarnings(r)
	switch r.Format {
	case "DOCKER", "NPM", "PYTHON", "MAVEN":
	default:
		fs = append(fs, check.Finding{ID: "upstream-format", Code: check.FormatUndocumented, Level: check.Warning,
			Says: text.New("Google documents no upstream credentials for the format %s", strings.ToLower(r.Format)),
			Why:  text.New("Artifact Registry may reject them")})
	}
	return fs
}
