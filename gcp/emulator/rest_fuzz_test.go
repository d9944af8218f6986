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
	door := newDoor(f)
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
		if keep(project) != keep(project) {
			t.Error("undecided")
		}
	})
}
