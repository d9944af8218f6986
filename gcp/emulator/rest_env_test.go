package emulator

import (
	"os/exec"
	"strings"
	"testing"
)

// TestPrintEnv has a shell read what PrintEnv writes, hostile names included.
func TestPrintEnv(t *testing.T) {
	hostile := "it's $(touch x) `y` \"z\" \\ \n end"
	tests := []struct {
		name, project, credentials string
		want                       map[string]string
	}{
		{"default caller", "", "", map[string]string{
			"UPSTREAMAUTH_EMULATOR":                                "127.0.0.1:80",
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_ARTIFACTREGISTRY":     "http://127.0.0.1:80/",
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER":        "http://127.0.0.1:80/secretmanager/",
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER": "http://127.0.0.1:80/",
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE":         "http://127.0.0.1:80/",
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM":                  "http://127.0.0.1:80/",
			"CLOUDSDK_CORE_DISABLE_PROMPTS":                        "1",
			"CLOUDSDK_AUTH_DISABLE_CREDENTIALS":                    "true",
			"CLOUDSDK_CORE_PROJECT":                                "(unset)",
			"GOOGLE_APPLICATION_CREDENTIALS":                       "(unset)",
		}},
		{"named caller, hostile names", hostile, hostile, map[string]string{
			"CLOUDSDK_CORE_PROJECT":                  hostile,
			"CLOUDSDK_AUTH_DISABLE_CREDENTIALS":      "false",
			"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": hostile,
			"GOOGLE_APPLICATION_CREDENTIALS":         hostile,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, want := range tt.want {
				script := "set -u; " + PrintEnv("127.0.0.1:80", tt.project, tt.credentials) + `printf %s "${` + name + `-(unset)}"`
				cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
				cmd.Env, cmd.Dir = []string{"PATH=/nowhere"}, t.TempDir()
				out, err := cmd.Output()
				if err != nil || string(out) != want {
					t.Errorf("%s is %q, want %q (%v)", name, out, want, err)
				}
			}
		})
	}
	if out := PrintEnv("127.0.0.1:80", "", ""); strings.Count(out, "\n") != strings.Count(out, "export ") {
		t.Errorf("a line that exports nothing:\n%s", out)
	}
}
