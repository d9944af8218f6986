package emulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
)

// FuzzDoor sends anything at all to the door: it must answer JSON, and failures
// in Google's envelope, whose code is the answer's.
func FuzzDoor(f *testing.F) {
	server, err := New(f.Context(), Options{Scenario: "onboarding"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = server.Close() })
	door := newREST(server)
	project := "/v1/projects/" + server.world.projects[0].id
	f.Add("GET", project+"/secrets", "filter=labels.a:b+OR+(name:x)&pageSize=1", "", "", "", "")
	f.Add("POST", project+"/secrets", "secretId=s", `{"replication":{"automatic":{}},"labels":{"a":"b"},"ttl":"3s"}`, "", "", "")
	f.Add("POST", project+"/secrets/s:addVersion", "", `{"payload":{"data":"eA==","dataCrc32c":"1"}}`, "", "", "")
	f.Add("POST", project+"/secrets/s:setIamPolicy", "", `{"policy":{"bindings":[{"role":"roles/viewer","members":["user:a@b.c"]}],"etag":"eA==","version":3},"updateMask":"bindings"}`, "", "", "")
	f.Add("PATCH", project+"/secrets/docker-hub-token", "updateMask=versionAliases,labels.a", `{"versionAliases":{"a":"1"}}`, "", "", "")
	f.Add("POST", project+"/secrets/docker-hub-token/versions/latest:destroy", "", `{"etag":"x"}`, "", "", "")
	f.Add("POST", project+"/locations/us-central1/repositories", "repositoryId=r", `{"format":1,"mode":"VIRTUAL_REPOSITORY","virtualRepositoryConfig":{}}`, "", "", "")
	f.Add("PATCH", project+"/locations/us-central1/repositories/npm", "updateMask=remoteRepositoryConfig.upstreamCredentials.usernamePasswordCredentials.username", `{"remoteRepositoryConfig":null}`, "", "", "")
	f.Add("POST", "/v1/projects/x/services:batchEnable", "", `{"serviceIds":[]}`, "", "X-Emulator-Caller", "stranger@example.com")
	f.Add("POST", "/v1beta1/projects/p/services/s:generateServiceIdentity", "", "", "", "", "")
	f.Add("GET", "/v1/projects/p/secrets/s", "alt=json", "", "application/json", "", "")
	f.Add("PATCH", "/v1/projects/p/secrets/s", "updateMask=a_b,c", `{"labels":{"a":"b"}}`, "application/json", "X-Server-Timeout", "1e400")
	f.Add("POST", "/v1/projects/p/secrets/s:addVersion", "", `{"payload":{"data":"%%"}}`, "", "Content-Encoding", "gzip")
	f.Add("POST", "/v1/projects", "a=%zz", `[]`, "text/xml", "X-HTTP-Method-Override", "GET")
	f.Add("GET", "/v1/projects", "filter=a:b+OR+((", "", "", "Grpc-Timeout", "x")
	f.Add("PRI", "*", "connect=v1&encoding=proto&message=x", "", "application/grpc", "Connect-Protocol-Version", "1")
	f.Add("GET", "/v3/projects:search", "query=%00&pageSize=-1", "", "", "Te", "trailers")
	f.Add("GET", "/v1/:", "%24alt=json%3Benum-encoding%3Dint", "\xff", "application/grpc-web", ":authority", "x")
	f.Add("GET", "/v1/projects", "fields=a(b,c/d),*", "", "", "X-Goog-User-Project", "\x00")
	f.Fuzz(func(t *testing.T, method, path, query, body, contentType, header, value string) {
		if strings.Contains(strings.ToLower(body), "uri") {
			t.Skip("an upstream would be asked, wherever it is")
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Method = method
		r.URL = &url.URL{Path: path, RawQuery: query}
		r.Header.Set("Content-Type", contentType)
		if header != "" {
			r.Header.Set(header, value)
		}
		rec := httptest.NewRecorder()
		door.ServeHTTP(rec, r)
		if !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("not JSON: %q", rec.Body)
		}
		if rec.Code == http.StatusOK {
			return
		}
		var envelope struct {
			Error *struct {
				Code    int
				Message string
				Status  string
				Details []struct {
					Type string `json:"@type"`
				}
			}
		}
		dec := json.NewDecoder(bytes.NewReader(rec.Body.Bytes()))
		dec.DisallowUnknownFields()
		_ = dec.Decode(&envelope) // details have fields of their own
		if envelope.Error == nil || envelope.Error.Code != rec.Code || envelope.Error.Message == "" {
			t.Fatalf("status %d, no envelope: %s", rec.Code, rec.Body)
		}
		if _, known := rpccode.Code_value[envelope.Error.Status]; !known {
			t.Fatalf("status %q", envelope.Error.Status)
		}
	})
}

// FuzzProjectFilter reads anything and, where it is a filter, applies it.
func FuzzProjectFilter(f *testing.F) {
	for _, text := range []string{"", "a:b", "name:how* AND (id:x OR -labels.c:*)", `name:"the shop"`, "((((", "NOT NOT id=a", "- -", "id::", `"`, "OR", "AND id:x"} {
		f.Add(text)
	}
	project := &rmpb.Project{ProjectId: "shop", DisplayName: "The shop", State: rmpb.Project_ACTIVE, Labels: map[string]string{"team": "a"}}
	f.Fuzz(func(t *testing.T, text string) {
		keep, err := parseProjectFilter(text)
		if err != nil {
			return
		}
		first := keep(project)
		if first != keep(project) {
			t.Error("undecided")
		}
	})
}
