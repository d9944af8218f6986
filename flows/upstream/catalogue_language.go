package upstream

import (
	"regexp"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// pypiUser is the user name of every API token, https://pypi.org/help/#apitoken.
const pypiUser = "__token__"

// languageKinds are the public registries of single languages.
var languageKinds = []*Kind{
	{
		ID:    "npmjs",
		Title: "npmjs",
		Match: func(t Target) bool { return t.Preset == "NPMJS" || t.Format == "NPM" && t.on("registry."+"npmjs.org") },
		User: User{
			Help:  text.New("Your npm user name, not your email address."),
			Check: noMail(text.New("npm identifies people by their user name")),
		},
		TokenHelp: text.New("A granular access token, read-only, for the packages and scopes to pull: " +
			"https://www.npmjs.com/settings/~/tokens. It always expires. Leave its list of allowed IP addresses " +
			"empty, because Artifact Registry uses Google's addresses."),
		Shapes: []Shape{
			{Name: text.New("an npm token"), Prefix: "npm_", Whole: regexp.MustCompile(`^npm_[0-9a-zA-Z]{36}$`)},
		},
		Otherwise: text.New("It may be an account password, or an old token, which npm revoked"),
		Trial: Trial{
			Says: text.New("To check the token, upstreamauth asks npm who it belongs to (/-/whoami)."),
			run:  npmTrial{bearerOnly: true}.run,
		},
		CannotProve: text.New("Not checked: if the token allows only certain IP addresses, Google's must be " +
			"among them"),
	},
	{
		ID:    "pypi",
		Title: "PyPI",
		Match: func(t Target) bool {
			return t.Preset == "PYPI" || t.Format == "PYTHON" && t.on("pypi.org", "pypi.io", "pypi.python.org")
		},
		User: User{
			Proposal: pypiUser,
			Help:     text.New("Always __token__ for an API token, with two underscores on each side."),
			Check: func(username string) []check.Finding {
				if username == pypiUser {
					return nil
				}
				says := text.New("%s accepts only the user name %q", "PyPI", pypiUser)
				if strings.Trim(strings.ToLower(username), "_* ") == "token" {
					says = text.New("The user name for PyPI is %q, with two underscores on each side", pypiUser)
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning, Says: says,
					Why:    text.New("PyPI stopped accepting account names and passwords in 2023"),
					Remedy: &check.Hint{Says: text.New("Use %q", pypiUser), Use: &check.Correction{Username: pypiUser}},
				}}
			},
		},
		TokenHelp: text.New("An API token: https://pypi.org/manage/account/token/. It has no read-only scope; " +
			"limit it to one project where you can."),
		Shapes: []Shape{
			{Name: text.New("a TestPyPI token"), Prefix: "pypi-AgENdGVzdC5weXBpLm9yZw", Wrong: text.New("TestPyPI is another registry than PyPI")},
			{Name: text.New("a PyPI token"), Prefix: "pypi-", Whole: regexp.MustCompile(`^pypi-AgEIcHlwaS5vcmc[\w-]{66,}$`)},
		},
		Otherwise: text.New("It may be an account password, which PyPI no longer accepts"),
		Trial: Trial{
			Says: text.New("Everybody can read this index: upstreamauth sends the token only if the index " +
				"rejects a made-up one."),
			run: known(pythonIndex).run,
		},
		CannotProve: text.New("Everybody can read PyPI's index, and PyPI checks a token only on upload"),
	},
	{
		ID:    "maven-central",
		Title: "Maven Central",
		Match: func(t Target) bool {
			return t.Preset == "MAVEN_CENTRAL" || t.Format == "MAVEN" && t.on("repo.maven.apache.org", "repo1.maven.org")
		},
		User: User{
			Help: text.New("Maven Central is public and needs no user name."),
		},
		TokenHelp: text.New("Reading needs no token. A user token from https://central.sonatype.com is for " +
			"publishing."),
		Passwords: true,
		Trial: Trial{
			Says: text.New("Everybody can read Maven Central: upstreamauth sends the token only if a made-up one " +
				"is rejected."),
			run: known(mavenTree).run,
		},
		CannotProve: text.New("Everybody can read Maven Central"),
	},
}
