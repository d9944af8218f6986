package gcp

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/gcp/emulator"
)

func TestWhoseCredentialsAFileHolds(t *testing.T) {
	const url = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken"
	for _, c := range []struct{ name, file, kind, email, quota string }{
		{"none", "", "metadata server", "", ""},
		{"user", `{"type":"authorized_user","quota_project_id":"q"}`, "user", "", "q"},
		{"user who is named", `{"type":"authorized_user","account":"me@example.com"}`, "user", "me@example.com", ""},
		{"service account", `{"type":"service_account","client_email":"a@b"}`, "service account", "a@b", ""},
		{"impersonated", `{"type":"impersonated_service_account","service_account_impersonation_url":"` + url + `"}`, "impersonated service account", "robot@p.iam.gserviceaccount.com", ""},
		{"workload identity", `{"type":"external_account","service_account_impersonation_url":"` + url + `"}`, "external account", "robot@p.iam.gserviceaccount.com", ""},
		{"workload identity of its own", `{"type":"external_account"}`, "external account", "", ""},
		{"workforce", `{"type":"external_account_authorized_user"}`, "external account", "", ""},
		{"odd address", `{"type":"impersonated_service_account","service_account_impersonation_url":"odd"}`, "impersonated service account", "", ""},
		{"broken", `{`, "external account", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := identify([]byte(c.file))
			if got.kind != c.kind || got.email != c.email || got.quotaProject != c.quota {
				t.Errorf("got %q %q %q", got.kind, got.email, got.quotaProject)
			}
		})
	}
}

func FuzzIDToken(f *testing.F) {
	for _, s := range []string{idToken("me@example.com"), "", "a.b.c", "..", "e30.!!!.x", "e30.e30.x", idToken("\x1b[2J")} {
		f.Add(s)
	}
	if got := idTokenEmail(idToken("me@example.com")); got != "me@example.com" {
		f.Errorf("got %q", got)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if idTokenEmail(s) != "" && len(s) < 5 {
			t.Errorf("an address out of %q", s)
		}
	})
}

func TestTheCallerThatAnEmulatorsFileNames(t *testing.T) {
	s := startEmulator(t, emulator.Options{})
	user := must(s.CredentialsFile("viewer@example.com"))(t)
	external := must(s.ExternalCredentialsFile("viewer@example.com"))(t)
	for _, c := range []struct {
		name, option string
		file         []byte
		want         string
	}{
		{"none", "", nil, ""},
		{"the emulator's, for gcloud", "", user, "viewer@example.com"},
		{"the emulator's, for the Go clients", "", external, "viewer@example.com"},
		{"the option wins", "editor@example.com", user, "editor@example.com"},
		{"Google's", "", []byte(`{"type":"authorized_user","account":"me@example.com","token_uri":"https://oauth2.googleapis.com/token"}`), ""},
		{"another emulator's", "", []byte(`{"type":"authorized_user","account":"me@example.com","token_uri":"http://127.0.0.1:1/emulator/v1/token"}`), ""},
		{"broken", "", []byte(`{`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "adc.json")
			if c.file != nil {
				if err := os.WriteFile(path, c.file, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", path)
			client := clientOf(t, s, Options{Caller: c.option})
			who, err := client.Caller(t.Context())
			if want := (cloud.Caller{Email: c.want, Kind: "emulator"}); err != nil || who != want {
				t.Errorf("got %+v, %v, want %+v", who, err, want)
			}
			// The emulator agrees: a viewer may not add versions.
			has := must(client.SecretPermissions(t.Context(), secretIn("contract-well", "hub-token"), []string{"secretmanager.versions.add"}))(t)
			if want := map[bool]int{true: 0, false: 1}[c.want == "viewer@example.com"]; len(has) != want {
				t.Errorf("it has %v", has)
			}
		})
	}
}
