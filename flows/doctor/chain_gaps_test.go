package doctor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
)

// TestGapsAreToldByTheirReasons: which links nobody could look at, and why, in
// as few words as possible.
func TestGapsAreToldByTheirReasons(t *testing.T) {
	chain := []check.Finding{
		{ID: linkAPIs, Level: check.OK, Says: "on"},
		{ID: linkRepository, Level: check.Unknown, Says: engine.NotLookedAt, Why: "it needs a permission"},
		{ID: linkSecret, Level: check.Unknown, Says: engine.NotLookedAt, Why: "the link repository comes first"},
		{ID: linkGrant, Level: check.Unknown, Says: "nothing here lets it", Why: "the project may"},
		{ID: linkVersion, Level: check.Unknown, Says: engine.NotLookedAt, Why: "the link repository comes first"},
		{ID: engine.LinkPull, Level: check.Unknown, Says: "no pull was tried"},
	}
	want := []Gap{
		{[]string{linkRepository}, "it needs a permission"},
		{[]string{linkSecret, linkVersion}, "the link repository comes first"},
		{[]string{linkGrant}, "nothing here lets it; the project may"},
		{[]string{engine.LinkPull}, "no pull was tried"},
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
		f := missed(cloudtest.Refused(permission, ""), "another.permission", "projects/demo-project/secrets/s")
		want := "gcloud projects add-iam-policy-binding demo-project --member=user:YOU --role=" + role
		if f.Level != check.Unknown || f.Why != "it needs the permission "+permission+" on projects/demo-project/secrets/s" || f.Remedy.Command != want {
			t.Errorf("%s: %+v, %+v", permission, f, f.Remedy)
		}
	}
	if f := missed(cloudtest.Refused("", ""), "compute.disks.get", "projects/p"); f.Remedy.Command != "" || f.Why == "" {
		t.Errorf("%+v", f)
	}
	if f := missed(&cloud.Error{Kind: cloud.APIDisabled}, "x", "y"); f.Why != waits(linkAPIs).Why {
		t.Errorf("%+v", f)
	}
	if f := missed(&cloud.Error{Kind: cloud.Unavailable, Message: "down"}, "x", "y"); f.Remedy != nil || f.Why == "" {
		t.Errorf("%+v", f)
	}
}

// TestMergeSaysAll: one finding of several names the worst first, and keeps what
// the others say.
func TestMergeSaysAll(t *testing.T) {
	f := engine.Merge([]check.Finding{
		{Level: check.OK, Says: "fine"}, {Level: check.Note, Says: "noted", Why: "because"}, {Level: check.Block, Says: "broken", Why: "so"}, {Level: check.Warning, Says: "careful"},
	})
	if f.Level != check.Block || f.Says != "broken" || f.Why != "so; also: noted (because); also: careful" {
		t.Errorf("%+v", f)
	}
	if f := engine.Merge([]check.Finding{{Level: check.Warning, Says: "a"}, {Level: check.Note, Says: "b"}}); f.Why != "also: b" {
		t.Errorf("%+v", f)
	}
}
