package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	arpb "cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// pullAll pulls through a repository of each format that has contents, of the
// healthy project.
func pullAll(g *clients) {
	g.t.Helper()
	for _, path := range []string{
		"/v2/us-central1-docker.pkg.dev/demo-healthy/docker-hub/hello/manifests/latest",
		"/us-central1-npm.pkg.dev/demo-healthy/npm/hello-npm/-/hello-npm-1.0.0.tgz",
		"/us-central1-python.pkg.dev/demo-healthy/pypi/simple/hello-py/",
		"/us-central1-maven.pkg.dev/demo-healthy/maven-central/com/example/hello/1.0.0/hello-1.0.0.pom",
	} {
		g.pull(path, http.StatusOK)
	}
	index := g.pull("/us-central1-python.pkg.dev/demo-healthy/pypi/simple/hello-py/", http.StatusOK)
	file := index[strings.Index(index, "../../hello-py/")+len("../../"):]
	g.pull("/us-central1-python.pkg.dev/demo-healthy/pypi/"+file[:strings.IndexAny(file, `"#`)], http.StatusOK)
}

// pull asks for an artifact and returns what it is.
func (g *clients) pull(path string, want int) string {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g, http.MethodGet, "http://"+g.server.Addr()+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		g.t.Fatalf("pull %s: %s %s, %v", path, resp.Status, body, err)
	}
	return string(body)
}

const (
	hubRepository   = "projects/demo-healthy/locations/us-central1/repositories/docker-hub"
	npmRepository   = "projects/demo-healthy/locations/us-central1/repositories/npm"
	pypiRepository  = "projects/demo-healthy/locations/us-central1/repositories/pypi"
	mavenRepository = "projects/demo-healthy/locations/us-central1/repositories/maven-central"
)

func listPackages(parent, filter string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.ar.ListPackages(g, &arpb.ListPackagesRequest{Parent: parent, Filter: filter}).Next)
	}
}

// firstImage is the name of the image that was pulled.
func (g *clients) firstImage() *arpb.DockerImage {
	g.t.Helper()
	image, err := g.ar.ListDockerImages(g, &arpb.ListDockerImagesRequest{Parent: hubRepository}).Next()
	return need[*arpb.DockerImage](g)(image, err)
}

func projectSettings(mask string, state arpb.ProjectSettings_RedirectionState) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.ar.UpdateProjectSettings(g, &arpb.UpdateProjectSettingsRequest{
			ProjectSettings: &arpb.ProjectSettings{Name: "projects/demo-healthy/projectSettings", LegacyRedirectionState: state},
			UpdateMask:      &fieldmaskpb.FieldMask{Paths: []string{mask}},
		})
	}
}

var contentsContract = []contract{
	{name: "list packages before a pull", ask: listPackages(hubRepository, ""), lacks: []string{"packages/"}},
	{name: "list packages of an image", prepare: pullAll, ask: listPackages(hubRepository, ""), has: []string{`"` + hubRepository + `/packages/hello"`}},
	{name: "list packages of npm", prepare: pullAll, ask: listPackages(npmRepository, ""), has: []string{"/packages/hello-npm"}},
	{name: "list packages of Maven by name", prepare: pullAll, ask: listPackages(mavenRepository, `name="`+mavenRepository+`/packages/com.example:hello"`), has: []string{"com.example:hello"}},
	{name: "list packages of a filter that is none", prepare: pullAll, ask: listPackages(mavenRepository, `(`), code: codes.InvalidArgument},
	{name: "list packages as a stranger", caller: stranger, ask: listPackages(hubRepository, ""), code: codes.PermissionDenied, says: "artifactregistry.packages.list"},
	{name: "list packages of a missing repository", ask: listPackages("projects/demo-healthy/locations/us-central1/repositories/none", ""), code: codes.NotFound},
	{name: "list packages in an order", ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListPackages(g, &arpb.ListPackagesRequest{Parent: hubRepository, OrderBy: "name"}).Next)
	}, code: codes.Unimplemented},
	{name: "get package", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetPackage(g, &arpb.GetPackageRequest{Name: mavenRepository + "/packages/com.example:hello"})
	}, has: []string{"com.example:hello", `"createTime":`}},
	{name: "get missing package", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetPackage(g, &arpb.GetPackageRequest{Name: hubRepository + "/packages/none"})
	}, code: codes.NotFound},
	{name: "list versions", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListVersions(g, &arpb.ListVersionsRequest{Parent: hubRepository + "/packages/hello", View: arpb.VersionView_FULL}).Next)
	}, has: []string{"/versions/sha256:", `"relatedTags":[{"name":"` + hubRepository + `/packages/hello/tags/latest"`}},
	{name: "get version", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetVersion(g, &arpb.GetVersionRequest{Name: npmRepository + "/packages/hello-npm/versions/1.0.0"})
	}, has: []string{"/packages/hello-npm/versions/1.0.0"}, lacks: []string{"relatedTags"}},
	{name: "get missing version", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetVersion(g, &arpb.GetVersionRequest{Name: npmRepository + "/packages/hello-npm/versions/9.0.0"})
	}, code: codes.NotFound},
	{name: "list tags", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListTags(g, &arpb.ListTagsRequest{Parent: hubRepository + "/packages/hello"}).Next)
	}, has: []string{"/tags/latest", "/versions/sha256:"}},
	{name: "get tag", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetTag(g, &arpb.GetTagRequest{Name: hubRepository + "/packages/hello/tags/latest"})
	}, has: []string{"/tags/latest"}},
	{name: "get missing tag", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetTag(g, &arpb.GetTagRequest{Name: hubRepository + "/packages/hello/tags/none"})
	}, code: codes.NotFound},
	{name: "list files", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListFiles(g, &arpb.ListFilesRequest{Parent: mavenRepository}).Next)
	}, has: []string{"hello-1.0.0.pom", `"sizeBytes":`, `"type":"SHA256"`, `"owner":"` + mavenRepository + `/packages/com.example:hello/versions/1.0.0"`}},
	{name: "get file", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetFile(g, &arpb.GetFileRequest{Name: mavenRepository + "/files/com%2Fexample%2Fhello%2F1.0.0%2Fhello-1.0.0.pom"})
	}, has: []string{`"fetchTime":`}},
	{name: "get missing file", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetFile(g, &arpb.GetFileRequest{Name: mavenRepository + "/files/none"})
	}, code: codes.NotFound},
	{name: "list images", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListDockerImages(g, &arpb.ListDockerImagesRequest{Parent: hubRepository}).Next)
	}, has: []string{`"uri":"us-central1-docker.pkg.dev/demo-healthy/docker-hub/hello@sha256:`, `"tags":["latest"]`, `"mediaType":"application/vnd.`, `"imageSizeBytes":`}},
	{name: "list images of another format", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListDockerImages(g, &arpb.ListDockerImagesRequest{Parent: npmRepository}).Next)
	}, lacks: []string{"dockerImages"}},
	{name: "get image", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetDockerImage(g, &arpb.GetDockerImageRequest{Name: g.firstImage().GetName()})
	}, has: []string{"/dockerImages/hello@sha256:"}},
	{name: "get missing image", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetDockerImage(g, &arpb.GetDockerImageRequest{Name: hubRepository + "/dockerImages/none@sha256:00"})
	}, code: codes.NotFound},
	{name: "list Maven artifacts", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListMavenArtifacts(g, &arpb.ListMavenArtifactsRequest{Parent: mavenRepository}).Next)
	}, has: []string{`"groupId":"com.example"`, `"artifactId":"hello"`, `"version":"1.0.0"`, `"pomUri":"us-central1-maven.pkg.dev/demo-healthy/maven-central/com/example/hello/1.0.0/hello-1.0.0.pom"`}},
	{name: "get Maven artifact", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetMavenArtifact(g, &arpb.GetMavenArtifactRequest{Name: mavenRepository + "/mavenArtifacts/com.example:hello:1.0.0"})
	}, has: []string{`"artifactId":"hello"`}},
	{name: "list npm packages", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListNpmPackages(g, &arpb.ListNpmPackagesRequest{Parent: npmRepository}).Next)
	}, has: []string{`"packageName":"hello-npm"`, `"version":"1.0.0"`}},
	{name: "get npm package", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetNpmPackage(g, &arpb.GetNpmPackageRequest{Name: npmRepository + "/npmPackages/hello-npm:1.0.0"})
	}, has: []string{`"packageName":"hello-npm"`}},
	{name: "list Python packages", prepare: pullAll, ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListPythonPackages(g, &arpb.ListPythonPackagesRequest{Parent: pypiRepository}).Next)
	}, has: []string{`"packageName":"hello-py"`, `"version":"1.0.0"`}},
	{name: "get Python package", prepare: pullAll, ask: func(g *clients) (any, error) {
		return g.ar.GetPythonPackage(g, &arpb.GetPythonPackageRequest{Name: pypiRepository + "/pythonPackages/hello-py:1.0.0"})
	}, has: []string{`"packageName":"hello-py"`}},
	{name: "delete package", prepare: pullAll, ask: func(g *clients) (any, error) {
		_, err := g.ar.DeletePackage(g, &arpb.DeletePackageRequest{Name: hubRepository + "/packages/hello"})
		return nil, err
	}, code: codes.Unimplemented},
	{name: "get project settings", ask: func(g *clients) (any, error) {
		return g.ar.GetProjectSettings(g, &arpb.GetProjectSettingsRequest{Name: "projects/demo-healthy/projectSettings"})
	}, has: []string{`"legacyRedirectionState":"REDIRECTION_FROM_GCR_IO_DISABLED"`}},
	{name: "get project settings of a malformed name", ask: func(g *clients) (any, error) {
		return g.either("google.devtools.artifactregistry.v1.ArtifactRegistry/GetProjectSettings", &arpb.GetProjectSettingsRequest{Name: "projects//projectSettings"}, &arpb.ProjectSettings{}, "GET", "/v1/projects//projectSettings", "")
	}, code: codes.InvalidArgument},
	{name: "update project settings", ask: projectSettings("legacy_redirection_state", arpb.ProjectSettings_REDIRECTION_FROM_GCR_IO_ENABLED), has: []string{`"REDIRECTION_FROM_GCR_IO_ENABLED"`}},
	{name: "update project settings to what is none", ask: projectSettings("legacy_redirection_state", 77), code: codes.InvalidArgument},
	{name: "update project settings as a viewer", caller: "viewer@example.com", ask: projectSettings("legacy_redirection_state", arpb.ProjectSettings_REDIRECTION_FROM_GCR_IO_ENABLED), code: codes.PermissionDenied},
}

// loggingAPI turns Cloud Logging on.
func loggingAPI(g *clients) {
	g.t.Helper()
	need[any](g)(enableService("logging.googleapis.com")(g))
}

// logsOn has the platform logs of a repository on, from a severity.
func logsOn(severity string) func(*clients) {
	return func(g *clients) {
		g.t.Helper()
		loggingAPI(g)
		g.server.world.mu.Lock()
		g.server.world.projects[0].setLogging("us-central1/docker-hub", platformLogs{state: "ENABLED", severity: severity, level: severities[severity]})
		g.server.world.mu.Unlock()
		g.pull("/v2/us-central1-docker.pkg.dev/demo-healthy/docker-hub/hello/manifests/latest", http.StatusOK)
		g.pull("/v2/us-central1-docker.pkg.dev/demo-healthy/docker-hub/hello/manifests/none", http.StatusNotFound)
		g.pull("/us-central1-npm.pkg.dev/demo-healthy/npm/none", http.StatusNotFound) // not logged
	}
}

func listLogs(resource, filter, order string, size int32) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		body, err := json.Marshal(map[string]any{"resourceNames": []string{resource}, "filter": filter, "orderBy": order, "pageSize": size})
		if err != nil {
			g.t.Fatal(err)
		}
		return g.either("google.logging.v2.LoggingServiceV2/ListLogEntries",
			&loggingpb.ListLogEntriesRequest{ResourceNames: []string{resource}, Filter: filter, OrderBy: order, PageSize: size},
			&loggingpb.ListLogEntriesResponse{}, "POST", "/v2/entries:list", string(body))
	}
}

var logsContract = []contract{
	{name: "list log entries", prepare: logsOn("DEBUG"), ask: listLogs("projects/demo-healthy", "", "", 0), has: []string{`"severity":"ERROR"`, `"severity":"INFO"`, `"message":"Received invalid response from external repository`}, lacks: []string{"repositories/npm"}},
	{name: "list failures of a repository", prepare: logsOn("DEBUG"), ask: listLogs("projects/demo-healthy", `severity>=ERROR AND resource.labels.repository_id="docker-hub" AND jsonPayload.status.code=404`, "timestamp desc", 0), has: []string{`"severity":"ERROR"`, `"status":404`}, lacks: []string{`"severity":"INFO"`}},
	{name: "list log entries from a severity on", prepare: logsOn("ERROR"), ask: listLogs("projects/demo-healthy", "", "", 0), has: []string{`"severity":"ERROR"`}, lacks: []string{`"severity":"INFO"`}},
	{name: "list log entries by a word", prepare: logsOn("DEBUG"), ask: listLogs("projects/demo-healthy", "manifests/none", "", 0), has: []string{`"severity":"ERROR"`}, lacks: []string{`"severity":"INFO"`}},
	{name: "list log entries page by page", prepare: logsOn("DEBUG"), ask: listLogs("projects/demo-healthy", "", "", 1), has: []string{`"nextPageToken":`}},
	{name: "list log entries where nothing is logged", prepare: loggingAPI, ask: func(g *clients) (any, error) {
		g.pull("/v2/us-central1-docker.pkg.dev/demo-healthy/docker-hub/hello/manifests/none", http.StatusNotFound)
		return listLogs("projects/demo-healthy", "", "", 0)(g)
	}, lacks: []string{"severity"}},
	{name: "list log entries by an unknown field", ask: listLogs("projects/demo-healthy", "colour=red", "", 0), code: codes.InvalidArgument},
	{name: "list log entries by an unknown severity", ask: listLogs("projects/demo-healthy", "severity>=LOUD", "", 0), code: codes.InvalidArgument},
	{name: "list log entries in an unknown order", ask: listLogs("projects/demo-healthy", "", "severity", 0), code: codes.InvalidArgument},
	{name: "list log entries of nothing", ask: listLogs("", "", "", 0), code: codes.InvalidArgument},
	{name: "list log entries, logging being off", ask: listLogs("projects/demo-healthy", "", "", 0), code: codes.PermissionDenied, reason: "SERVICE_DISABLED"},
	{name: "list log entries as a stranger", prepare: loggingAPI, caller: stranger, ask: listLogs("projects/demo-healthy", "", "", 0), code: codes.PermissionDenied, says: "logging.logEntries.list"},
}
