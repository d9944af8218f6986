package upstream

import (
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// registry is the address of the registry that a target means, where it names
// another site of the same vendor; empty where it is right or not known.
// docker.io is a part of image names, and hub.docker.com is a web site; neither
// is a registry, https://docs.docker.com/docker-hub/.
func (t Target) registry() string {
	if t.Format == "DOCKER" && t.on("docker.io", "www.docker.io", "hub.docker.com", "docker.com", "www.docker.com", "app.docker.com") {
		return presets["DOCKER_HUB"]
	}
	return ""
}

// CheckAddress returns what is wrong with the upstream's address, without a
// request. The findings' id is "upstream-address".
func (k *Kind) CheckAddress() []check.Finding {
	t := k.target
	f := check.Finding{ID: "upstream-address", Level: check.Warning}
	if right := t.registry(); right != "" {
		f.Code = check.UpstreamAddressWrong
		f.Says = text.New("Docker Hub's registry is at %s, not at %s", right, t.host())
		f.Why = text.New("Nothing can be pulled from there")
		f.Remedy = &check.Hint{Says: text.New("Create a repository with the preset Docker Hub or the upstream "+
			"address %s: the upstream of an existing one can't change", right)}
		return []check.Finding{f}
	}
	path := strings.Trim(t.path(), "/")
	if t.Format != "DOCKER" || path == "" || path == "v2" || path == "v1" || !k.PasswordLess.Empty() || k.Folders {
		return nil
	}
	f.Code = check.UpstreamAddressPath
	f.Says = text.New("The upstream address has the path %q, but a container registry is a whole host", path)
	f.Why = text.New("Artifact Registry would look for images in the wrong place")
	f.Remedy = &check.Hint{Says: text.New("Create a repository with the upstream address %s, and pull with the "+
		"path in front of the image name: REPOSITORY/%s/IMAGE", t.root(), path)}
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
