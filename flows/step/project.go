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
		return append(change, "secretmanager.versions.add", "secretmanager.secrets.getIamPolicy", "secretmanager.versions.disable")
	case "remove":
		return append(change, "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy", "secretmanager.versions.disable")
	default:
		return neededOnProject
	}
}

// AskProject picks the project that holds the repository.
func Project() engine.Step {
	return engine.Step{
		ID: engine.StepProject, Title: text.New("Project"), Flag: "project",
		Why:   text.New("The project that holds the repository. Its number decides which service agent needs access to the token."),
		Ask:   askProject,
		Take:  takeProject,
		Check: checkProject,
		Show:  func(d engine.Draft) text.Text { return text.Verbatim(d.Project) },
	}
}

func askProject(ctx context.Context, e *engine.Env, _ engine.Draft) iter.Seq2[engine.Prompt, error] {
	return func(yield func(engine.Prompt, error) bool) {
		first := engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("project id"), Proposal: e.Proposed[engine.StepProject].Text}
		listed := 0
		for page, err := range e.Projects(ctx) {
			if err != nil {
				e.Unlisted(&first, err, text.New("the projects could not be listed"), yield)
				return
			}
			for _, p := range page {
				first.Options = append(first.Options, engine.Option{Value: p.ID, Label: text.Verbatim(p.ID), Note: text.Verbatim(p.DisplayName)})
			}
			listed += len(page)
			if !yield(first, nil) {
				return
			}
			first = engine.Prompt{Kind: engine.Pick}
		}
		if listed == 0 {
			first.Free, first.Noun = true, text.New("project id")
			first.Empty = &engine.Problem{
				Title:  text.New("You see no project"),
				Detail: text.New("Either there is none yet, or you may not list them. A project that you know can be typed all the same."),
				Hints:  []check.Hint{{Command: "gcloud projects create PROJECT_ID"}},
			}
			yield(first, nil)
		}
	}
}

func takeProject(d *engine.Draft, a engine.Answer) error {
	id := strings.TrimPrefix(strings.TrimSpace(a.Text), "projects/")
	if !cloud.ProjectID.MatchString(id) {
		return &engine.Usage{Title: text.New("%q is not a project id", id),
			Detail: text.New("an id has 6 to 30 lower-case letters, digits and hyphens, and starts with a letter; a project's number will do as well")}
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
		fs = append(fs, aboutServices(d.Project, on)...)
	} else {
		fs = append(fs, check.Finding{ID: "apis", Level: check.Note, Says: text.New("whether the APIs are on %s", engine.NotLookedAt), Why: engine.Explain(noServices).Text()})
	}
	if untested != nil {
		return append(fs, untestedPermissions("the project", untested)), nil
	}
	return append(fs, aboutPermissions(d.Project, neededFor(d.Flow), granted)...), nil
}

// untestedPermissions is what is known where Google did not say which
// permissions the caller has: not that they are missing.
func untestedPermissions(on string, err error) check.Finding {
	return check.Finding{ID: "permissions", Level: check.Warning, Says: text.New("your permissions on %s %s", on, engine.NotLookedAt), Why: engine.Explain(err).Text()}
}

func AboutProject(d engine.Draft, p cloud.Project, err error) ([]check.Finding, error) {
	switch cloud.KindOf(err) {
	case "":
	case cloud.PermissionDenied, cloud.NotFound:
		if cloud.Number(d.Project) {
			return []check.Finding{{ID: engine.StepProject, Level: check.Warning, Says: text.New("the project %s cannot be looked at", d.Project),
				Why: text.New("its number is known all the same, and that is what counts")}}, nil
		}
		return []check.Finding{{ID: engine.StepProject, Level: check.Block, Says: text.New("there is no project %s, or you may not see it", d.Project),
			Why: text.New("without it the service agent's address, which is made of the project's number, is not known"),
			Remedy: &check.Hint{Says: text.New("check the id, or give the project's number instead of its id"),
				Command: "gcloud projects list"}}}, nil
	default:
		return nil, err
	}
	if !p.Active {
		return []check.Finding{{ID: engine.StepProject, Level: check.Block, Says: text.New("the project %s is about to be deleted", p.ID),
			Remedy: &check.Hint{Command: "gcloud projects undelete " + p.ID}}}, nil
	}
	return []check.Finding{{ID: engine.StepProject, Level: check.OK, Says: text.New("project %s has the number %s", p.ID, p.Number)}}, nil
}

func aboutServices(project string, on map[string]bool) []check.Finding {
	var off []string
	for _, name := range []string{cloud.ArtifactRegistryAPI, cloud.SecretManagerAPI} {
		if !on[name] {
			off = append(off, name)
		}
	}
	if len(off) == 0 {
		return []check.Finding{{ID: "apis", Level: check.OK, Says: text.New("the APIs of Artifact Registry and Secret Manager are on")}}
	}
	f := check.Finding{ID: "apis", Level: check.Warning, Says: text.New("off in this project: %s", strings.Join(off, ", ")),
		Why:    text.New("the plan will turn it on"),
		Remedy: &check.Hint{Action: engine.ActEnableAPIs, Command: "gcloud services enable " + strings.Join(off, " ") + " --project=" + project}}
	if !on[cloud.ArtifactRegistryAPI] {
		f.Level, f.Why = check.Block, text.New("without Artifact Registry's API there is no repository to set up")
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
		return []check.Finding{{ID: "permissions", Level: check.OK, Says: text.New("you have all permissions that this needs")}}
	}
	roles := map[string]bool{}
	var commands []string
	for _, p := range missing {
		if role := engine.RoleFor(p); role != "" && !roles[role] {
			roles[role] = true
			commands = append(commands, fmt.Sprintf("gcloud projects add-iam-policy-binding %s --member=user:YOU --role=%s", project, role))
		}
	}
	return []check.Finding{{ID: "permissions", Level: check.Warning, Says: text.New("on the project you lack %s", strings.Join(missing, ", ")),
		Why:    text.New("the repository or the secret may still grant it to you"),
		Remedy: &check.Hint{Says: text.New("an owner can grant it"), Command: strings.Join(commands, " && ")}}}
}
