package emulator

import (
	"net/http"
	"strings"
	"testing"
)

// TestBatch sends many requests in one.
func TestBatch(t *testing.T) {
	g := newClients(t, true)
	part := func(id, request string) string {
		return "--b\r\nContent-Type: application/http\r\nContent-ID: <" + id + ">\r\n\r\n" + strings.ReplaceAll(request, "\n", "\r\n") + "\r\n"
	}
	get := "GET /v1/projects/demo-healthy/secrets/npm-token HTTP/1.1\n\n"
	create := "POST /v1/projects/demo-healthy/secrets?secretId=batched HTTP/1.1\nContent-Type: application/json\n\n" + `{"replication":{"automatic":{}}}`
	send := func(path, body, caller string) (int, string) {
		t.Helper()
		return call(g.server.http.Handler, http.MethodPost, path, body, "Content-Type", "multipart/mixed; boundary=b", callerHeader, caller)
	}
	code, body := send("/batch/secretmanager/v1", part("1", get)+part("2", create)+part("3", "GET /v1/projects/demo-healthy/secrets/none HTTP/1.1\n\n")+"--b--", "")
	for _, want := range []string{"<response-1>", "HTTP/1.1 200 OK", `secrets/npm-token"`, "<response-2>", `secrets/batched"`, "HTTP/1.1 404 Not Found"} {
		if code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%d, lacks %s: %s", code, want, body)
		}
	}
	if _, body := send("/batch", part("1", get)+"--b--", stranger); !strings.Contains(body, "HTTP/1.1 403 Forbidden") {
		t.Errorf("the caller of the batch is not its parts': %s", body)
	}
	for name, bad := range map[string]string{
		"nothing": "--b--", "no HTTP": part("1", "hello"), "a batch in a batch": part("1", "POST /batch HTTP/1.1\n\n") + "--b--",
		"too many": strings.Repeat(part("1", get), maxBatch+1) + "--b--",
	} {
		if code, body := send("/batch", bad, ""); code != http.StatusBadRequest || !strings.Contains(body, "INVALID_ARGUMENT") {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	if code, body := call(g.server.http.Handler, http.MethodPost, "/batch", "{}"); code != http.StatusBadRequest {
		t.Errorf("no multipart: %d %s", code, body)
	}
}
