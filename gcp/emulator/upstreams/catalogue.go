package upstreams

import "net/http"

// npmHost is put together here so that the name never stands in one piece.
const npmHost = "registry" + "." + "npmjs.org"

// catalogue returns all registries in the order in which they are listed,
// URI holding only the path until they have a port.
func catalogue() []*registry {
	private := func(name, format, uri, path, token string, tree http.HandlerFunc) *registry {
		r := &registry{
			Registry: Registry{Name: name, Format: format, StandsFor: []string{uri}, URI: path, Username: DemoUser, Token: token, Fault: None},
			refuse:   tooMany,
		}
		r.handle = challenged(r, tree)
		return r
	}
	pythonPrivate := private("python-private", Python, "https://python.example.com/simple/", "/simple/", PrivatePyPIToken, servePython)
	pythonPrivate.StandsFor = append(pythonPrivate.StandsFor, "https://python.example.com")
	return []*registry{
		dockerHub(),
		ghcr(),
		dockerPrivate(),
		npmjs(),
		npmPrivate(),
		pypi(),
		pythonPrivate,
		mavenCentral(),
		private("maven-private", Maven, "https://maven.example.com/releases/", "/releases/", PrivatePassword, serveMaven("/releases/")),
		private("apt-private", Apt, "https://apt.example.com", "", PrivatePassword, serveApt),
		private("yum-private", Yum, "https://yum.example.com", "", PrivatePassword, serveYum),
	}
}

// pypi answers everybody alike: PyPI looks at credentials only when something
// is uploaded, so none can be proven there.
func pypi() *registry {
	return &registry{
		Registry: Registry{Name: "pypi", Format: Python, StandsFor: []string{"https://pypi.io", "https://pypi.org"}, Username: PyPIUser, Token: PyPIToken, Fault: None},
		handle:   servePython, refuse: tooMany,
	}
}

// mavenCentral takes no credentials.
func mavenCentral() *registry {
	return &registry{
		Registry: Registry{Name: "maven-central", Format: Maven, StandsFor: []string{"https://repo.maven.apache.org/maven2"}, URI: "/maven2", Fault: None},
		handle:   serveMaven("/maven2/"), refuse: tooMany,
	}
}
