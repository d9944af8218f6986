package gcp

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"example.com/upstreamauth/flows/cloud"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// policyVersion is the one that shows and keeps conditions.
const policyVersion = 3

// policyLimit bounds the race with other writers of one policy.
const policyLimit = time.Minute

// SecretPolicy returns the secret's own IAM policy.
func (c *Client) SecretPolicy(ctx context.Context, name cloud.SecretName) (cloud.Policy, error) {
	return policy(c.readPolicy(ctx, name))
}

// Grant adds the member to an unconditional binding of the role on the secret.
// One that is conditional, or names a deleted account of that address, does not
// count.
func (c *Client) Grant(ctx context.Context, name cloud.SecretName, role, member string) (bool, error) {
	return c.editPolicy(ctx, name, func(p *iampb.Policy) bool { return addMember(p, role, member) })
}

// Revoke takes the member off every unconditional binding of the role on the
// secret. With an etag it does so once, if the policy is still that one: what
// was looked at before may not hold of another.
func (c *Client) Revoke(ctx context.Context, name cloud.SecretName, role, member, etag string) (bool, error) {
	edit := func(p *iampb.Policy) bool { return removeMember(p, role, member) }
	if etag == "" {
		return c.editPolicy(ctx, name, edit)
	}
	p, err := c.readPolicy(ctx, name)
	switch {
	case err != nil:
		return false, err
	case base64.StdEncoding.EncodeToString(p.GetEtag()) != etag:
		return false, &cloud.Error{Kind: cloud.Conflict, Op: "write the IAM policy of secret " + name.String(), Message: "somebody else has changed the policy"}
	case !edit(p):
		return false, nil
	}
	err = c.writePolicy(ctx, name, p)
	return err == nil || answerLost(err), err
}

// editPolicy reads the policy, lets edit change it, writes it with its etag and
// reads it again, until there is nothing left to edit: then what was wanted is
// so. Another writer who was faster, an answer that was lost and a write that
// somebody has overwritten since all lead back to reading. What edit does not
// touch is written as it was read, fields unknown to this client included.
func (c *Client) editPolicy(ctx context.Context, name cloud.SecretName, edit func(*iampb.Policy) bool) (changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, policyLimit)
	defer cancel()
	for attempt, written, lost := 0, 0, 0; ; attempt++ {
		p, err := c.readPolicy(ctx, name)
		if err != nil {
			return changed, err
		}
		if !edit(p) {
			return changed, nil
		}
		err = c.writePolicy(ctx, name, p)
		switch {
		case err == nil:
			changed = true
			if written++; written == 1 {
				continue // read it back at once
			}
			err = &cloud.Error{Kind: cloud.Conflict, Op: "write the IAM policy of secret " + name.String(), Message: "somebody else keeps overwriting the policy"}
		case answerLost(err):
			changed = true
			if lost++; lost == attempts {
				return changed, err
			}
		case cloud.KindOf(err) != cloud.Conflict:
			return changed, err
		}
		if wait := jitter(attempt); !inTime(ctx, wait) || c.sleep(ctx, wait) != nil {
			return changed, err
		}
	}
}

func (c *Client) readPolicy(ctx context.Context, name cloud.SecretName) (*iampb.Policy, error) {
	m := method{op: "read the IAM policy of secret", rpc: "SecretManagerService.GetIamPolicy", needs: "secretmanager.secrets.getIamPolicy", repeat: true}
	return ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (*iampb.Policy, error) {
		return api.GetIamPolicy(ctx, policyRequest(name.String()))
	})
}

// writePolicy replaces the policy. Without an etag it would do so blindly, so
// that is refused.
func (c *Client) writePolicy(ctx context.Context, name cloud.SecretName, p *iampb.Policy) error {
	m := method{op: "write the IAM policy of secret", rpc: "SecretManagerService.SetIamPolicy", needs: "secretmanager.secrets.setIamPolicy"}
	_, err := ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (*iampb.Policy, error) {
		if len(p.GetEtag()) == 0 {
			return nil, errNoEtag
		}
		p.Version = policyVersion
		return api.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: name.String(), Policy: p})
	})
	return err
}

var errNoEtag = status.Error(codes.FailedPrecondition, "the policy came without a version tag, so writing it could undo what somebody else has written")

// addMember tells whether it had to add the member.
func addMember(p *iampb.Policy, role, member string) bool {
	var open *iampb.Binding
	for _, b := range p.GetBindings() {
		if b.GetRole() != role || b.GetCondition() != nil {
			continue
		}
		if slices.Contains(b.GetMembers(), member) {
			return false
		}
		if open == nil {
			open = b
		}
	}
	if open == nil {
		open = &iampb.Binding{Role: role}
		p.Bindings = append(p.Bindings, open)
	}
	open.Members = append(open.Members, member)
	return true
}

// removeMember tells whether it had to take the member off. A binding that is
// left without members goes too, as Google would not keep it.
func removeMember(p *iampb.Policy, role, member string) bool {
	found := false
	p.Bindings = slices.DeleteFunc(p.GetBindings(), func(b *iampb.Binding) bool {
		if b.GetRole() != role || b.GetCondition() != nil || !slices.Contains(b.GetMembers(), member) {
			return false
		}
		found = true
		b.Members = slices.DeleteFunc(b.GetMembers(), func(m string) bool { return m == member })
		return len(b.GetMembers()) == 0
	})
	return found
}
