package emulator

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// policy is what an IAM policy says, and since when. A nil policy is empty.
type policy struct {
	pb *iampb.Policy
	// since tells when a member came to hold a role without condition; what
	// has been so from the start is not in it.
	since map[grant]time.Time
	// above is the policy of what the resource is in, which it inherits; it is
	// set for projects, folders and organisations alone.
	above *policy
}

type grant struct{ role, member string }

// bindings of a policy that may be nil.
func (p *policy) bindings() []*iampb.Binding {
	if p == nil {
		return nil
	}
	return p.pb.GetBindings()
}

// message is the policy as it is answered: one that was never set is empty
// but has an etag (modelled: "ACAB", as Google answers).
func (p *policy) message() *iampb.Policy {
	if p == nil {
		return &iampb.Policy{Etag: []byte{0x00, 0x20, 0x01}}
	}
	return p.pb
}

// seeded is a policy that has been there from the start.
func seeded(bindings []*iampb.Binding) *policy {
	pb := &iampb.Policy{Bindings: bindings}
	if hasCondition(pb) {
		pb.Version = 3
	} else {
		pb.Version = 1
	}
	pb.Etag = policyEtag(nil, pb)
	return &policy{pb: pb}
}

// policyEtag changes with the contents and with every write.
func policyEtag(before *policy, pb *iampb.Policy) []byte {
	h := fnv.New64a()
	h.Write(before.message().Etag)
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(pb)
	if err != nil { // strings of a request are valid UTF-8 by then
		b = []byte(pb.String())
	}
	h.Write(b)
	return h.Sum([]byte{0x07})
}

func hasCondition(pb *iampb.Policy) bool {
	return slices.ContainsFunc(pb.GetBindings(), func(b *iampb.Binding) bool { return b.GetCondition() != nil })
}

// may tells whether caller holds permission by one of the policies, which are
// those of the resource and of all that it is in. A binding with a condition
// gives nothing (modelled: conditions are not evaluated).
func (w *world) may(caller, permission string, policies ...*policy) bool {
	return w.mayAt(caller, permission, time.Time{}, policies...)
}

// mayAt is may for someone whose grants take a while to be known: one made
// after known does not count, unless known is zero.
func (w *world) mayAt(caller, permission string, known time.Time, policies ...*policy) bool {
	member := memberOf(caller)
	for _, p := range policies {
		for ; p != nil; p = p.above {
			if w.gives(p, permission, member, known) {
				return true
			}
		}
	}
	return false
}

// gives tells whether one policy gives a member a permission, by a grant made
// before known.
func (w *world) gives(p *policy, permission, member string, known time.Time) bool {
	for _, b := range p.bindings() {
		if b.GetCondition() != nil {
			continue
		}
		if r, ok := w.roleNamed(b.GetRole()); !ok || !r[permission] {
			continue
		}
		for _, m := range b.GetMembers() {
			if !w.holds(m, member) {
				continue
			}
			if since := p.since[grant{b.GetRole(), m}]; known.IsZero() || !since.After(known) {
				return true
			}
		}
	}
	return false
}

// memberOf is how policies name a caller.
func memberOf(email string) string {
	if strings.HasSuffix(email, ".gserviceaccount.com") {
		return "serviceAccount:" + email
	}
	return "user:" + email
}

// granted lists which of the permissions asked about the caller holds.
func (w *world) granted(caller string, asked []string, policies ...*policy) *iampb.TestIamPermissionsResponse {
	r := &iampb.TestIamPermissionsResponse{}
	for _, p := range asked {
		if w.may(caller, p, policies...) {
			r.Permissions = append(r.Permissions, p)
		}
	}
	return r
}

// answer is the policy for a reader that asked for a version of the format.
// Without version 3, conditions cannot be shown: Google then answers version 1
// with the roles renamed.
func (p *policy) answer(options *iampb.GetPolicyOptions) (*iampb.Policy, error) {
	asked := options.GetRequestedPolicyVersion()
	if asked < 0 || asked > 3 || asked == 2 {
		return nil, invalid("Invalid policy version: %d. Only 0, 1 and 3 are supported.", asked) // modelled
	}
	pb := p.message()
	if asked == 3 || !hasCondition(pb) {
		return pb, nil
	}
	pb = proto.CloneOf(pb)
	pb.Version = 1
	for _, b := range pb.Bindings {
		if b.Condition != nil {
			sum := fnv.New64a()
			sum.Write([]byte(b.Condition.GetExpression()))
			b.Role = fmt.Sprintf("%s_withcond_%s", b.Role, hex.EncodeToString(sum.Sum(nil)))
			b.Condition = nil
		}
	}
	return pb, nil
}

// revise answers a SetIamPolicy: the policy that takes old's place.
func (w *world) revise(owner *project, kind resourceKind, old *policy, req *iampb.SetIamPolicyRequest, now time.Time) (*policy, error) {
	asked := req.GetPolicy()
	if asked == nil {
		return nil, invalid("The policy is missing.") // modelled
	}
	if err := w.checkPolicy(owner, kind, asked); err != nil {
		return nil, err
	}
	current := old.message()
	if len(asked.GetEtag()) > 0 && !bytes.Equal(asked.GetEtag(), current.GetEtag()) {
		return nil, fail(codes.Aborted, "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. "+
			"The request's ETag '%s' did not match the current policy's ETag '%s'.", octal(asked.GetEtag()), octal(current.GetEtag()))
	}
	// Conditions would be lost by a writer that does not know them.
	if hasCondition(current) && asked.GetVersion() != 3 && len(asked.GetEtag()) > 0 {
		return nil, invalid("The policy has conditional role bindings and must be set with version 3.") // modelled
	}
	paths := maskOf(req)
	if len(paths) == 0 {
		paths = []string{"bindings", "etag"} // SetIamPolicyRequest.update_mask's own words
	}
	pb := proto.CloneOf(current)
	if err := applyMask(pb, asked, paths); err != nil {
		return nil, err
	}
	pb.Bindings = merged(pb.GetBindings())
	pb.Version = 1
	if hasCondition(pb) {
		pb.Version = 3
	}
	pb.Etag = policyEtag(old, pb)
	return &policy{pb: pb, since: datesOf(old, pb, now)}, nil
}

// datesOf keeps when each grant was made.
func datesOf(old *policy, pb *iampb.Policy, now time.Time) map[grant]time.Time {
	held := map[grant]time.Time{}
	for _, b := range old.bindings() {
		for _, m := range b.GetMembers() {
			if g := (grant{b.GetRole(), m}); b.GetCondition() == nil {
				held[g] = old.since[g]
			}
		}
	}
	since := map[grant]time.Time{}
	for _, b := range pb.GetBindings() {
		for _, m := range b.GetMembers() {
			g := grant{b.GetRole(), m}
			t, before := held[g]
			if !before {
				t = now
			}
			if b.GetCondition() == nil && !t.IsZero() {
				since[g] = t
			}
		}
	}
	return since
}

// octal writes bytes as Google's texts show etags.
func octal(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		if c >= 0x20 && c < 0x7f && c != '\\' {
			s.WriteByte(c)
		} else {
			fmt.Fprintf(&s, `\%03o`, c)
		}
	}
	return s.String()
}
