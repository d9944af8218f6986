package upstream

import "example.com/upstreamauth/flows/text"

// otherKinds are the fallbacks: any other host, format by format. The last one
// matches everything.
var otherKinds = []*Kind{
	other("docker", "DOCKER", "another container registry",
		text.New("Ask who runs the registry for a token that may pull, and nothing else."),
		Trial{text.New("asks the registry how it wants to be asked (/v2/), and then with it and with a made-up credential"), dockerTrial{}.run},
		text.New("a registry that asks nobody for credentials, or gives a token to everybody unless a repository is named")),
	other("npm", "NPM", "another npm registry",
		text.New("Ask who runs the registry for a token that may read, and nothing else."),
		Trial{text.New("asks the registry whose token it is (/-/whoami), or else for a package with and without it"), npmTrial{}.run},
		text.New("a registry that does not say whose a token is and answers everybody alike")),
	other("python", "PYTHON", "another Python index",
		text.New("Ask who runs the index for a token that may read, and nothing else."),
		Trial{text.New("asks the simple index with it, without it, and with a made-up credential, and compares the answers"), fileTrial(pythonIndex).run},
		text.New("an index that answers everybody alike")),
	other("maven", "MAVEN", "another Maven repository",
		text.New("Ask who runs the repository for a token that may read, and nothing else."),
		Trial{text.New("asks for an artifact with it, without it, and with a made-up credential, and compares the answers"), fileTrial(mavenTree).run},
		text.New("a repository that answers everybody alike")),
	other("apt", "APT", "another apt repository",
		text.New("Ask who runs the repository for a token that may read. Whether Artifact Registry uses it for apt is not documented."),
		Trial{text.New("asks for a release file with it, without it, and with a made-up credential, and compares the answers"), fileTrial(aptArchive).run},
		text.New("a repository that answers everybody alike")),
	other("yum", "YUM", "another yum repository",
		text.New("Ask who runs the repository for a token that may read. Whether Artifact Registry uses it for yum is not documented."),
		Trial{text.New("asks for repodata/repomd.xml with it, without it, and with a made-up credential, and compares the answers"), fileTrial(yumTree).run},
		text.New("a repository that answers everybody alike")),
	other("any", "", "another host",
		text.New("Ask who runs the upstream for a token that may read, and nothing else."),
		Trial{text.New("asks the upstream with it, without it, and with a made-up credential, and compares the answers"), fileTrial(anyFolder).run},
		text.New("an upstream that answers everybody alike")),
}

// other is the entry for any host of a format; an empty format is any.
func other(id string, format string, title string, help text.Text, trial Trial, cannot text.Text) *Kind {
	return &Kind{
		ID:    id,
		Title: title,
		Match: func(t Target) bool { return format == "" || t.Format == format },
		User: User{
			NoProposal: text.New("nothing is known of this host's names"),
			Help:       text.New("The user name that goes with the token. Many registries take any name with a token; ask who runs it."),
		},
		TokenHelp:   help,
		Passwords:   true,
		Trial:       trial,
		CannotProve: cannot,
		fallback:    true,
	}
}
