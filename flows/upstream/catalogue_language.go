package upstream

import (
	"regexp"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// languageKinds are the public registries of single languages.
var languageKinds = []*Kind{
	{
		ID:    "npmjs",
		Title: "npmjs",
		Match: func(t Target) bool { return t.Preset == "NPMJS" || t.Format == "NPM" && t.on("registry."+"npmjs.org") },
		User: User{
			NoProposal: text.New("everybody has an npm user name of their own"),
			Help:       text.New("Your npm user name, not your e-mail address."),
			Check:      noMail(text.New("npm knows people by their user name")),
		},
		TokenHelp: text.New("A granular access token, read-only, for the packages and scopes to be pulled: https://www.npmjs.com/settings/~/tokens. It always expires. Leave its list of allowed IP addresses empty: Artifact Registry asks from addresses of Google's."),
		Shapes: []Shape{
			{Name: text.New("an npm token"), Prefix: "npm_", Whole: regexp.MustCompile(`^npm_[0-9a-zA-Z]{36}$`)},
		},
		Otherwise: text.New("an account password, or a token of a kind that npm has revoked"),
		Trial: Trial{
			Says: text.New("asks npm whose token it is (/-/whoami)"),
			run:  npmTrial{bearerOnly: true}.run,
		},
		CannotProve: text.New("that a token bound to certain IP addresses works from Google's too: the trial comes from this machine"),
	},
	{
		ID:    "pypi",
		Title: "PyPI",
		Match: func(t Target) bool {
			return t.Preset == "PYPI" || t.Format == "PYTHON" && t.on("pypi.org", "pypi.io", "pypi.python.org")
		},
		User: User{
			Proposal: "__token__",
			Help:     text.New("Always __token__ for an API token, with two underscores on each side."),
			Check: func(username string) []check.Finding {
				if username == "__token__" {
					return nil
				}
				says := text.New("PyPI takes no user name but __token__")
				if strings.Trim(strings.ToLower(username), "_* ") == "token" {
					says = text.New("the user name for PyPI is __token__, with two underscores on each side")
				}
				return []check.Finding{{
					ID: "username", Level: check.Warning, Says: says,
					Why:    text.New("PyPI stopped taking account names and passwords in 2023"),
					Remedy: &check.Hint{Says: text.New("use __token__"), Use: &check.Correction{Username: "__token__"}},
				}}
			},
		},
		TokenHelp: text.New("An API token: https://pypi.org/manage/account/token/. It has no read-only scope; choose a single project where you can."),
		Shapes: []Shape{
			{Name: text.New("a token of TestPyPI"), Prefix: "pypi-AgENdGVzdC5weXBpLm9yZw", Wrong: text.New("TestPyPI is another registry than PyPI")},
			{Name: text.New("a PyPI token"), Prefix: "pypi-", Whole: regexp.MustCompile(`^pypi-AgEIcHlwaS5vcmc[\w-]{66,}$`)},
		},
		Otherwise: text.New("an account password, which PyPI no longer takes"),
		Trial: Trial{
			Says: text.New("asks the index without a credential and with a made-up one, and sends it only if these are answered differently"),
			run:  known(pythonIndex).run,
		},
		CannotProve: text.New("a token: PyPI's index lets everybody read, and PyPI looks at a credential only when something is uploaded"),
	},
	{
		ID:    "maven-central",
		Title: "Maven Central",
		Match: func(t Target) bool {
			return t.Preset == "MAVEN_CENTRAL" || t.Format == "MAVEN" && t.on("repo.maven.apache.org", "repo1.maven.org")
		},
		User: User{
			NoProposal: text.New("Maven Central knows no readers by name"),
			Help:       text.New("Maven Central is public and asks nobody's name; it is rarely worth giving one."),
		},
		TokenHelp: text.New("None is needed to read. A user token of https://central.sonatype.com publishes, and gives readers nothing."),
		Passwords: true,
		Trial: Trial{
			Says: text.New("asks for an artifact without a credential and with a made-up one, and sends it only if these are answered differently"),
			run:  known(mavenTree).run,
		},
		CannotProve: text.New("a credential: Maven Central lets everybody read"),
	},
}
