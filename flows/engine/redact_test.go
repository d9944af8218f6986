package engine_test

import (
	"testing"

	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
)

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"nothing here": "nothing here",
		"projects/p/secrets/dckr-token/versions/1":                     "projects/p/secrets/dckr-token/versions/1",
		"user " + cloudtest.TestToken + " at":                          "user [redacted] at",
		"https://alice:secret@host/x":                                  "https[redacted]host/x",
		"Authorization: Basic YWxpY2U6c2VjcmV0":                        "Authorization: [redacted]",
		"ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789":                     "[redacted]",
		"service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com":    "service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com",
		"glpat-abcdefghijklmnopqrst and npm_abcdefghijklmnopqrstuvwxy": "[redacted] and [redacted]",
	} {
		if got := engine.Redact(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
