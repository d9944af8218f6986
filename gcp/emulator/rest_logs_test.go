package emulator

import (
	"net/http"
	"strings"
	"testing"
)

// TestPlatformLogsConfig sets which pulls are logged, as gcloud does.
func TestPlatformLogsConfig(t *testing.T) {
	g := newClients(t, true)
	const repository, place = "/v1/" + hubRepository + "/platformLogsConfig", "/v1/projects/demo-healthy/locations/us-central1/platformLogsConfig"
	for _, c := range []struct {
		method, path, body, caller string
		code                       int
		want                       string
	}{
		{"GET", repository, "", "", 200, `{"name":"` + hubRepository + `/platformLogsConfig"}`},
		{"PATCH", place + "?updateMask=loggingState,severityLevel", `{"loggingState":"ENABLED","severityLevel":"INFO"}`, "", 200, `"severityLevel":"INFO"`},
		{"GET", place, "", "", 200, `"loggingState":"ENABLED"`},
		{"PATCH", repository + "?updateMask=logging_state", `{"loggingState":"disabled"}`, "", 200, `"loggingState":"DISABLED"`},
		{"PATCH", repository, `{"loggingState":"LOUD"}`, "", 400, "INVALID_ARGUMENT"},
		{"PATCH", repository, `{"loggingState":`, "", 400, "INVALID_ARGUMENT"},
		{"PATCH", repository + "?updateMask=colour", `{}`, "", 400, "INVALID_ARGUMENT"},
		{"PATCH", repository, `{}`, "viewer@example.com", 403, "artifactregistry.repositories.update"},
		{"GET", strings.ReplaceAll(repository, "docker-hub", "none"), "", "", 404, "NOT_FOUND"},
		{"GET", "/v1/projects/demo-healthy/platformLogsConfig", "", "", 400, "INVALID_ARGUMENT"},
		{"DELETE", repository, "", "", 404, "NOT_FOUND"},
	} {
		code, body := call(g.server.http.Handler, c.method, c.path, c.body, callerHeader, c.caller, "X-Goog-Api-Client", "x")
		body = strings.Join(strings.Fields(body), "")
		if code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.method, c.path, c.body, code, body, c.code, c.want)
		}
	}
	// The repository's own setting goes before its location's.
	p := g.server.world.projects[0]
	if p.logged("us-central1", "docker-hub").state != "DISABLED" || p.logged("us-central1", "npm").state != "ENABLED" {
		t.Errorf("logged: %+v", p.logging)
	}
	if code, _ := call(g.server.http.Handler, http.MethodGet, repository, ""); code != http.StatusOK {
		t.Error("it is gone")
	}
}
