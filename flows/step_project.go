package flows

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/parallel"
)

// projectID is what Resource Manager accepts, with the older ids that start
// with a domain; a number is accepted too.
var projectID = regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$|^[1-9][0-9]{0,18}$`)

// IsProjectID tells whether s has the form of a project's id or number.
func IsProjectID(s string) bool { return projectID.MatchString(s) }

// neededOnProject are the permissions that a setup needs, by the calls that
// need them. A resource may grant them where the project does not.
var neededOnProject = []string{
	"artifactregistry.repositories.get", "artifactregistry.repositories.update",
	"secretmanager.secrets.create", "secretmanager.secrets.get", "secretmanager.versions.add",
	"secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy",
}

// neededFor are the permissions that a flow needs.
func neededFor(flow string) []string {
	change := neededOnProject[:2:2]
	switch flow {
	case "rotate":
		return append(change, "secretmanager.versions.add", "secretmanager.secrets.getIamPolicy", "secretmanager.versions.disable")
	case "remove":
		return append(change, "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy", "secretmanager.versions.disable")
	default:
		return neededOnProject
	}
}

// stepProject picks the project that holds the repository.
func stepProject() Step {
	return Step{
		ID: StepProject, Title: "Project", Flag: "project",
		Why:   "The project that holds the repository. Its number decides which service agent needs access to the token.",
		Ask:   askProject,
		Take:  takeProject,
		Check: checkProject,
		Show:  func(d Draft) string { return d.Project },
	}
}

func askProject(ctx context.Context, e *Env, _ Draft) iter.Seq2[Prompt, error] {
	return func(yield func(Prompt, error) bool) {
		first := Prompt{Kind: Pick, Free: true, Noun: "project id", Proposal: e.Proposed[StepProject].Text}
		listed := 0
		for page, err := range e.Projects(ctx) {
			if err != nil {
				e.unlisted(&first, err, "projects", yield)
				return
			}
			for _, p := range page {
				first.Options = append(first.Options, Option{Value: p.ID, Label: p.ID, Note: p.DisplayName})
			}
			listed += len(page)
			if !yield(first, nil) {
				return
			}
			first = Prompt{Kind: Pick}
		}
		if listed == 0 {
			first.Free, first.Noun = true, "project id"
			first.Empty = &Problem{
				Title:  "You see no project",
				Detail: "Either there is none yet, or you may not list them. A project that you know can be typed all the same.",
				Hints:  []string{"gcloud projects create PROJECT_ID"},
			}
			yield(first, nil)
		}
	}
}

func takeProject(d *Draft, a Answer) error {
	id := strings.TrimPrefix(strings.TrimSpace(a.Text), "projects/")
	if !projectID.MatchString(id) {
		return &Usage{Title: fmt.Sprintf("%q is not a project id", id),
			Detail: "an id has 6 to 30 lower-case letters, digits and hyphens, and starts with a letter; a project's number will do as well"}
	}
	d.Project = id
	return nil
}

func checkProject(ctx context.Context, e *Env, d Draft) ([]check.Finding, error) {
	var (
		project                      Project
		granted                      []string
		on                           map[string]bool
		failed, untested, noServices error
	)
	var g parallel.Group
	g.Go(func() error { project, failed = e.Project(ctx, d.Project); return nil })
	g.Go(func() error {
		granted, untested = e.ProjectPermissions(ctx, d.Project, neededFor(d.Flow))
		return nil
	})
	g.Go(func() error {
		on, noServices = e.Services(ctx, d.Project, ArtifactRegistryAPI, SecretManagerAPI)
		return nil
	})
	_ = g.Wait()
	fs, err := aboutProject(d, project, failed)
	if err != nil || check.Worst(fs) == check.Block {
		return fs, err
	}
	if noServices == nil {
		fs = append(fs, aboutServices(d.Project, on)...)
	} else {
		fs = append(fs, check.Finding{ID: "apis", Level: check.Note, Says: "whether the APIs are on " + NotLookedAt, Why: Explain(noServices).Error()})
	}
	if untested != nil {
		return append(fs, untestedPermissions("the project", untested)), nil
	}
	return append(fs, aboutPermissions(d.Project, neededFor(d.Flow), granted)...), nil
}

// untestedPermissions is what is known where Google did not say which
// permissions the caller has: not that they are missing.
func untestedPermissions(on string, err error) check.Finding {
	return check.Finding{ID: "permissions", Level: check.Warning, Says: "your permissions on " + on + " " + NotLookedAt, Why: Explain(err).Error()}
}

func aboutProject(d Draft, p Project, err error) ([]check.Finding, error) {
	switch KindOf(err) {
	case "":
	case PermissionDenied, NotFound:
		if number(d.Project) {
			return []check.Finding{{ID: StepProject, Level: check.Warning, Says: "the project " + d.Project + " cannot be looked at",
				Why: "its number is known all the same, and that is what counts"}}, nil
		}
		return []check.Finding{{ID: StepProject, Level: check.Block, Says: "there is no project " + d.Project + ", or you may not see it",
			Why: "without it the service agent's address, which is made of the project's number, is not known",
			Remedy: &check.Remedy{Says: "check the id, or give the project's number instead of its id",
				Command: "gcloud projects list"}}}, nil
	default:
		return nil, err
	}
	if !p.Active {
		return []check.Finding{{ID: StepProject, Level: check.Block, Says: "the project " + p.ID + " is about to be deleted",
			Remedy: &check.Remedy{Command: "gcloud projects undelete " + p.ID}}}, nil
	}
	return []check.Finding{{ID: StepProject, Level: check.OK, Says: fmt.Sprintf("project %s has the number %s", p.ID, p.Number)}}, nil
}

func number(id string) bool { return id != "" && strings.Trim(id, "0123456789") == "" }

func aboutServices(project string, on map[string]bool) []check.Finding {
	var off []string
	for _, name := range []string{ArtifactRegistryAPI, SecretManagerAPI} {
		if !on[name] {
			off = append(off, name)
		}
	}
	if len(off) == 0 {
		return []check.Finding{{ID: "apis", Level: check.OK, Says: "the APIs of Artifact Registry and Secret Manager are on"}}
	}
	f := check.Finding{ID: "apis", Level: check.Warning, Says: "off in this project: " + strings.Join(off, ", "),
		Why:    "the plan will turn it on",
		Remedy: &check.Remedy{Action: ActEnableAPIs, Command: "gcloud services enable " + strings.Join(off, " ") + " --project=" + project}}
	if !on[ArtifactRegistryAPI] {
		f.Level, f.Why = check.Block, "without Artifact Registry's API there is no repository to set up"
		f.Remedy.Action = ""
	}
	return []check.Finding{f}
}

func aboutPermissions(project string, needed, granted []string) []check.Finding {
	var missing []string
	for _, p := range needed {
		if !slices.Contains(granted, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return []check.Finding{{ID: "permissions", Level: check.OK, Says: "you have all permissions that this needs"}}
	}
	roles := map[string]bool{}
	var commands []string
	for _, p := range missing {
		if role := roleFor(p); role != "" && !roles[role] {
			roles[role] = true
			commands = append(commands, fmt.Sprintf("gcloud projects add-iam-policy-binding %s --member=user:YOU --role=%s", project, role))
		}
	}
	return []check.Finding{{ID: "permissions", Level: check.Warning, Says: "on the project you lack " + strings.Join(missing, ", "),
		Why:    "the repository or the secret may still grant it to you",
		Remedy: &check.Remedy{Says: "an owner can grant it", Command: strings.Join(commands, " && ")}}}
}

// numberOf is the number of the draft's project.
func numberOf(ctx context.Context, e *Env, d Draft) (Project, error) {
	p, err := e.Project(ctx, d.Project)
	if err != nil && number(d.Project) {
		var failed *Error
		if errors.As(err, &failed) && (failed.Kind == PermissionDenied || failed.Kind == NotFound) {
			return Project{ID: d.Project, Number: d.Project, Active: true}, nil
		}
	}
	return p, err
}
