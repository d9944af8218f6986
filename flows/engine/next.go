package engine

import (
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// NextSteps is how the repository is used now, one command or sentence a line;
// none where a flow has not given it credentials.
func (r Report) NextSteps() []check.Hint {
	if r.Status != StatusDone || r.Flow != "setup" && r.Flow != "rotate" {
		return nil
	}
	return nextSteps(r.About.Repository)
}

func nextSteps(r cloud.Repository) []check.Hint {
	uri := r.RegistryURI
	if uri == "" && r.Name.ID != "" {
		uri = r.Name.Location + "-" + strings.ToLower(r.Format) + ".pkg.dev/" + strings.Replace(r.Name.Project, ":", "/", 1) + "/" + r.Name.ID // the project of a domain is a path of two
	}
	host, _, _ := strings.Cut(uri, "/")
	switch r.Format {
	case "DOCKER":
		image := "IMAGE:TAG"
		if r.Preset == "DOCKER_HUB" {
			image = "library/alpine:latest"
		}
		return commands("gcloud auth configure-docker "+host, "docker pull "+uri+"/"+image)
	case "NPM":
		return commands("npm config set registry https://"+uri+"/", "npx google-artifactregistry-auth")
	case "PYTHON":
		return commands("pip install --index-url https://" + uri + "/simple/ PACKAGE")
	case "MAVEN":
		return []check.Hint{{Says: text.New("Add https://%s to the repositories in your pom.xml or settings.xml", uri)}}
	case "":
		return nil
	default:
		return commands("gcloud artifacts print-settings " + strings.ToLower(r.Format) + " --project=" + r.Name.Project + " --location=" + r.Name.Location + " --repository=" + r.Name.ID)
	}
}

// commands are hints that need no words.
func commands(all ...string) []check.Hint {
	hints := make([]check.Hint, len(all))
	for i, c := range all {
		hints[i].Command = c
	}
	return hints
}
