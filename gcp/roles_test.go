package gcp

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"example.com/upstreamauth/flows/cloud"
)

func TestRolesAreRead(t *testing.T) {
	g := newGoogle(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.Host + r.URL.Path {
		case "iam.googleapis.com/v1/projects/p/roles/puller", "iam.googleapis.com/v1/organizations/7/roles/puller", "iam.googleapis.com/v1/roles/secretmanager.secretAccessor",
			"iam.googleapis.com/v1/projects/example.com:p/roles/puller":
			_, _ = io.WriteString(w, `{"name":"x","includedPermissions":["secretmanager.versions.access","secretmanager.versions.\u202eget"],"unknown":1}`)
		case "iam.googleapis.com/v1/projects/p/roles/deleted":
			_, _ = io.WriteString(w, `{"includedPermissions":["secretmanager.versions.access"],"deleted":true}`)
		case "iam.googleapis.com/v1/projects/p/roles/shut":
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"You don't have permission to get the role at projects/p/roles/shut."}}`)
		case "iam.googleapis.com/v1/projects/p/roles/page":
			_, _ = io.WriteString(w, `<html>`)
		case "iam.googleapis.com/v1/projects/p/roles/moved":
			http.Redirect(w, r, "https://elsewhere.example.com/", http.StatusFound)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"code":404,"status":"NOT_FOUND","message":"The role isn't there."}}`)
		}
	}), nil)
	c := g.client(t, userFile(), Options{})
	for role, want := range map[string]cloud.Kind{
		"projects/p/roles/puller": "", "organizations/7/roles/puller": "", "roles/secretmanager.secretAccessor": "", "projects/example.com:p/roles/puller": "",
		"projects/p/roles/shut": cloud.PermissionDenied, "projects/p/roles/absent": cloud.NotFound,
		"projects/p/roles/page": cloud.Internal, "projects/p/roles/moved": cloud.Internal,
		"": cloud.Invalid, "projects/p/../../v1/x/roles/y": cloud.Invalid, "roles/x?alt=media": cloud.Invalid, "//evil.example.com/roles/x": cloud.Invalid,
	} {
		got, err := c.RolePermissions(t.Context(), role)
		if cloud.KindOf(err) != want || want == "" && !slices.Contains(got, "secretmanager.versions.access") {
			t.Errorf("%q: %q, %v, want %q", role, got, err, want)
		}
		if e, ok := err.(*cloud.Error); want == cloud.PermissionDenied && (!ok || e.Permission != "iam.roles.get" || e.Resource != role) { //nolint:errorlint // the port promises this very type
			t.Errorf("%q: lacks %+v", role, e)
		}
		for _, p := range got {
			if slices.Contains([]rune(p), '\u202e') {
				t.Errorf("%q: hostile text came through: %q", role, p)
			}
		}
	}
	if got, err := c.RolePermissions(t.Context(), "projects/p/roles/deleted"); err != nil || len(got) > 0 {
		t.Errorf("a deleted role permits %q, %v", got, err)
	}
	for _, r := range g.requests {
		if r.Host != "iam.googleapis.com" && r.Header.Get("Authorization") != "" {
			t.Errorf("%s was sent %q", r.Host, r.Header.Get("Authorization"))
		}
	}
}
