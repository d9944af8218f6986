package change

import (
	"fmt"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/step"
)

// An upstream address with a login in it is shown nowhere as it is, and the
// reader is told who else can see it.
func TestUpstreamAddressWithLogin(t *testing.T) {
	for _, uri := range []string{"https://jane:s3cret@nexus.example.com/npm/", "https://s3cret@nexus.example.com", "https://jane:s3/cret@nexus.example.com:x/"} {
		r := cloud.Repository{Format: "NPM", Mode: "REMOTE_REPOSITORY", URI: clean.Address(uri)}
		fs := step.AddressWarnings(r)
		if len(fs) != 1 || fs[0].Code != check.UpstreamAddressLogin || fs[0].Level != check.Warning {
			t.Errorf("%s: %+v", uri, fs)
		}
		if text := fmt.Sprint(fs, engine.TargetOf(r), engine.TargetOf(r).BaseURL()); strings.Contains(text, "s3cret") || strings.Contains(text, "cret@") {
			t.Errorf("%s: %s", uri, text)
		}
	}
	if fs := step.AddressWarnings(cloud.Repository{URI: "https://nexus.example.com/npm/"}); len(fs) != 0 {
		t.Errorf("%+v", fs)
	}
}
