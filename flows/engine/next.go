package engine

import (
	"strings"

	"example.com/upstreamauth/flows/cloud"
)

// NextSteps is how the repository is used now, one command or sentence a line;
// none where a flow has not given it credentials.
func (r Report) NextSteps() []string {
	if r.Status != StatusDone || r.Flow != "setup" && r.Flow != "rotate" {
		return nil
	}
	return nextSteps(r.About.Repository)
}

func nextSteps(r cloud.Repository) []string {
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
		return []string{"gcloud auth configure-docker " + host, "docker pull " + uri + "/" + image}
	case "NPM":
		return []string{"npm config set registry https://" + uri + "/", "npx google-artifactregistry-auth"}
	case "PYTHON":
		return []string{"pip install --index-url https://" + uri + "/simple/ PACKAGE"}
	case "MAVEN":
		return []string{"add https://" + uri + " to the repositories of your pom.xml or settings.xml"}
	case "":
		return nil
	default:
		return []string{"gcloud artifacts print-settings " + strings.ToLower(r.Format) + " --project=" + r.Name.Project + " --location=" + r.Name.Location + " --repository=" + r.Name.ID}
	}
}
