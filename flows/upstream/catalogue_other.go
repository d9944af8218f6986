package upstream

import "example.com/upstreamauth/flows/text"

// otherKinds are the fallbacks: any other host, format by format. The last one
// matches everything.
var otherKinds = []*Kind{
	other("docker", "DOCKER", "Container registry",
		text.New("Ask the operator of the registry for a token that may pull, and nothing else."),
		byRegistry),
	other("npm", "NPM", "npm registry",
		text.New("Ask the operator of the registry for a token that may read, and nothing else."),
		Trial{compared, npmTrial{}.run}),
	other("python", "PYTHON", "Python index",
		text.New("Ask the operator of the index for a token that may read, and nothing else."),
		Trial{compared, fileTrial(pythonIndex).run}),
	other("maven", "MAVEN", "Maven repository",
		text.New("Ask the operator of the repository for a token that may read, and nothing else."),
		Trial{compared, fileTrial(mavenTree).run}),
	other("apt", "APT", "apt repository",
		text.New("Ask the operator of the repository for a token that may read. Google doesn't document whether "+
			"Artifact Registry uses it for apt."),
		Trial{compared, fileTrial(aptArchive).run}),
	other("yum", "YUM", "yum repository",
		text.New("Ask the operator of the repository for a token that may read. Google doesn't document whether "+
			"Artifact Registry uses it for yum."),
		Trial{compared, fileTrial(yumTree).run}),
	other("any", "", "Upstream",
		text.New("Ask the operator of the upstream for a token that may read, and nothing else."),
		Trial{compared, fileTrial(anyFolder).run}),
}

// other is the entry for any host of a format; an empty format is any.
func other(id, format, title string, help text.Text, trial Trial) *Kind {
	return &Kind{
		ID:    id,
		Title: title,
		Match: func(t Target) bool { return format == "" || t.Format == format },
		User: User{
			Help: text.New("The user name for this token. Many registries accept any name with a token; if in " +
				"doubt, ask the operator."),
		},
		TokenHelp: help,
		Passwords: true,
		Trial:     trial,
		fallback:  true,
	}
}
