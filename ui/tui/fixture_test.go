package tui

import (
	"context"
	"errors"
	"iter"
	"strings"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
)

// canary is a token that must never be seen.
const canary = "canary_0123456789abcdefWXYZ"

// world is what the steps of the tests know; a test changes what it is about.
type world struct {
	batches  [][]flows.Option // of the project
	empty    *flows.Problem
	fails    error // of the project's list
	findings map[string][]check.Finding
	broken   error // of the project's check
	blocked  *flows.Problem
	planned  error
	actions  []flows.Action
	rows     []flows.Row
	token    token.Secret // what the flow took
}

func newWorld() *world {
	w := &world{
		batches: [][]flows.Option{{
			{Value: "shop-prod", Label: "shop-prod", Note: "Shop, production"},
			{Value: "shop-test", Label: "shop-test", Note: "Shop, test"},
			{Value: "old-shop", Label: "old-shop", Note: "Shop, retired", Off: "it is about to be deleted"},
		}},
		findings: map[string][]check.Finding{
			"project": {{ID: "project", Level: check.OK, Says: "project shop-prod has the number 123456789012"}},
			"token":   {{ID: "upstream", Level: check.OK, Says: "Docker Hub accepts this user name and token", Why: "184 of 200 pulls are left in this six hours"}},
		},
		rows: []flows.Row{
			{Label: "user name", Before: "", After: "ada"},
			{Label: "secret version", Before: "", After: "projects/123456789012/secrets/hub-upstream-token/versions/1"},
			{Label: "upstream", Before: "https://registry-1.docker.io", After: "https://registry-1.docker.io"},
		},
	}
	w.actions = []flows.Action{
		{ID: flows.ActCreateSecret, Says: "create the secret hub-upstream-token", State: flows.Planned,
			Command: "gcloud secrets create hub-upstream-token --project=shop-prod --replication-policy=automatic", Do: does("")},
		{ID: flows.ActGrant, Says: "let the service agent read it", State: flows.Planned, Needs: []string{flows.ActCreateSecret},
			Command: "gcloud secrets add-iam-policy-binding hub-upstream-token --project=shop-prod --member=serviceAccount:service-123456789012@gcp-sa-artifactregistry.iam.gserviceaccount.com --role=roles/secretmanager.secretAccessor", Do: does("")},
		{ID: flows.ActUpdate, Says: "give us-central1/hub the user name and the version", State: flows.Planned, Needs: []string{flows.ActGrant},
			Command: "gcloud artifacts repositories update hub --location=us-central1 --project=shop-prod --remote-username=ada --remote-password-secret-version=projects/123456789012/secrets/hub-upstream-token/versions/1", Do: does("took effect after 12 s")},
		{ID: flows.ActVerify, Says: "pull through the repository", State: flows.Planned, Needs: []string{flows.ActUpdate}, Do: does("library/alpine:latest, 3 layers")},
	}
	return w
}

func does(note string) func(context.Context, *flows.Run) (flows.Outcome, error) {
	return func(context.Context, *flows.Run) (flows.Outcome, error) {
		return flows.Outcome{State: flows.Done, Note: note, Changes: []flows.Change{{Kind: flows.SecretCreated}}}, nil
	}
}

var errForm = &flows.Usage{Title: "a user name has no spaces", Hints: []string{"take them out"}}

// flow is a small setup: a project, a user name, a token.
func (w *world) flow() *flows.Flow {
	prompt := func(p flows.Prompt) func(context.Context, *flows.Env, flows.Draft) iter.Seq2[flows.Prompt, error] {
		return func(context.Context, *flows.Env, flows.Draft) iter.Seq2[flows.Prompt, error] {
			return func(yield func(flows.Prompt, error) bool) { yield(p, nil) }
		}
	}
	found := func(step string) func(context.Context, *flows.Env, flows.Draft) ([]check.Finding, error) {
		return func(context.Context, *flows.Env, flows.Draft) ([]check.Finding, error) {
			if step == "project" && w.broken != nil {
				return nil, w.broken
			}
			return w.findings[step], nil
		}
	}
	return &flows.Flow{
		ID: "setup", Title: "Give a repository its upstream credentials",
		Steps: []flows.Step{
			{ID: "project", Title: "Project", Flag: "project",
				Why: "The project that holds the repository. Its number decides which service agent needs access to the token.",
				Ask: w.projects, Check: found("project"),
				Take: func(d *flows.Draft, a flows.Answer) error { d.Project = a.Text; return nil },
				Show: func(d flows.Draft) string { return d.Project }},
			{ID: "username", Title: "User name", Flag: "username",
				Why: "The user name that the upstream knows.",
				Ask: prompt(flows.Prompt{Kind: flows.Type, Noun: "user name", Help: []string{"For Docker Hub it is your Docker ID, not your e-mail address."}}),
				Take: func(d *flows.Draft, a flows.Answer) error {
					if strings.Contains(a.Text, " ") || a.Text == "" {
						return errForm
					}
					d.Username = a.Text
					return nil
				},
				Check: found("username"),
				Show:  func(d flows.Draft) string { return d.Username }},
			{ID: "token", Title: "Token", Flag: "token-file",
				Why: "The token is tried on the upstream before anything is stored.",
				Ask: prompt(flows.Prompt{Kind: flows.Token, Help: []string{"Make one at https://app.docker.com/settings/personal-access-tokens with read access."}}),
				Take: func(d *flows.Draft, a flows.Answer) error {
					if a.Secret.Empty() {
						return errors.New("no token was given")
					}
					d.Token = a.Secret
					return nil
				},
				Check: func(_ context.Context, _ *flows.Env, d flows.Draft) ([]check.Finding, error) {
					w.token = d.Token
					return w.findings["token"], nil
				},
				Show: func(flows.Draft) string { return "given" }},
		},
		Plan: w.plan,
	}
}

func (w *world) projects(context.Context, *flows.Env, flows.Draft) iter.Seq2[flows.Prompt, error] {
	return func(yield func(flows.Prompt, error) bool) {
		for _, batch := range w.batches {
			if !yield(flows.Prompt{Kind: flows.Pick, Free: true, Noun: "project id", Options: batch}, nil) {
				return
			}
		}
		if w.fails != nil {
			yield(flows.Prompt{}, w.fails)
			return
		}
		if len(w.batches) == 0 {
			yield(flows.Prompt{Kind: flows.Pick, Free: true, Noun: "project id", Empty: w.empty}, nil)
		}
	}
}

func (w *world) plan(_ context.Context, _ *flows.Env, d flows.Draft) (*flows.Plan, error) {
	if w.planned != nil {
		return nil, w.planned
	}
	return &flows.Plan{
		Rows: w.rows, Actions: append([]flows.Action(nil), w.actions...), Blocked: w.blocked,
		About: flows.About{Project: d.Project, ProjectNumber: "123456789012", Username: d.Username, Repository: flows.Repository{
			Name: flows.RepositoryName{Project: d.Project, Location: "us-central1", ID: "hub"}, Format: "DOCKER",
			Mode: "REMOTE_REPOSITORY", Preset: "DOCKER_HUB", RegistryURI: "us-central1-docker.pkg.dev/" + d.Project + "/hub"}},
	}, nil
}

func fails(context.Context, *flows.Run) (flows.Outcome, error) {
	return flows.Outcome{}, &flows.Error{Kind: flows.PermissionDenied, Permission: "artifactregistry.repositories.update",
		Resource: "projects/shop-prod/locations/us-central1/repositories/hub", Op: "update the repository"}
}
