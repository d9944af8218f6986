package doctor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// TestGapsAreToldByTheirReasons: which links nobody could look at, and why, in
// as few words as possible.
func TestGapsAreToldByTheirReasons(t *testing.T) {
	chain := []check.Finding{
		{ID: linkAPIs, Level: check.OK, Says: text.New("on")},
		{ID: linkRepository, Level: check.Unknown, Says: text.New("You can't see it"), Why: text.New("you need a permission")},
		{ID: linkSecret, Level: check.Unknown, Code: check.CausedBy, Why: text.New("Caused by: it")},
		{ID: linkGrant, Level: check.Unknown, Says: text.New("nothing here lets it"), Why: text.New("the project may")},
		{ID: linkVersion, Level: check.Unknown, Code: check.CausedBy, Why: text.New("Caused by: it")},
		{ID: engine.LinkPull, Level: check.Unknown, Says: text.New("no pull was tried")},
	}
	want := []Gap{
		{[]string{linkRepository}, text.New("You can't see it; you need a permission")},
		{[]string{linkSecret, linkVersion}, text.New("Caused by: it")},
		{[]string{linkGrant}, text.New("nothing here lets it; the project may")},
		{[]string{engine.LinkPull}, text.New("no pull was tried")},
	}
	if diff := cmp.Diff(want, Gaps(chain)); diff != "" {
		t.Error(diff)
	}
	if gaps := Gaps(chain[:1]); len(gaps) > 0 {
		t.Errorf("%v", gaps)
	}
}

// TestWhatCannotBeSeenNamesThePermission: each permission with the smallest role
// that holds it.
func TestWhatCannotBeSeenNamesThePermission(t *testing.T) {
	for permission, role := range map[string]string{
		"secretmanager.versions.access": cloud.AccessorRole, "secretmanager.secrets.getIamPolicy": "roles/iam.securityReviewer",
		"resourcemanager.projects.getIamPolicy": "roles/iam.securityReviewer", "secretmanager.versions.get": "roles/secretmanager.viewer",
		"artifactregistry.repositories.get": "roles/artifactregistry.reader", "serviceusage.services.get": "roles/serviceusage.serviceUsageViewer",
		"resourcemanager.projects.get": "roles/browser",
	} {
		f := unchecked(text.New("You can't see it"), cloudtest.Refused(permission, ""), "another.permission", "projects/demo-project/secrets/s")
		want := "gcloud projects add-iam-policy-binding demo-project --member=user:YOU --role=" + role
		if f.Level != check.Unknown || f.Code != check.NotAllowed || !strings.Contains(f.Why.In(text.English), permission+" on projects/demo-project/secrets/s") || f.Remedy.Command != want {
			t.Errorf("%s: %+v, %+v", permission, f, f.Remedy)
		}
	}
	if f := unchecked(text.New("You can't see it"), cloudtest.Refused("", ""), "compute.disks.get", "projects/p"); f.Remedy.Command != "" || f.Why.Empty() {
		t.Errorf("%+v", f)
	}
	if f := unchecked(text.New("You can't see it"), &cloud.Error{Kind: cloud.APIDisabled}, "x", "y"); f.Code != check.CausedBy || f.Cause != linkAPIs {
		t.Errorf("%+v", f)
	}
	if f := unchecked(text.New("You can't see it"), &cloud.Error{Kind: cloud.Unavailable, Message: "down"}, "x", "y"); f.Remedy != nil || f.Why.Empty() {
		t.Errorf("%+v", f)
	}
}

// TestMergeSaysAll: one finding of several names the worst first, and keeps what
// the others say.
func TestMergeSaysAll(t *testing.T) {
	f := engine.Merge([]check.Finding{
		{Level: check.OK, Says: text.New("fine")}, {Level: check.Note, Says: text.New("noted"), Why: text.New("because")}, {Level: check.Block, Says: text.New("broken"), Why: text.New("so")}, {Level: check.Warning, Says: text.New("careful")},
	})
	if f.Level != check.Block || f.Says.In(text.English) != "broken" || f.Why.In(text.English) != "so; also: noted (because); also: careful" {
		t.Errorf("%+v", f)
	}
	if f := engine.Merge([]check.Finding{{Level: check.Warning, Says: text.New("a")}, {Level: check.Note, Says: text.New("b")}}); f.Why.In(text.English) != "also: b" {
		t.Errorf("%+v", f)
	}
}
