package gcp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/gcp/emulator"
)

const (
	readPolicyRPC  = "SecretManagerService.GetIamPolicy"
	writePolicyRPC = "SecretManagerService.SetIamPolicy"
	member         = "serviceAccount:" + agent
)

var theSecret = cloud.SecretName{Project: "p", ID: "s"}

// policyStore is one policy as Secret Manager keeps it: etags are enforced.
type policyStore struct {
	mu      sync.Mutex
	version int
	policy  *iampb.Policy
	writes  []*iampb.SetIamPolicyRequest
	// onWrite, if set, comes before or after a write and may lose its answer.
	onWrite func(write func()) error
}

func (s *policyStore) get(_ context.Context, m proto.Message) (proto.Message, error) {
	if got := m.(*iampb.GetIamPolicyRequest).GetOptions().GetRequestedPolicyVersion(); got != policyVersion {
		return nil, status.Errorf(codes.InvalidArgument, "asked for policy version %d", got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current(), nil
}

func (s *policyStore) current() *iampb.Policy {
	p := proto.CloneOf(s.policy)
	p.Etag = []byte(strconv.Itoa(s.version))
	return p
}

func (s *policyStore) set(_ context.Context, m proto.Message) (proto.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := m.(*iampb.SetIamPolicyRequest)
	s.writes = append(s.writes, r)
	if string(r.GetPolicy().GetEtag()) != strconv.Itoa(s.version) {
		return nil, status.Error(codes.Aborted, "There were concurrent policy changes.")
	}
	write := func() { s.replace(r.GetPolicy()) }
	if s.onWrite != nil {
		if err := s.onWrite(write); err != nil {
			return nil, err
		}
		return s.current(), nil
	}
	write()
	return s.current(), nil
}

func (s *policyStore) replace(p *iampb.Policy) {
	s.version++
	s.policy = proto.CloneOf(p)
}

func (s *policyStore) client(t *testing.T) (*Client, *fake) {
	t.Helper()
	f := newFake(t, nil, map[string]reply{readPolicyRPC: s.get, writePolicyRPC: s.set})
	return f.client(t, Options{}), f
}

func binding(role string, condition *expr.Expr, members ...string) *iampb.Binding {
	return &iampb.Binding{Role: role, Members: members, Condition: condition}
}

var nights = &expr.Expr{Title: "nights", Expression: "request.time.getHours() < 6"}

func TestGrantKeepsEverythingElse(t *testing.T) {
	odd := &iampb.Policy{
		Version: 3,
		Bindings: []*iampb.Binding{
			binding(cloud.AccessorRole, nights, member, "user:a@example.com"),
			binding("roles/viewer", nil, "user:b@example.com"),
			binding(cloud.AccessorRole, nil, "deleted:"+member+"?uid=1"),
			binding(cloud.AccessorRole, nil, "user:c@example.com"),
		},
		AuditConfigs: []*iampb.AuditConfig{{Service: "allServices"}},
	}
	odd.ProtoReflect().SetUnknown(protowire.AppendString(protowire.AppendTag(nil, 777, protowire.BytesType), "tomorrow's field"))
	odd.Bindings[1].ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 778, protowire.VarintType), 42))
	store := &policyStore{policy: odd}
	c, f := store.client(t)

	changed, err := c.Grant(t.Context(), theSecret, cloud.AccessorRole, member)
	if err != nil || !changed {
		t.Fatalf("got %v, %v", changed, err)
	}
	want := proto.CloneOf(odd)
	want.Bindings[2].Members = append(want.Bindings[2].Members, member)
	if diff := cmp.Diff(want, store.policy, protocmp.Transform(), protocmp.IgnoreFields(&iampb.Policy{}, "etag")); diff != "" {
		t.Errorf("the policy differs (-want +got):\n%s", diff)
	}
	if got := [2]int{f.count(readPolicyRPC), f.count(writePolicyRPC)}; got != [2]int{2, 1} {
		t.Errorf("reads and writes: %v, want [2 1]", got)
	}
	if w := store.writes[0].GetPolicy(); w.GetVersion() != 3 || string(w.GetEtag()) != "0" {
		t.Errorf("wrote version %d with etag %q", w.GetVersion(), w.GetEtag())
	}

	changed, err = c.Grant(t.Context(), theSecret, cloud.AccessorRole, member)
	if err != nil || changed {
		t.Fatalf("again: got %v, %v", changed, err)
	}
	if got := [2]int{f.count(readPolicyRPC), f.count(writePolicyRPC)}; got != [2]int{3, 1} {
		t.Errorf("reads and writes after the second time: %v, want [3 1]", got)
	}

	changed, err = c.Revoke(t.Context(), theSecret, cloud.AccessorRole, member, "")
	if err != nil || !changed {
		t.Fatalf("revoke: got %v, %v", changed, err)
	}
	if diff := cmp.Diff(odd, store.policy, protocmp.Transform(), protocmp.IgnoreFields(&iampb.Policy{}, "etag")); diff != "" {
		t.Errorf("revoking did not bring back the first policy (-want +got):\n%s", diff)
	}
}

func TestGrantToAnEmptyPolicyAndBack(t *testing.T) {
	store := &policyStore{policy: &iampb.Policy{}}
	c, _ := store.client(t)
	if changed, err := c.Grant(t.Context(), theSecret, cloud.AccessorRole, member); err != nil || !changed {
		t.Fatalf("got %v, %v", changed, err)
	}
	got, err := c.SecretPolicy(t.Context(), theSecret)
	want := []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{member}}}
	if diff := cmp.Diff(want, got.Bindings); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if changed, err := c.Revoke(t.Context(), theSecret, cloud.AccessorRole, member, ""); err != nil || !changed {
		t.Fatalf("revoke: got %v, %v", changed, err)
	}
	if len(store.policy.GetBindings()) != 0 {
		t.Errorf("an empty binding was left: %v", store.policy)
	}
	if changed, err := c.Revoke(t.Context(), theSecret, cloud.AccessorRole, member, ""); err != nil || changed {
		t.Errorf("revoke again: got %v, %v", changed, err)
	}
}

func TestGrantAfterLostAnswers(t *testing.T) {
	lostAnswer := status.Error(codes.Unavailable, "The service is currently unavailable.")
	for _, c := range []struct {
		name    string
		onWrite func(times int, write func()) error
		writes  int
		want    cloud.Kind
	}{
		{"written, answer lost", func(_ int, write func()) error { write(); return lostAnswer }, 1, ""},
		{"written, deadline passed", func(_ int, write func()) error { write(); return status.Error(codes.DeadlineExceeded, "late") }, 1, ""},
		{"lost before it was written", func(n int, write func()) error {
			if n == 1 {
				return lostAnswer
			}
			write()
			return nil
		}, 2, ""},
		{"never comes through", func(int, func()) error { return lostAnswer }, attempts, cloud.Unavailable},
		{"refused", func(int, func()) error {
			return status.Error(codes.PermissionDenied, "The caller does not have permission")
		}, 1, cloud.PermissionDenied},
		{"agent missing", func(int, func()) error {
			return status.Error(codes.InvalidArgument, "Service account "+agent+" does not exist.")
		}, 1, cloud.AgentMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := &policyStore{policy: &iampb.Policy{}}
			times := 0
			store.onWrite = func(write func()) error { times++; return c.onWrite(times, write) }
			client, _ := store.client(t)
			changed, err := client.Grant(t.Context(), theSecret, cloud.AccessorRole, member)
			if cloud.KindOf(err) != c.want || err == nil && !changed {
				t.Errorf("got %v, %v; want %q", changed, err, c.want)
			}
			if len(store.writes) != c.writes {
				t.Errorf("%d writes, want %d", len(store.writes), c.writes)
			}
		})
	}
}

func TestGrantIsWrittenAgainWhereSomebodyOverwroteIt(t *testing.T) {
	store := &policyStore{policy: &iampb.Policy{}}
	times := 0
	store.onWrite = func(write func()) error {
		write()
		if times++; times == 1 {
			store.replace(&iampb.Policy{}) // somebody without an etag
		}
		return nil
	}
	c, _ := store.client(t)
	if changed, err := c.Grant(t.Context(), theSecret, cloud.AccessorRole, member); err != nil || !changed {
		t.Fatalf("got %v, %v", changed, err)
	}
	if len(store.policy.GetBindings()) != 1 {
		t.Errorf("the grant is not there: %v", store.policy)
	}
}

func TestGrantGivesUpAgainstAnEndlessRace(t *testing.T) {
	store := &policyStore{policy: &iampb.Policy{}}
	store.onWrite = func(func()) error { return status.Error(codes.Aborted, "There were concurrent policy changes.") }
	c, _ := store.client(t)
	waits := 0
	c.sleep = func(context.Context, time.Duration) error {
		if waits++; waits == 20 {
			return errors.New("the minute is over")
		}
		return nil
	}
	if changed, err := c.Grant(t.Context(), theSecret, cloud.AccessorRole, member); changed || cloud.KindOf(err) != cloud.Conflict {
		t.Errorf("got %v, %v; want a conflict", changed, err)
	}
	if waits != 20 {
		t.Errorf("gave up after %d waits", waits)
	}
}

func TestAPolicyWithoutEtagIsNotWritten(t *testing.T) {
	f := newFake(t, nil, map[string]reply{readPolicyRPC: always(&iampb.Policy{}), writePolicyRPC: always(&iampb.Policy{})})
	if changed, err := f.client(t, Options{}).Grant(t.Context(), theSecret, cloud.AccessorRole, member); changed || err == nil {
		t.Errorf("got %v, %v", changed, err)
	}
	if f.count(writePolicyRPC) != 0 {
		t.Error("it was written")
	}
}

// TestNothingIsLostAmongConcurrentWriters lets eight writers and a foreign one
// at the policy of one secret of the emulator's.
func TestNothingIsLostAmongConcurrentWriters(t *testing.T) {
	const writers = 8
	s := startEmulator(t, emulator.Options{})
	name := secretIn("contract-well", "conditional")
	before := must(clientOf(t, s, Options{}).SecretPolicy(t.Context(), name))(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var foreign, ours sync.WaitGroup
	writer := func() *Client {
		c := clientOf(t, s, Options{})
		c.sleep = sleep // jitter is what lets everybody through
		return c
	}
	foreigner := writer()
	foreign.Go(func() {
		for edit := foreigner.Grant; ctx.Err() == nil; {
			if changed, err := edit(t.Context(), name, "roles/secretmanager.viewer", "user:foreign@example.com"); err != nil || !changed {
				t.Errorf("the foreign writer's edit is lost: %v, %v", changed, err)
			}
			p, err := foreigner.SecretPolicy(t.Context(), name)
			if err != nil {
				t.Error(err)
			}
			if edit = foreigner.Grant; has(fmt.Sprint(p), "foreign") {
				edit = revoking(foreigner)
			}
		}
	})
	for i := range writers {
		c := writer()
		ours.Go(func() {
			who := fmt.Sprintf("user:%d@example.com", i)
			for n, step := range []func(context.Context, cloud.SecretName, string, string) (bool, error){c.Grant, revoking(c), c.Grant} {
				if changed, err := step(t.Context(), name, cloud.AccessorRole, who); err != nil || !changed {
					t.Errorf("%s, step %d: got %v, %v", who, n, changed, err)
				}
			}
		})
	}
	ours.Wait()
	stop()
	foreign.Wait()
	c := clientOf(t, s, Options{})
	for i := range writers {
		if changed, err := c.Revoke(t.Context(), name, cloud.AccessorRole, fmt.Sprintf("user:%d@example.com", i), ""); err != nil || !changed {
			t.Errorf("writer %d's member is lost: %v", i, err)
		}
	}
	if _, err := c.Revoke(t.Context(), name, "roles/secretmanager.viewer", "user:foreign@example.com", ""); err != nil {
		t.Error(err)
	}
	// With all of ours gone, what was there before is there still.
	if diff := cmp.Diff(before.Bindings, must(c.SecretPolicy(t.Context(), name))(t).Bindings); diff != "" {
		t.Error(diff)
	}
}

// revoking revokes whatever the policy is meanwhile.
func revoking(c *Client) func(context.Context, cloud.SecretName, string, string) (bool, error) {
	return func(ctx context.Context, name cloud.SecretName, role, member string) (bool, error) {
		return c.Revoke(ctx, name, role, member, "")
	}
}

// TestRevokeKeepsToThePolicyThatWasLookedAt lets somebody change the policy after
// it was looked at: nothing is taken away, however that would end.
func TestRevokeKeepsToThePolicyThatWasLookedAt(t *testing.T) {
	store := &policyStore{policy: &iampb.Policy{}}
	c, _ := store.client(t)
	if _, err := c.Grant(t.Context(), theSecret, cloud.AccessorRole, member); err != nil {
		t.Fatal(err)
	}
	looked, err := c.SecretPolicy(t.Context(), theSecret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Grant(t.Context(), theSecret, cloud.AccessorRole, "user:late@example.com"); err != nil {
		t.Fatal(err)
	}
	changed, err := c.Revoke(t.Context(), theSecret, cloud.AccessorRole, member, looked.Etag)
	if changed || cloud.KindOf(err) != cloud.Conflict {
		t.Errorf("got %v, %v", changed, err)
	}
	if now, err := c.SecretPolicy(t.Context(), theSecret); err != nil || !cloud.Grants(now, cloud.AccessorRole, member) {
		t.Errorf("it was taken away: %v, %v", now, err)
	}
}
