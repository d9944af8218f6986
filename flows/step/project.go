// Package step holds the questions, one a file: what is asked, how an answer is
// read, and what is checked about it while the person looks at it.
package step

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
)

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
		return append(change, "secretmanager.versions.add", "secretmanager.secrets.getIamPolicy",
			"secretmanager.versions.disable")
	case "remove":
		return append(change, "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy",
			"secretmanager.versions.disable")
	default:
		return neededOnProject
	}
}

// Project picks the project that holds the repository.
func Project() engine.Step {
	return engine.Step{
		ID: engine.StepProject, Title: text.New("Project"), Flag: "project",
		Why:   text.New("Choose the project that has the repository."),
		Ask:   askProject,
		Take:  takeProject,
		Check: checkProject,
		Show:  func(d engine.Draft) text.Text { return text.Verbatim(d.Project) },
	}
}

func askProject(ctx context.Context, e *engine.Env, _ engine.Draft) iter.Seq2[engine.Prompt, error] {
	return func(yield func(engine.Prompt, error) bool) {
		first := engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("project ID"),
			Proposal: e.Proposed[engine.StepProject].Text}
		listed := 0
		for page, err := range e.Projects(ctx) {
			if err != nil {
				e.Unlisted(&first, err, text.New("The projects can't be listed"), yield)
				return
			}
			for _, p := range page {
				first.Options = append(first.Options,
					engine.Option{Value: p.ID, Label: text.Verbatim(p.ID), Note: text.Verbatim(p.DisplayName)})
			}
			listed += len(page)
			if !yield(first, nil) {
				return
			}
			first = engine.Prompt{Kind: engine.Pick}
		}
		if listed == 0 {
			first.Free, first.Noun = true, text.New("project ID")
			first.Empty = &engine.Problem{
				Title:  text.New("No projects found"),
				Detail: text.New("There are none yet, or you may not list them. You can still type a project ID."),
				Hints: []check.Hint{{Says: text.New("Create a project"),
					Command: "gcloud projects create PROJECT_ID"}},
			}
			yield(first, nil)
		}
	}
}

func takeProject(d *engine.Draft, a engine.Answer) error {
	id := strings.TrimPrefix(strings.TrimSpace(a.Text), "projects/")
	if !cloud.ProjectID.MatchString(id) {
		return &engine.Usage{Title: text.New("%q is not a project ID", id),
			Detail: text.New("A project ID has 6 to 30 lower-case letters, digits and hyphens, and starts with a letter. A project number works too.")}
	}
	d.Project = id
	return nil
}

func checkProject(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	var (
		project                      cloud.Project
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
		on, noServices = e.Services(ctx, d.Project, cloud.ArtifactRegistryAPI, cloud.SecretManagerAPI)
		return nil
	})
	_ = g.Wait()
	fs, err := AboutProject(d, project, failed)
	if err != nil || check.Worst(fs) == check.Block {
		return fs, err
	}
	if noServices == nil {
		fs = append(fs, aboutServices(d, on)...)
	} else {
		fs = append(fs, check.Finding{ID: "apis", Code: check.APIsUnchecked, Level: check.Note,
			Says: text.New("It's not known whether the APIs are on"), Why: engine.Explain(noServices).Text()})
	}
	if untested != nil {
		return append(fs, untestedPermissions(untested)), nil
	}
	return append(fs, aboutPermissions(d.Project, neededFor(d.Flow), granted)...), nil
}

// untestedPermissions is the finding where Google didn't say which permissions
// the caller has, which doesn't mean that they are missing.
func untestedPermissions(err error) check.Finding {
	return check.Finding{ID: "permissions", Code: check.PermissionsUnchecked, Level: check.Warning,
		Says: text.New("Your permissions can't be checked"), Why: engine.Explain(err).Text()}
}

// AboutProject reports what is known of the project that was answered, err being
// what Google said instead.
func AboutProject(d engine.Draft, p cloud.Project, err error) ([]check.Finding, error) {
	switch cloud.KindOf(err) {
	case "":
	case cloud.PermissionDenied, cloud.NotFound:
		if cloud.Number(d.Project) {
			return []check.Finding{{ID: engine.StepProject, Code: check.ProjectHidden, Level: check.Warning,
				Says: text.New("You don't have permission to see project %q", d.Project),
				Why:  text.New("Its number is enough to go on")}}, nil
		}
		return []check.Finding{{ID: engine.StepProject, Code: check.ProjectMissing, Level: check.Block,
			Says: text.New("Project %q doesn't exist, or you may not see it", d.Project),
			Why:  text.New("Its number is needed to find Artifact Registry's service agent, the account that reads your secret"),
			Remedy: &check.Hint{Says: text.New("Check the project ID, or give the project number instead"),
				Command: "gcloud projects list"}}}, nil
	default:
		return nil, err
	}
	if !p.Active {
		return []check.Finding{{ID: engine.StepProject, Code: check.ProjectDeleting, Level: check.Block,
			Says: text.New("Project %q is being deleted", p.ID),
			Remedy: &check.Hint{Says: text.New("Restore the project"),
				Command: "gcloud projects undelete " + p.ID}}}, nil
	}
	return []check.Finding{{ID: engine.StepProject, Code: check.ProjectFound, Level: check.OK,
		Says: text.New("Project %q has the number %s", p.ID, p.Number)}}, nil
}

// aboutServices reports which of the APIs that a flow needs are on. Only a setup
// turns on Secret Manager: nothing else has a use for it where it is off.
func aboutServices(d engine.Draft, on map[string]bool) []check.Finding {
	var off []string
	for _, name := range []string{cloud.ArtifactRegistryAPI, cloud.SecretManagerAPI} {
		if !on[name] {
			off = append(off, name)
		}
	}
	if len(off) == 0 {
		return []check.Finding{{ID: "apis", Code: check.APIsOn, Level: check.OK,
			Says: text.New("The APIs of Artifact Registry and Secret Manager are on")}}
	}
	f := check.Finding{ID: "apis", Code: check.APIsOff, Level: check.Warning,
		Remedy: &check.Hint{Command: "gcloud services enable " + strings.Join(off, " ") + " --project=" + d.Project}}
	switch {
	case !on[cloud.ArtifactRegistryAPI]:
		f.Level, f.Says = check.Block, text.New("Artifact Registry is off in %q", d.Project)
		f.Why, f.Remedy.Says = text.New("Without it the project has no repositories"), text.New("Turn on the API")
	case d.Flow == "rotate" || d.Flow == "remove":
		f.Says, f.Remedy.Says = text.New("Secret Manager is off in %q", d.Project), text.New("Turn on the API")
	default:
		f.Says = text.New("Secret Manager is off in %q; this run will turn it on", d.Project)
		f.Remedy.Action = engine.ActEnableAPIs
	}
	return []check.Finding{f}
}

func aboutPermissions(project string, needed, granted []string) []check.Finding {
	missing := lacking(needed, granted)
	if len(missing) == 0 {
		return []check.Finding{{ID: "permissions", Code: check.PermissionsHeld, Level: check.OK,
			Says: text.New("You have every permission this needs")}}
	}
	roles := map[string]bool{}
	var commands []string
	for _, p := range missing {
		if role := engine.RoleFor(p); role != "" && !roles[role] {
			roles[role] = true
			commands = append(commands, fmt.Sprintf("gcloud projects add-iam-policy-binding %s --member=user:YOU --role=%s", project, role))
		}
	}
	return []check.Finding{{ID: "permissions", Code: check.PermissionsMissing, Level: check.Warning,
		Says:   text.New("You don't have %s in project %q", text.Words(missing), project),
		Why:    text.New("The repository or the secret may still grant it"),
		Remedy: &check.Hint{Says: text.New("Ask an owner to grant it"), Command: strings.Join(commands, " && ")}}}
}

// lacking are the permissions that are needed and weren't granted.
func lacking(needed, granted []string) []string {
	return slices.DeleteFunc(slices.Clone(needed), func(p string) bool { return slices.Contains(granted, p) })
}
