package upstream

import (
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// registry is the address of the registry that a target means, where it names
// another place of the same vendor's; empty where it is right or not known.
// docker.io is how images are called, and hub.docker.com a web site; neither
// answers as a registry, https://docs.docker.com/docker-hub/.
func (t Target) registry() string {
	if t.Format == "DOCKER" && t.on("docker.io", "www.docker.io", "hub.docker.com", "docker.com", "www.docker.com", "app.docker.com") {
		return presets["DOCKER_HUB"]
	}
	return ""
}

// CheckAddress says what is wrong with the upstream's address, without asking
// it. The findings' id is "upstream-address".
func (k *Kind) CheckAddress() []check.Finding {
	t := k.target
	f := check.Finding{ID: "upstream-address", Level: check.Warning}
	if right := t.registry(); right != "" {
		f.Code = check.UpstreamAddressWrong
		f.Says = text.New("%s is not where Docker Hub's registry is: that is %s", t.host(), right)
		f.Why = text.New("nothing can be pulled from there")
		f.Remedy = &check.Hint{Says: text.New("make a repository with the preset Docker Hub, or whose upstream address is %s: a repository's upstream can't be changed", right)}
		return []check.Finding{f}
	}
	path := strings.Trim(t.path(), "/")
	if t.Format != "DOCKER" || path == "" || path == "v2" || path == "v1" || !k.PasswordLess.Empty() || k.Folders {
		return nil
	}
	f.Code = check.UpstreamAddressPath
	f.Says = text.New("the upstream's address has a path, %q, and a container registry is a whole host", path)
	f.Why = text.New("the protocol begins at the host; Artifact Registry would ask for images somewhere below the path")
	f.Remedy = &check.Hint{Says: text.New("make a repository whose upstream address is %s, and put the path in front of the image's name when you pull: REPOSITORY/%s/IMAGE", t.root(), path)}
	return []check.Finding{f}
}

// root is the address of the target's host alone.
func (t Target) root() string {
	u, err := t.url()
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Artifact is the whole name of an artifact that a person named: on Docker Hub
// an image without a slash is one of its own, library/IMAGE.
func (k *Kind) Artifact(name string) string {
	if k.ID != "docker-hub" || name == "" || strings.Contains(name, "/") {
		return name
	}
	return "library/" + name
}
