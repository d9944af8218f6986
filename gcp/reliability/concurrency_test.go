package reliability

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
)

const spareToken = "projects/rel-shop/secrets/spare-token"

// fullPolicy is how many members an IAM policy may hold.
const fullPolicy = 1500

// member is the n-th of many members.
func member(n int) string { return fmt.Sprintf("user:member-%04d@example.com", n) }

// edit writes a policy as somebody else does: with its etag, again and again
// until nobody was faster.
func (w *world) edit(ctx context.Context, secret string, change func(*iampb.Policy)) error {
	for {
		p, err := w.policy(ctx, secret)
		if err != nil {
			return err
		}
		change(p)
		p.Version = 3
		_, err = w.secrets().SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: secret, Policy: p})
		if status.Code(err) != codes.Aborted {
			return err
		}
	}
}

// filled gives a secret's policy so many members in all, in a role of their own.
func (w *world) filled(ctx context.Context, secret string, members int) error {
	return w.edit(ctx, secret, func(p *iampb.Policy) {
		b := &iampb.Binding{Role: "roles/secretmanager.secretVersionManager"}
		for n := count(p); n < members; n++ {
			b.Members = append(b.Members, member(n))
		}
		p.Bindings = append(p.Bindings, b)
	})
}

func count(p *iampb.Policy) int {
	n := 0
	for _, b := range p.GetBindings() {
		n += len(b.GetMembers())
	}
	return n
}

// without is a policy's bindings without some members.
func without(p *iampb.Policy, gone func(role, member string, always bool) bool) []*iampb.Binding {
	var all []*iampb.Binding
	for _, b := range p.GetBindings() {
		b = proto.CloneOf(b)
		b.Members = slices.DeleteFunc(b.Members, func(m string) bool { return gone(b.GetRole(), m, b.GetCondition() == nil) })
		if len(b.Members) > 0 {
			all = append(all, b)
		}
	}
	return all
}

// openWorld is a world that ends with the test.
func openWorld(t *testing.T, s *site) *world {
	t.Helper()
	w, err := s.newWorld(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

// editOf is an edit of somebody else, which differs from all others.
func editOf(n int) *iampb.Binding {
	return &iampb.Binding{Role: "roles/secretmanager.viewer", Members: []string{fmt.Sprintf("user:edit-%d@example.com", n)}}
}

func isEdit(member string) bool { return strings.HasPrefix(member, "user:edit-") }

// TestNoGrantIsLost lets eight clients grant at once to one policy that has
// conditions and hundreds of members, while somebody else edits it too. With
// `make reliability` they are 1,000 grants, and the policy is nearly full.
func TestNoGrantIsLost(t *testing.T) {
	const writers, others, foreign = 8, 400, 50
	grants := 120
	if os.Getenv(pageVariable) != "" {
		grants = 1000
	}
	w := openWorld(t, newLab(t).site)
	if err := w.filled(t.Context(), spareToken, others); err != nil {
		t.Fatal(err)
	}
	before, err := w.policy(t.Context(), spareToken)
	if err != nil {
		t.Fatal(err)
	}
	name, _ := cloud.ParseSecretName(spareToken)
	var next atomic.Int64
	var group sync.WaitGroup
	for range writers {
		c, err := gcp.NewEmulator(t.Context(), w.emulator.Addr(), gcp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		group.Go(func() {
			for n := int(next.Add(1)); n <= grants; n = int(next.Add(1)) {
				changed, err := c.Grant(t.Context(), name, cloud.AccessorRole, fmt.Sprintf("user:grant-%04d@example.com", n))
				if err != nil || !changed {
					t.Errorf("grant %d: changed %v, %v", n, changed, err)
				}
			}
		})
	}
	group.Go(func() {
		for n := range foreign {
			err := w.edit(t.Context(), spareToken, func(p *iampb.Policy) {
				p.Bindings = append(p.Bindings, editOf(n))
			})
			if err != nil {
				t.Errorf("somebody else's edit %d: %v", n, err)
			}
		}
	})
	group.Wait()
	after, err := w.policy(t.Context(), spareToken)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := count(after), others+grants+foreign; got != want {
		t.Errorf("%d members, want %d", got, want)
	}
	rest := without(after, func(_, m string, _ bool) bool { return isEdit(m) || strings.HasPrefix(m, "user:grant-") })
	if diff := cmp.Diff(before.GetBindings(), rest, protocmp.Transform()); diff != "" {
		t.Errorf("what was there before has changed (-before +after):\n%s", diff)
	}
	if os.Getenv(pageVariable) != "" {
		fmt.Printf("%d grants by %d writers at once, beside %d edits of somebody else and %d other members: none lost\n", grants, writers, foreign, others)
	}
}

// TestSetupsAtOnce runs the program for two repositories and one secret, twice
// each and all at the same time, while somebody else never stops to edit the
// policy of the secret.
func TestSetupsAtOnce(t *testing.T) {
	l := newLab(t)
	w := openWorld(t, l.site)
	before, err := w.policy(t.Context(), spareToken)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	edits := 0
	var foreign, ours sync.WaitGroup
	foreign.Go(func() {
		for ; ctx.Err() == nil && edits < 500; edits++ {
			err := w.edit(t.Context(), spareToken, func(p *iampb.Policy) {
				p.Bindings = append(p.Bindings, editOf(edits))
			})
			if err != nil {
				t.Errorf("somebody else's edit: %v", err)
			}
		}
	})
	repositories := []string{"images", "second"}
	for _, r := range append(repositories, repositories...) {
		ours.Go(func() {
			o, err := w.run(t.Context(), l.program, l.args(w, setup("rel-shop", r, "spare-token")), nil)
			// Of two runs on one repository, which has no etag, one may find that
			// the other has changed it, before its update or after.
			stopped := o.Report.Problem != nil && (o.Report.Problem.Code == check.ChangedMeanwhile ||
				o.Report.Problem.Code == check.NotAsWritten)
			if err != nil || o.Exit != exitDone && !stopped {
				t.Errorf("%s: exit %d, %v, %+v", r, o.Exit, err, o.Report.Problem)
			}
		})
	}
	ours.Wait()
	stop()
	foreign.Wait()
	for _, r := range repositories {
		f := flow{project: "rel-shop", repository: r}
		o, err := w.run(t.Context(), l.program, l.args(w, setup("rel-shop", r, "spare-token")), nil)
		if err != nil || o.Exit != exitDone {
			t.Errorf("%s, in the end: exit %d, %v, %+v", r, o.Exit, err, o.Report.Problem)
		}
		if pulls, err := w.pull(t.Context(), f); err != nil || !pulls {
			t.Errorf("%s does not pull: %v", r, err)
		}
	}
	after, err := w.policy(t.Context(), spareToken)
	if err != nil {
		t.Fatal(err)
	}
	ourMembers, theirs := 0, 0
	rest := without(after, func(role, m string, always bool) bool {
		switch {
		case isEdit(m):
			theirs++
			return true
		case m == agentOfShop && always && role == cloud.AccessorRole:
			ourMembers++
			return true
		}
		return false
	})
	if diff := cmp.Diff(before.GetBindings(), rest, protocmp.Transform()); diff != "" {
		t.Errorf("what was there before has changed (-before +after):\n%s", diff)
	}
	if ourMembers != 1 || theirs != edits {
		t.Errorf("the service agent is granted access %d times; %d of %d edits of somebody else are there", ourMembers, theirs, edits)
	}
}

// TestPoliciesThatCannotBeChanged wants a problem that says what to do, and
// nothing lost.
func TestPoliciesThatCannotBeChanged(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct {
		name    string
		project string
		secret  string
		prepare func(ctx context.Context, w *world) error
		exit    int
		title   string
		hint    string
	}{
		{"one place left", "rel-shop", "spare-token", func(ctx context.Context, w *world) error { return w.filled(ctx, spareToken, fullPolicy-1) }, exitDone, "", ""},
		{"full", "rel-shop", "spare-token", func(ctx context.Context, w *world) error { return w.filled(ctx, spareToken, fullPolicy) }, exitPartial,
			"policy is full", "1,500 members"},
		{"denied", "rel-shop", "spare-token", func(_ context.Context, w *world) error {
			w.emulator.AddFault(emulator.Fault{Service: "SecretManagerService", Method: "SetIamPolicy", Code: codes.PermissionDenied})
			return nil
		}, exitPartial, "secretmanager.secrets.setIamPolicy", "roles/secretmanager.admin"},
		{"kept by an organisation policy", "rel-closed", "images-token", func(context.Context, *world) error { return nil }, exitPartial,
			"organisation policy", "iam.allowedPolicyMemberDomains"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := openWorld(t, l.site)
			if err := c.prepare(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			secret := "projects/" + c.project + "/secrets/" + c.secret
			before, err := w.policy(t.Context(), secret)
			if err != nil {
				t.Fatal(err)
			}
			o, err := w.run(t.Context(), l.program, l.args(w, setup(c.project, "images", c.secret)), nil)
			if err != nil || o.Exit != c.exit {
				t.Fatalf("exit %d, %v: %+v", o.Exit, err, o.Report.Problem)
			}
			if c.exit == exitDone {
				return
			}
			if p := o.Report.Problem; p == nil || !strings.Contains(p.Title, c.title) || !strings.Contains(strings.Join(p.Hints, "\n"), c.hint) {
				t.Errorf("it says %+v, want %q and a hint with %q", p, c.title, c.hint)
			}
			after, err := w.policy(t.Context(), secret)
			if diff := cmp.Diff(before, after, protocmp.Transform()); err != nil || diff != "" {
				t.Errorf("%v; the policy has changed:\n%s", err, diff)
			}
		})
	}
}

// TestARepositoryThatChangesStopsTheRun lets somebody else take the
// credentials away while the run is about to write its first change.
func TestARepositoryThatChangesStopsTheRun(t *testing.T) {
	l := newLab(t)
	w := openWorld(t, l.site)
	f := flow{project: "rel-shop", repository: "images"}
	fault := newFault(call{"SecretManagerService.AddSecretVersion", 1}, kind{})
	fault.meanwhile = func(ctx context.Context) error {
		_, err := w.registry().UpdateRepository(ctx, &artifactregistrypb.UpdateRepositoryRequest{
			Repository: &artifactregistrypb.Repository{Name: f.repositoryName()},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"remote_repository_config.upstream_credentials"}},
		})
		return err
	}
	o, err := w.run(t.Context(), l.program, l.args(w, setup("rel-shop", "images", "spare-token")), fault)
	if err = errors.Join(err, fault.err); err != nil || !fault.hit() {
		t.Fatal(err)
	}
	if o.Exit != exitPartial || o.Report.Problem == nil || o.Report.Problem.Code != check.ChangedMeanwhile {
		t.Errorf("exit %d, %+v", o.Exit, o.Report.Problem)
	}
	if now, err := w.look(t.Context(), f); err != nil || now.Username != "" || now.Version != "" {
		t.Errorf("%v; somebody else's change was overwritten with %q", err, now.Version)
	}
}

// TestALostVersionIsToldFromSomebodyElses loses a version before it is added,
// at the moment when somebody else adds one.
func TestALostVersionIsToldFromSomebodyElses(t *testing.T) {
	const theirs = "somebody-elses-token"
	l := newLab(t)
	w := openWorld(t, l.site)
	f := flow{project: "rel-shop", repository: "images"}
	fault := newFault(call{"SecretManagerService.AddSecretVersion", 1}, kind{code: codes.Unavailable})
	fault.meanwhile = func(ctx context.Context) error {
		_, err := w.secrets().AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
			Parent: spareToken, Payload: &secretmanagerpb.SecretPayload{Data: []byte(theirs)},
		})
		return err
	}
	o, err := w.run(t.Context(), l.program, l.args(w, setup("rel-shop", "images", "spare-token")), fault)
	if err = errors.Join(err, fault.err); err != nil || o.Exit != exitDone {
		t.Fatalf("exit %d, %v: %+v", o.Exit, err, o.Report.Problem)
	}
	now, err := w.look(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	want := []versionState{{"ENABLED", oldToken}, {"ENABLED", theirs}, {"ENABLED", newToken}}
	if diff := cmp.Diff(want, now.Secrets["spare-token"].Versions); diff != "" || now.Version != spareToken+"/versions/3" || !now.Pulls {
		t.Errorf("the repository uses %s and pulls: %v\n%s", now.Version, now.Pulls, diff)
	}
}
