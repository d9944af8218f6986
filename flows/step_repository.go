package flows

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/flows/wording"
)

var (
	repositoryID = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	locationID   = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)
)

// stepRepository picks the remote repository.
func stepRepository() Step {
	return Step{
		ID: StepRepository, Title: "Repository", Flag: "repository",
		Why:   "The remote repository that is to sign in to its upstream.",
		Ask:   askRepository,
		Take:  takeRepository,
		Check: checkRepository,
		Show: func(d Draft) string {
			if d.Location == "" {
				return d.Repository
			}
			return d.Location + "/" + d.Repository
		},
	}
}

func askRepository(ctx context.Context, e *Env, d Draft) iter.Seq2[Prompt, error] {
	return func(yield func(Prompt, error) bool) {
		p := Prompt{Kind: Pick, Free: true, Noun: "LOCATION/NAME", Unordered: true}
		if !yield(p, nil) {
			return
		}
		var all []ranked
		usable := 0
		for batch, err := range e.Repositories(ctx, d.Project) {
			p = Prompt{Kind: Pick}
			if err != nil {
				e.unlisted(&p, err, "repositories", yield)
				return
			}
			if batch.Err != nil {
				p.Notes = []check.Finding{{ID: "list", Level: check.Warning, Says: "the location " + batch.Location + " could not be listed",
					Why: Explain(batch.Err).Error()}}
			}
			for _, r := range batch.Repositories {
				if d.Options.Location != "" && r.Name.Location != d.Options.Location {
					continue
				}
				o := optionOf(r)
				p.Options = append(p.Options, o)
				all = append(all, ranked{o, rank(r, o)})
				if o.Off == "" {
					usable++
				}
			}
			if (len(p.Options) > 0 || len(p.Notes) > 0) && !yield(p, nil) {
				return
			}
		}
		if usable == 0 {
			yield(Prompt{Kind: Pick, Empty: noRepository(d, len(all))}, nil)
			return
		}
		if slices.IsSortedFunc(all, ranked.compare) {
			return
		}
		slices.SortFunc(all, ranked.compare)
		p = Prompt{Kind: Pick, Sorted: true}
		for _, o := range all {
			p.Options = append(p.Options, o.Option)
		}
		yield(p, nil)
	}
}

// ranked is an option and its place: the locations answer in any order, and
// nobody should find another list each time.
type ranked struct {
	Option
	rank int
}

// rank puts first what is most likely meant, and last what cannot be chosen.
func rank(r Repository, o Option) int {
	switch {
	case o.Off != "":
		return 2
	case len(upstreamWarnings(r)) > 0:
		return 1
	default:
		return 0
	}
}

func (a ranked) compare(b ranked) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Label, b.Label), strings.Compare(a.Value, b.Value))
}

func noRepository(d Draft, others int) *Problem {
	p := &Problem{Title: "There is no remote repository in " + d.Project + " that you see",
		Detail: "Make one, then press r; or type LOCATION/NAME of one that you know.",
		Hints: []string{fmt.Sprintf("gcloud artifacts repositories create dockerhub --project=%s --location=%s --repository-format=docker --mode=remote-repository --remote-docker-repo=DOCKER-HUB",
			d.Project, cmp.Or(d.Options.Location, "us-central1"))}}
	if others > 0 {
		p.Detail = "It has " + wording.Count(others, "repository") + ", and none that can take upstream credentials. " + p.Detail
	}
	return p
}

// optionOf describes a repository in one line.
func optionOf(r Repository) Option {
	o := Option{Value: r.Name.Location + "/" + r.Name.ID, Label: r.Name.ID}
	words := []string{r.Name.Location, strings.ToLower(r.Format)}
	if r.Remote() {
		words = append(words, targetOf(r).String(), credentialOf(r))
	}
	o.Note = strings.Join(words, " · ")
	if f := unusable(r); f != nil {
		o.Off = f.Says
	}
	return o
}

func credentialOf(r Repository) string {
	if r.SecretVersion == "" {
		return "no credentials"
	}
	return "user " + cmp.Or(r.Username, "(none)")
}

// targetOf is the repository's upstream.
func targetOf(r Repository) upstream.Target {
	return upstream.Target{Format: r.Format, Preset: r.Preset, URI: r.URI}
}

// unusable says why a repository cannot take upstream credentials; nil: it can.
func unusable(r Repository) *check.Finding {
	if !r.Remote() {
		mode := strings.ToLower(strings.TrimSuffix(r.Mode, "_REPOSITORY"))
		return &check.Finding{ID: StepRepository, Level: check.Block, Says: "not a remote repository but a " + cmp.Or(mode, "standard") + " one",
			Why:    "only a remote repository pulls from an upstream; a repository's mode cannot be changed",
			Remedy: &check.Remedy{Says: "make a remote repository", Command: anotherRepository(r)}}
	}
	if k := upstream.Recognise(targetOf(r)); k.PasswordLess != "" {
		return &check.Finding{ID: StepRepository, Level: check.Block, Says: "its upstream takes no password: " + k.Title,
			Why:    k.PasswordLess,
			Remedy: &check.Remedy{Says: "let the service agent read the upstream repository", Command: readUpstream(r.URI)}}
	}
	return nil
}

// anotherRepository is the command that makes a remote repository of the same
// format in the same place.
func anotherRepository(r Repository) string {
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
	name, ok := ParseRepositoryName(uri)
	if !ok {
		name = RepositoryName{"UPSTREAM_PROJECT", "UPSTREAM_LOCATION", "UPSTREAM_REPOSITORY"}
	}
	return fmt.Sprintf("gcloud artifacts repositories add-iam-policy-binding %s --project=%s --location=%s"+
		" --member=serviceAccount:service-PROJECT_NUMBER@gcp-sa-artifactregistry.iam.gserviceaccount.com --role=roles/artifactregistry.reader",
		name.ID, name.Project, name.Location)
}

// IsLocation tells whether s has the form of a location.
func IsLocation(s string) bool { return len(s) <= 63 && locationID.MatchString(s) }

// takeRepository reads NAME, LOCATION/NAME or a full resource name.
func takeRepository(d *Draft, a Answer) error {
	text := strings.TrimSpace(a.Text)
	name := RepositoryName{Project: d.Project, Location: d.Options.Location, ID: text}
	if full, ok := ParseRepositoryName(text); ok {
		if d.Project != "" && full.Project != d.Project && d.From[StepProject] == Flag {
			return &Usage{Title: "the repository's name speaks of another project", Detail: full.Project + " instead of " + d.Project}
		}
		name = full
	} else if strings.HasPrefix(text, "projects/") {
		return &Usage{Title: fmt.Sprintf("%q is not a repository's full name", text), Detail: "one looks like projects/PROJECT/locations/LOCATION/repositories/NAME"}
	} else if location, id, ok := strings.Cut(text, "/"); ok {
		name.Location, name.ID = location, id
	}
	switch {
	case d.Options.Location != "" && name.Location != d.Options.Location:
		return &Usage{Title: "the repository's name speaks of another location", Detail: name.Location + " instead of " + d.Options.Location}
	case name.Location != "" && !IsLocation(name.Location):
		return &Usage{Title: fmt.Sprintf("%q is not a location", name.Location), Detail: "one looks like us-central1 or europe"}
	case !repositoryID.MatchString(name.ID):
		return &Usage{Title: fmt.Sprintf("%q is not a repository's name", name.ID),
			Detail: "one has up to 63 lower-case letters, digits and hyphens, and starts with a letter; before it may stand LOCATION/"}
	}
	d.Project, d.Location, d.Repository = name.Project, name.Location, name.ID
	return nil
}

// repositoryOf finds the repository that the draft speaks of, in all locations
// where its location is not known.
func repositoryOf(ctx context.Context, e *Env, d Draft) (Repository, error) {
	if d.Location != "" {
		return e.Repository(ctx, RepositoryName{d.Project, d.Location, d.Repository})
	}
	var found, similar []string
	var one Repository
	var missed error
	for batch, err := range e.Repositories(ctx, d.Project) {
		if err != nil {
			return Repository{}, err
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
		return Repository{}, &Problem{Title: "There are several repositories of this name: " + strings.Join(found, ", "), Kind: Invalid,
			Hints: []string{"name the location as well: --location LOCATION"}}
	case missed != nil:
		return Repository{}, missed
	}
	p := &Problem{Title: fmt.Sprintf("There is no repository %s in %s", d.Repository, d.Project), Kind: NotFound,
		Hints: []string{"gcloud artifacts repositories list --project=" + d.Project}}
	if len(similar) > 0 {
		p.Detail = "its remote repositories are " + strings.Join(similar[:min(len(similar), 8)], ", ")
		if more := len(similar) - 8; more > 0 {
			p.Detail += fmt.Sprintf(" and %d more", more)
		}
	}
	return Repository{}, p
}

func checkRepository(ctx context.Context, e *Env, d Draft) ([]check.Finding, error) {
	var granted []string
	var untested error
	var r Repository
	var g parallel.Group
	g.Go(func() (err error) { r, err = repositoryOf(ctx, e, d); return err })
	if d.Location != "" {
		g.Go(func() error {
			granted, untested = e.RepositoryPermissions(ctx, RepositoryName{d.Project, d.Location, d.Repository}, neededOnRepository)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, missingRepository(ctx, e, d, err)
	}
	if d.Location == "" {
		granted, untested = e.RepositoryPermissions(ctx, r.Name, neededOnRepository)
	}
	if f := unusable(r); f != nil {
		return []check.Finding{*f}, nil
	}
	fs := []check.Finding{{ID: StepRepository, Level: check.OK, Says: fmt.Sprintf("%s repository of %s", strings.ToLower(r.Format), targetOf(r))}}
	switch {
	case untested != nil:
		fs = append(fs, untestedPermissions("this repository", untested))
	case !slices.Contains(granted, neededOnRepository[0]):
		fs = append(fs, check.Finding{ID: "permissions", Level: check.Block, Says: "you may not change this repository",
			Why: "it needs " + neededOnRepository[0],
			Remedy: &check.Remedy{Says: "an owner can grant it", Command: fmt.Sprintf(
				"gcloud artifacts repositories add-iam-policy-binding %s --project=%s --location=%s --member=user:YOU --role=roles/artifactregistry.admin",
				r.Name.ID, r.Name.Project, r.Name.Location)}})
	}
	return append(fs, aboutUpstream(r)...), nil
}

// neededOnRepository is what changing a repository's credentials needs.
var neededOnRepository = []string{"artifactregistry.repositories.update"}

// missingRepository words the commonest mistakes of a name.
func missingRepository(ctx context.Context, e *Env, d Draft, err error) error {
	if KindOf(err) != NotFound {
		return err
	}
	p := Explain(err)
	switch {
	case d.Location != "" && unknownLocation(ctx, e, d):
		p = noLocation(d.Location, d.Project)
	case d.Location != "":
		p = &Problem{Title: fmt.Sprintf("There is no repository %s in the location %s of %s", d.Repository, d.Location, d.Project), Kind: NotFound,
			Hints: []string{"gcloud artifacts repositories list --project=" + d.Project}}
	}
	return p
}

// noLocation is the problem of a location that does not exist.
func noLocation(location, project string) *Problem {
	return &Problem{Title: "Artifact Registry has no location " + location, Kind: NotFound,
		Hints: []string{"gcloud artifacts locations list --project=" + cmp.Or(project, "PROJECT")}}
}

// unknownLocation tells for sure that the draft's location does not exist.
func unknownLocation(ctx context.Context, e *Env, d Draft) bool {
	listed := false
	for batch, err := range e.Repositories(ctx, d.Project) {
		if err != nil || batch.Location == d.Location {
			return false
		}
		listed = true
	}
	return listed
}

// aboutUpstream says what is noteworthy of a remote repository's upstream.
func aboutUpstream(r Repository) []check.Finding {
	var fs []check.Finding
	if r.SecretVersion != "" {
		fs = append(fs, check.Finding{ID: "credentials", Level: check.Note, Says: "it has credentials: user " + cmp.Or(r.Username, "(none)"),
			Why: "from " + r.SecretVersion})
	}
	return append(fs, upstreamWarnings(r)...)
}

// addressWarnings are what speaks against a remote repository's upstream
// address, whoever signs in there.
func addressWarnings(r Repository) []check.Finding {
	var fs []check.Finding
	if strings.HasPrefix(strings.ToLower(r.URI), "http://") {
		fs = append(fs, check.Finding{ID: "upstream-scheme", Code: check.UpstreamPlainHTTP, Level: check.Warning,
			Says: fmt.Sprintf("The upstream is reached over plain http: %s", r.URI),
			Why:  "The user name and token cross the network unencrypted."})
	}
	if clean.HasLogin(r.URI) {
		fs = append(fs, check.Finding{ID: "upstream-address", Code: check.UpstreamAddressLogin, Level: check.Warning,
			Says: fmt.Sprintf("The upstream address holds a user name or password: %s", r.URI),
			Why:  "Everybody who may list this project's repositories can read it, over https too. Revoke it at the upstream, and create the repository again with an address that holds none."})
	}
	return fs
}

// upstreamWarnings are what speaks against giving this upstream a credential.
func upstreamWarnings(r Repository) []check.Finding {
	fs := addressWarnings(r)
	switch r.Format {
	case "DOCKER", "NPM", "PYTHON", "MAVEN":
	default:
		fs = append(fs, check.Finding{ID: "upstream-format", Level: check.Warning, Says: "Google documents no upstream credentials for the format " + strings.ToLower(r.Format),
			Why: "it may refuse them"})
	}
	return fs
}
