package tui

import (
	"context"
	"errors"
	"iter"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// canary is a token that must never be seen.
const canary = "canary_0123456789abcdefWXYZ"

// world is what the steps of the tests know; a test changes what it is about.
type world struct {
	batches  [][]engine.Option // of the project
	empty    *engine.Problem
	fails    error // of the project's list
	findings map[string][]check.Finding
	broken   error // of the project's check
	blocked  *engine.Problem
	planned  error
	actions  []engine.Action
	rows     []engine.Row
	token    token.Secret // what the flow took
}

func newWorld() *world {
	w := &world{
		batches: [][]engine.Option{{
			{Value: "shop-prod", Label: text.New("shop-prod"), Note: text.New("Shop, production")},
			{Value: "shop-test", Label: text.New("shop-test"), Note: text.New("Shop, test")},
			{Value: "old-shop", Label: text.New("old-shop"), Note: text.New("Shop, retired"), Off: text.New("it is about to be deleted")},
		}},
		findings: map[string][]check.Finding{
			"project": {{ID: "project", Level: check.OK, Says: text.New("project shop-prod has the number 123456789012")}},
			"token":   {{ID: "upstream", Level: check.OK, Says: text.New("Docker Hub accepts this user name and token"), Why: text.New("184 of 200 pulls are left in this six hours")}},
		},
		rows: []engine.Row{
			{Label: text.New("user name"), Before: text.Text{}, After: text.New("ada")},
			{Label: text.New("secret version"), Before: text.Text{}, After: text.New("projects/123456789012/secrets/hub-upstream-token/versions/1")},
			{Label: text.New("upstream"), Before: text.New("https://registry-1.docker.io"), After: text.New("https://registry-1.docker.io")},
		},
	}
	w.actions = []engine.Action{
		{ID: engine.ActCreateSecret, Says: text.New("create the secret hub-upstream-token"), State: engine.Planned,
			Command: "gcloud secrets create hub-upstream-token --project=shop-prod --replication-policy=automatic", Do: does("")},
		{ID: engine.ActGrant, Says: text.New("let the service agent read it"), State: engine.Planned, Needs: []string{engine.ActCreateSecret},
			Command: "gcloud secrets add-iam-policy-binding hub-upstream-token --project=shop-prod --member=serviceAccount:service-123456789012@gcp-sa-artifactregistry.iam.gserviceaccount.com --role=roles/secretmanager.secretAccessor", Do: does("")},
		{ID: engine.ActUpdate, Says: text.New("give us-central1/hub the user name and the version"), State: engine.Planned, Needs: []string{engine.ActGrant},
			Command: "gcloud artifacts repositories update hub --location=us-central1 --project=shop-prod --remote-username=ada --remote-password-secret-version=projects/123456789012/secrets/hub-upstream-token/versions/1", Do: does("took effect after 12 s")},
		{ID: engine.ActVerify, Says: text.New("pull through the repository"), State: engine.Planned, Needs: []string{engine.ActUpdate}, Do: does("library/alpine:latest, 3 layers")},
	}
	return w
}

func does(note string) func(context.Context, *engine.Run) (engine.Outcome, error) {
	return func(context.Context, *engine.Run) (engine.Outcome, error) {
		return engine.Outcome{State: engine.Done, Note: text.Verbatim(note), Changes: []engine.Change{{Kind: engine.SecretCreated}}}, nil
	}
}

var errForm = &engine.Usage{Title: text.New("a user name has no spaces"), Hints: []check.Hint{{Says: text.New("take them out")}}}

// flow is a small setup: a project, a user name, a token.
func (w *world) flow() *engine.Flow {
	prompt := func(p engine.Prompt) func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
		return func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) { yield(p, nil) }
		}
	}
	found := func(step string) func(context.Context, *engine.Env, engine.Draft) ([]check.Finding, error) {
		return func(context.Context, *engine.Env, engine.Draft) ([]check.Finding, error) {
			if step == "project" && w.broken != nil {
				return nil, w.broken
			}
			return w.findings[step], nil
		}
	}
	return &engine.Flow{
		ID: "setup", Title: text.New("Give a repository its upstream credentials"),
		Steps: []engine.Step{
			{ID: "project", Title: text.New("Project"), Flag: "project",
				Why: text.New("The project that holds the repository. Its number decides which service agent needs access to the token."),
				Ask: w.projects, Check: found("project"),
				Take: func(d *engine.Draft, a engine.Answer) error { d.Project = a.Text; return nil },
				Show: func(d engine.Draft) text.Text { return text.Verbatim(d.Project) }},
			{ID: "username", Title: text.New("User name"), Flag: "username",
				Why: text.New("The user name that the upstream knows."),
				Ask: prompt(engine.Prompt{Kind: engine.Type, Noun: text.New("user name"), Help: []text.Text{text.New("For Docker Hub it is your Docker ID, not your e-mail address.")}}),
				Take: func(d *engine.Draft, a engine.Answer) error {
					if strings.Contains(a.Text, " ") || a.Text == "" {
						return errForm
					}
					d.Username = a.Text
					return nil
				},
				Check: found("username"),
				Show:  func(d engine.Draft) text.Text { return text.Verbatim(d.Username) }},
			{ID: "token", Title: text.New("Token"), Flag: "token-file",
				Why: text.New("The token is tried on the upstream before anything is stored."),
				Ask: prompt(engine.Prompt{Kind: engine.Token, Help: []text.Text{text.New("Make one at https://app.docker.com/settings/personal-access-tokens with read access.")}}),
				Take: func(d *engine.Draft, a engine.Answer) error {
					if a.Secret.Empty() {
						return errors.New("no token was given")
					}
					d.Token = a.Secret
					return nil
				},
				Check: func(_ context.Context, _ *engine.Env, d engine.Draft) ([]check.Finding, error) {
					w.token = d.Token
					return w.findings["token"], nil
				},
				Show: func(engine.Draft) text.Text { return text.New("given") }},
		},
		Plan: w.plan,
	}
}

func (w *world) projects(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
	return func(yield func(engine.Prompt, error) bool) {
		for _, batch := range w.batches {
			if !yield(engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("project id"), Options: batch}, nil) {
				return
			}
		}
		if w.fails != nil {
			yield(engine.Prompt{}, w.fails)
			return
		}
		if len(w.batches) == 0 {
			yield(engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("project id"), Empty: w.empty}, nil)
		}
	}
}

func (w *world) plan(_ context.Context, _ *engine.Env, d engine.Draft) (*engine.Plan, error) {
	if w.planned != nil {
		return nil, w.planned
	}
	return &engine.Plan{
		Rows: w.rows, Actions: append([]engine.Action(nil), w.actions...), Blocked: w.blocked,
		About: engine.About{Project: d.Project, ProjectNumber: "123456789012", Username: d.Username, Repository: cloud.Repository{
			Name: cloud.RepositoryName{Project: d.Project, Location: "us-central1", ID: "hub"}, Format: "DOCKER",
			Mode: "REMOTE_REPOSITORY", Preset: "DOCKER_HUB", RegistryURI: "us-central1-docker.pkg.dev/" + d.Project + "/hub"}},
	}, nil
}

func fails(context.Context, *engine.Run) (engine.Outcome, error) {
	return engine.Outcome{}, &cloud.Error{Kind: cloud.PermissionDenied, Permission: "artifactregistry.repositories.update",
		Resource: "projects/shop-prod/locations/us-central1/repositories/hub", Op: "update the repository"}
}
