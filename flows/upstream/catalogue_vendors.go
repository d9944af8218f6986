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
			Help: text.New("None: Artifact Registry reads its other repositories as its own service agent."),
		},
		TokenHelp: text.New("No token is needed: grant this repository's service agent the role Artifact " +
			"Registry Reader on the upstream repository."),
		Shapes: []Shape{
			{Name: text.New("a Google access token"), Prefix: "ya29.", Lives: time.Hour},
			{Name: text.New("a Google API key"), Prefix: "AIza", Whole: regexp.MustCompile(`^AIza[\w-]{35}$`), Wrong: text.New("An API key identifies a project and can't sign anybody in")},
		},
		Trial: Trial{
			Says: text.New("There is no token to check."),
			run:  passwordless,
		},
		PasswordLess: text.New("Artifact Registry reads another of its repositories without a password: grant " +
			"its service agent the role Artifact Registry Reader there"),
	},
	{
		ID:    "github",
		Title: "GitHub Packages",
		Match: func(t Target) bool {
			return t.on("ghcr.io", "npm.pkg.github.com", "maven.pkg.github.com", "docker.pkg.github.com")
		},
		User: User{
			Help:  text.New("Your GitHub user name, not your email address."),
			Check: noMail(text.New("GitHub identifies people by their user name")),
		},
		TokenHelp: text.New("A personal access token (classic) with the scope read:packages: " +
			"https://github.com/settings/tokens/new?scopes=read:packages. If the organization uses single " +
			"sign-on, authorize the token for it."),
		Shapes: gitHubShapes,
		Otherwise: text.New("It may be an account password, which GitHub accepts only on its sign-in page, or a " +
			"token from before 2021"),
		Companions: []string{"api.github.com"},
		Trial: Trial{
			Says: text.New("To check the token, upstreamauth asks api.github.com who it belongs to and whether " +
				"it has the scope read:packages."),
			run: tryGitHub,
		},
	},
	{
		ID:    "gitlab",
		Title: "GitLab",
		Match: func(t Target) bool {
			return t.on("gitlab.com", ".gitlab.com") || t.named("gitlab") || strings.Contains(t.path(), "/api/v4/")
		},
		User: User{
			Help: text.New("Your user name for a personal token, gitlab+deploy-token-N for a deploy token " +
				"(GitLab shows it with the token), any name for a group or project token."),
			Check: func(username string) []check.Finding {
				if username == "gitlab-ci-token" {
					return []check.Finding{{
						ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
						Says: text.New("A CI job's token stops working when the job ends"),
						Why:  text.New("Create a deploy token with read_registry instead"),
					}}
				}
				return noMail(text.New("GitLab identifies people by their user name"))(username)
			},
		},
		TokenHelp: text.New("A deploy token (Settings, Repository, Deploy tokens) with read_registry for images " +
			"or read_package_registry for packages; or a personal token with the same scope, or read_api for " +
			"packages."),
		Shapes: []Shape{
			{Name: text.New("a GitLab access token"), Prefix: "glpat-", Whole: regexp.MustCompile(`^glpat-([\w-]{20}|[\w-]{27,}\.[0-9a-z.]+)$`)},
			{Name: text.New("a GitLab deploy token"), Prefix: "gldt-", Whole: regexp.MustCompile(`^gldt-[\w-]{20,}(\.[0-9a-z.]+)?$`)},
			{Name: text.New("a GitLab CI job token"), Prefix: "glcbt-", Until: text.New("It stops working when " +
				"its job ends")},
		},
		Passwords:  true,
		Companions: []string{"gitlab.com"},
		Trial:      byProtocol,
	},
	{
		ID:      "jfrog",
		Title:   "JFrog Artifactory",
		Folders: true,
		Match: func(t Target) bool {
			return t.on(".jfrog.io") || t.named("artifactory") || t.named("jfrog") || strings.HasPrefix(t.path(), "/artifactory/")
		},
		User: User{
			Help: text.New("The user that the token belongs to. Artifactory rejects the token with any other name."),
		},
		TokenHelp: text.New("In your profile, choose Generate an Identity Token, or ask an administrator for a " +
			"scoped access token with Read on the repository."),
		Shapes: []Shape{
			{Name: text.New("a JFrog access token"), Prefix: "eyJ", Common: true},
			{Name: text.New("a JFrog reference token"), Prefix: "cmVmd", Whole: regexp.MustCompile(`^cmVmd[A-Za-z0-9]{59}$`)},
			{Name: text.New("a JFrog API key"), Prefix: "AKCp", Whole: regexp.MustCompile(`^AKCp[A-Za-z0-9]{69}$`), Wrong: text.New("JFrog ended API keys at the end of 2024: create an identity token")},
		},
		Passwords: true,
		Trial:     byProtocol,
	},
	{
		ID:      "nexus",
		Title:   "Sonatype Nexus",
		Folders: true,
		Match:   func(t Target) bool { return t.named("nexus") || strings.HasPrefix(t.path(), "/repository/") },
		User: User{
			Help: text.New("A user of that Nexus, or the name code of a user token."),
		},
		TokenHelp: text.New("A user token (your profile, User Token, Access user token): its name code is the " +
			"user name, its pass code the token. Or a user with nx-repository-view-FORMAT-NAME-read."),
		Passwords: true,
		Trial:     byProtocol,
	},
}

// gitHubShapes are the tokens of github.com and of GitHub Enterprise.
var gitHubShapes = []Shape{
	{Name: text.New("a GitHub token (classic)"), Prefix: "ghp_", Whole: regexp.MustCompile(`^ghp_[0-9a-zA-Z]{36}$`)},
	{Name: text.New("a fine-grained GitHub token"), Prefix: "github_pat_", Whole: regexp.MustCompile(`^github_pat_\w{82}$`),
		Wrong: text.New("GitHub Packages doesn't accept fine-grained tokens (docker/login-action#331): create a " +
			"classic one with read:packages")},
	{Name: text.New("a GitHub token of an app that you signed in to"), Prefix: "gho_", Wrong: text.New("It stops " +
		"working when you sign out of the app, such as gh: create a classic token with read:packages")},
	{Name: text.New("a GitHub App's user token"), Prefix: "ghu_", Lives: 8 * time.Hour},
	{Name: text.New("a GitHub Actions or App installation token"), Prefix: "ghs_", Lives: time.Hour},
	{Name: text.New("a GitHub refresh token"), Prefix: "ghr_", Wrong: text.New("A refresh token only gets other " +
		"tokens")},
}

// gitHubReads are the scopes of a classic token that let it read packages,
// https://docs.github.com/packages/learn-github-packages/about-permissions-for-github-packages.
func gitHubReads(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return s == "read:packages" || s == "write:packages" })
}
