package upstream

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// vendorKinds serve several formats from one place, with one sort of token.
var vendorKinds = []*Kind{
	{
		ID:    "google",
		Title: "Artifact Registry",
		Match: func(t Target) bool {
			return strings.HasPrefix(t.URI, "projects/") || t.on(".pkg.dev")
		},
		User: User{
			NoProposal: text.New("no user name is used"),
			Help:       text.New("None: Artifact Registry reads from another of its repositories as its own service agent."),
		},
		TokenHelp: text.New("None is needed: give this repository's service agent the role Artifact Registry Reader on the upstream repository."),
		Shapes: []Shape{
			{Name: text.New("a Google access token"), Prefix: "ya29.", Lives: time.Hour},
			{Name: text.New("a Google API key"), Prefix: "AIza", Whole: regexp.MustCompile(`^AIza[\w-]{35}$`), Wrong: text.New("an API key names a project and signs nobody in")},
		},
		Trial: Trial{
			Says: text.New("is not tried: there is nothing to try"),
			run:  passwordless,
		},
		CannotProve:  text.New("anything: Artifact Registry reads from itself by IAM, not by a password"),
		PasswordLess: text.New("Artifact Registry reads from another of its repositories by IAM: the service agent needs the role Artifact Registry Reader there, and no password is used"),
	},
	{
		ID:    "github",
		Title: "GitHub Packages",
		Match: func(t Target) bool {
			return t.on("ghcr.io", "npm.pkg.github.com", "maven.pkg.github.com", "docker.pkg.github.com")
		},
		User: User{
			NoProposal: text.New("everybody has a GitHub user name of their own"),
			Help:       text.New("Your GitHub user name, not your e-mail address."),
			Check:      noMail(text.New("GitHub knows people by their user name")),
		},
		TokenHelp:  text.New("A personal access token (classic) with the scope read:packages: https://github.com/settings/tokens/new?scopes=read:packages. Where the organisation uses single sign-on, authorise the token for it."),
		Shapes:     gitHubShapes,
		Otherwise:  text.New("an account password, which GitHub takes nowhere but in its own sign-in page, or a token of a kind that GitHub stopped making in 2021"),
		Companions: []string{"api.github.com"},
		Trial: Trial{
			Says: text.New("asks GitHub's interface api.github.com whose token it is and whether its scopes hold read:packages"),
			run:  tryGitHub,
		},
		CannotProve: text.New("that single sign-on has been authorised, or a token without a list of scopes: ghcr.io gives a token to anybody, and says no only when an image is pulled"),
	},
	{
		ID:    "gitlab",
		Title: "GitLab",
		Match: func(t Target) bool {
			return t.on("gitlab.com", ".gitlab.com") || t.named("gitlab") || strings.Contains(t.path(), "/api/v4/")
		},
		User: User{
			NoProposal: text.New("it depends on whose token it is"),
			Help:       text.New("Your user name for a personal token, gitlab+deploy-token-N for a deploy token (it is shown next to it), anything for a group's or project's token."),
			Check: func(username string) []check.Finding {
				if username == "gitlab-ci-token" {
					return []check.Finding{{
						ID: "username", Level: check.Warning,
						Says: text.New("the token of a CI job stops working when its job ends"),
						Why:  text.New("make a deploy token with read_registry for something that lasts"),
					}}
				}
				return noMail(text.New("GitLab knows people by their user name"))(username)
			},
		},
		TokenHelp: text.New("A deploy token (Settings, Repository, Deploy tokens) with read_registry for images, or read_package_registry for packages; or a personal token with the same scope, or read_api for packages."),
		Shapes: []Shape{
			{Name: text.New("a GitLab access token"), Prefix: "glpat-", Whole: regexp.MustCompile(`^glpat-([\w-]{20}|[\w-]{27,}\.[0-9a-z.]+)$`)},
			{Name: text.New("a GitLab deploy token"), Prefix: "gldt-", Whole: regexp.MustCompile(`^gldt-[\w-]{20,}(\.[0-9a-z.]+)?$`)},
			{Name: text.New("a GitLab CI job token"), Prefix: "glcbt-", Until: text.New("when its job ends")},
		},
		Passwords:  true,
		Companions: []string{"gitlab.com"},
		Trial: Trial{
			Says: text.New("asks GitLab's token realm /jwt/auth, or for packages the registry itself, with it and with a made-up credential"),
			run:  tryProtocol,
		},
		CannotProve: text.New("a public project's packages, which everybody may read, or a self-hosted GitLab whose registry and realm have different host names, until that host is confirmed"),
	},
	{
		ID:      "jfrog",
		Title:   "JFrog Artifactory",
		Folders: true,
		Match: func(t Target) bool {
			return t.on(".jfrog.io") || t.named("artifactory") || t.named("jfrog") || strings.HasPrefix(t.path(), "/artifactory/")
		},
		User: User{
			NoProposal: text.New("it must be the user that the token was made for"),
			Help:       text.New("The user that the token belongs to; Artifactory refuses the token with any other name."),
		},
		TokenHelp: text.New("In your profile choose Generate an Identity Token, or have an administrator make a scoped access token with Read on the repository."),
		Shapes: []Shape{
			{Name: text.New("a JFrog access token"), Prefix: "eyJ", Common: true},
			{Name: text.New("a JFrog reference token"), Prefix: "cmVmd", Whole: regexp.MustCompile(`^cmVmd[A-Za-z0-9]{59}$`)},
			{Name: text.New("a JFrog API key"), Prefix: "AKCp", Whole: regexp.MustCompile(`^AKCp[A-Za-z0-9]{69}$`), Wrong: text.New("JFrog ended API keys at the end of 2024: make an identity token")},
		},
		Passwords: true,
		Trial: Trial{
			Says: text.New("asks the repository with it, without it, and with a made-up credential, and compares the answers"),
			run:  tryProtocol,
		},
		CannotProve: text.New("a repository that anonymous users may read and whose server ignores wrong credentials"),
	},
	{
		ID:      "nexus",
		Title:   "Sonatype Nexus",
		Folders: true,
		Match:   func(t Target) bool { return t.named("nexus") || strings.HasPrefix(t.path(), "/repository/") },
		User: User{
			NoProposal: text.New("it is a user of that server, or the first part of a user token"),
			Help:       text.New("A user of that Nexus, or the name code of a user token."),
		},
		TokenHelp: text.New("A user token (your profile, User Token, Access user token): its name code is the user name, its pass code the token. Or a user with nx-repository-view-FORMAT-NAME-read."),
		Passwords: true,
		Trial: Trial{
			Says: text.New("asks the repository with it, without it, and with a made-up credential, and compares the answers"),
			run:  tryProtocol,
		},
		CannotProve: text.New("a repository that anonymous users may read and whose server ignores wrong credentials"),
	},
}

// gitHubShapes are the tokens of github.com and of GitHub Enterprise.
var gitHubShapes = []Shape{
	{Name: text.New("a GitHub token (classic)"), Prefix: "ghp_", Whole: regexp.MustCompile(`^ghp_[0-9a-zA-Z]{36}$`)},
	{Name: text.New("a fine-grained GitHub token"), Prefix: "github_pat_", Whole: regexp.MustCompile(`^github_pat_\w{82}$`),
		Wrong: text.New("GitHub Packages does not support fine-grained tokens (docker/login-action#331): make a classic one with read:packages")},
	{Name: text.New("a GitHub token of a signed-in application"), Prefix: "gho_", Wrong: text.New("it belongs to an application's sign-in, as of the gh tool, and ends with it: make a classic token with read:packages")},
	{Name: text.New("a GitHub App's user token"), Prefix: "ghu_", Lives: 8 * time.Hour},
	{Name: text.New("a GitHub Actions or App installation token"), Prefix: "ghs_", Lives: time.Hour},
	{Name: text.New("a GitHub refresh token"), Prefix: "ghr_", Wrong: text.New("a refresh token only fetches other tokens")},
}

// gitHubReads are the scopes of a classic token that let it read packages,
// https://docs.github.com/packages/learn-github-packages/about-permissions-for-github-packages.
func gitHubReads(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return s == "read:packages" || s == "write:packages" })
}
