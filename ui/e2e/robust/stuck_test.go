//go:build linux || darwin

package robust

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"example.com/upstreamauth/ui/e2e"
	"example.com/upstreamauth/ui/e2e/mutant"
)

// hasty cuts the program's longest deadlines to that of any call, so that
// nobody has to wait for them.
var hasty = mutant.Mutant{Changes: []mutant.Change{
	mutant.In("gcp", "").NameBecomes("slowWrite", "10e9"), // nanoseconds
	mutant.In("gcp", "").NameBecomes("policyLimit", "20e9"),
}}

// stuck is how a setup ends when one method is never answered.
var stuck = map[string]struct {
	code int
	says string // which call, in words and by its name
}{
	// What is needed to make a plan ends the run before the first write.
	"GetProject":         {1, "look up project demo-healthy (Projects.GetProject)"},
	"GetRepository":      {1, "read repository projects/demo-healthy/locations/us-central1/repositories/docker-hub (ArtifactRegistry.GetRepository)"},
	"GetSecret":          {1, "read secret projects/demo-healthy/secrets/fresh (SecretManagerService.GetSecret)"},
	"ListSecretVersions": {1, "list versions of secret projects/demo-healthy/secrets/fresh (SecretManagerService.ListSecretVersions)"},
	// What is not is a doubt, and the run goes on.
	"BatchGetServices":   {0, "look up the enabled APIs of project demo-healthy (ServiceUsage.BatchGetServices)"},
	"TestIamPermissions": {0, "test permissions on project demo-healthy (Projects.TestIamPermissions)"},
	pulling:              {0, "pull through repository projects/demo-healthy/locations/us-central1/repositories/docker-hub (GET docker)"},
	// What is being applied is done in part, or may be.
	"CreateSecret":     {3, "create secret projects/demo-healthy/secrets/fresh (SecretManagerService.CreateSecret)"},
	"AddSecretVersion": {3, "add a version to secret projects/demo-healthy/secrets/fresh (SecretManagerService.AddSecretVersion)"},
	"GetIamPolicy":     {3, "read the IAM policy of secret projects/demo-healthy/secrets/fresh (SecretManagerService.GetIamPolicy)"},
	"SetIamPolicy":     {3, "the IAM policy of secret projects/demo-healthy/secrets/fresh (SecretManagerService."},
	"UpdateRepository": {3, "update repository projects/demo-healthy/locations/us-central1/repositories/docker-hub (ArtifactRegistry.UpdateRepository)"},
	"GetSecretVersion": {3, "read version projects/demo-healthy/secrets/fresh/versions/1 (SecretManagerService.GetSecretVersion)"},
}

// Each call of a setup in turn is never answered, or begun to be and no more.
// The run ends, says which call it was, and the same again finishes.
func TestStuckCalls(t *testing.T) {
	t.Parallel()
	path := e2e.Program(t, hasty)
	p := newPlace(t)
	if e := p.run(p.complete()...); e.code != 0 {
		t.Fatal(e.err)
	}
	for _, c := range p.emulator.Calls() {
		if _, ok := stuck[c.Method]; !ok {
			t.Errorf("nothing is said of %s", c.Method)
		}
	}
	var all sync.WaitGroup
	defer all.Wait()
	for method, want := range stuck {
		for output, head := range map[string]bool{"text": false, "json": true} {
			all.Go(func() {
				t.Run(fmt.Sprintf("%s, the head %v", method, head), func(t *testing.T) {
					p, g := behindGate(t)
					p.program = path
					g.stick(method, head)
					e := p.run(p.complete("--output", output)...)
					if said := e.out + e.err; e.code != want.code || !strings.Contains(said, want.says) {
						t.Errorf("exit code %d, want %d, and it does not say %q:\n%s", e.code, want.code, want.says, said)
					}
					if said := problemOf(t, e, output); want.code != 0 && (said.Title != "Google didn't answer in time" || !strings.Contains(said.Detail, "no answer from "+p.addr+" within ")) {
						t.Errorf("the problem is %+v", said)
					}
					if w := p.writes(); want.code == 1 && len(w) > 0 {
						t.Errorf("it has written %v", w)
					}
					g.open()
					if e := p.run(p.complete()...); e.code != 0 {
						t.Errorf("the same again: exit code %d: %s", e.code, e.err)
					}
				})
			})
		}
	}
}
