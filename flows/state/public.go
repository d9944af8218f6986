package state

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// broad says whom a member of a policy stands for, where that is more people or
// programs than anybody has a list of; empty: it does not. The forms are those
// of IAM's principal identifiers.
func broad(member string) text.Text {
	switch {
	case member == cloud.Everybody, member == "principalSet://goog/public:all":
		return text.New("everyone on the internet")
	case member == cloud.EveryAccount:
		return text.New("everyone with a Google account")
	case strings.HasPrefix(member, "domain:"):
		return text.New("everyone in %q", strings.TrimPrefix(member, "domain:"))
	case strings.HasPrefix(member, "projectViewer:"):
		return text.New("every viewer of project %q", strings.TrimPrefix(member, "projectViewer:"))
	case strings.HasPrefix(member, "projectEditor:"):
		return text.New("every editor of project %q", strings.TrimPrefix(member, "projectEditor:"))
	case strings.HasPrefix(member, "principalSet://") && (strings.HasSuffix(member, "/*") || strings.HasPrefix(member, "principalSet://cloudresourcemanager.googleapis.com/")):
		return text.New("everyone in %q", strings.TrimPrefix(member, "principalSet://"))
	}
	return text.Text{}
}

// broadReaders are whom policies let read a secret beyond those that they name,
// under a condition or not.
func broadReaders(ctx context.Context, e *engine.Env, policies ...cloud.Policy) []text.Text {
	var all []text.Text
	for _, p := range policies {
		for _, b := range p.Bindings {
			for _, m := range b.Members {
				who := broad(m)
				if who.Empty() || slices.ContainsFunc(all, who.Equal) {
					continue
				}
				if reads, _ := mayReadTokens(ctx, e, b.Role); reads == holds {
					all = append(all, who)
				}
			}
		}
	}
	return all
}

// PublicSecret is the finding about a secret that too many may read; nil: they
// may not, as far as can be seen.
func PublicSecret(ctx context.Context, e *engine.Env, secret cloud.SecretName, policies ...cloud.Policy) *check.Finding {
	who := broadReaders(ctx, e, policies...)
	if len(who) == 0 {
		return nil
	}
	return &check.Finding{ID: checkPublic, Code: check.PublicSecret, Level: check.Warning,
		Says: text.New("The secret %q is readable by %s", secret.ID, who),
		Why:  text.New("Whoever can read the secret has the token"),
		Remedy: &check.Hint{Says: text.New("Remove these members from its policy, then rotate the token. This shows the policy:"),
			Command: fmt.Sprintf("gcloud secrets get-iam-policy %s --project=%s", secret.ID, secret.Project)}}
}

// checkPublic is the id of what concerns who else can read the secret.
const checkPublic = "public-secret"

// PublicReaders reads who may read a secret, as far as the caller may see it.
func PublicReaders(ctx context.Context, e *engine.Env, secret cloud.SecretName) *check.Finding {
	own, _ := e.SecretPolicy(ctx, secret)
	above, _ := e.ProjectPolicy(ctx, secret.Project)
	return PublicSecret(ctx, e, secret, own, above)
}
