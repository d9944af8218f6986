package state

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// readsTokens is the permission to read what a secret's version holds.
const readsTokens = "secretmanager.versions.access"

// OtherRoles are common predefined roles without that permission. Like
// cloud.ReaderRoles they needn't be looked up
// (https://cloud.google.com/iam/docs/roles-permissions/secretmanager; for the
// basic roles https://cloud.google.com/secret-manager/docs/access-control).
var OtherRoles = []string{"roles/editor", "roles/viewer", "roles/browser", "roles/artifactregistry.serviceAgent", "roles/secretmanager.viewer",
	"roles/secretmanager.secretVersionAdder", "roles/secretmanager.secretVersionManager"}

// Access is what policies tell about whether a member may read a secret.
type Access struct {
	// Role surely lets it, granted where On says; empty: none does.
	Role string
	On   string
	// Until is when that ends; zero: it doesn't.
	Until time.Time
	// Condition is one that doesn't hold, and would have to; may be empty.
	Condition string
	// Unsure says what might let it, and what would tell.
	Unsure []text.Text
}

// Layer is a policy that counts, and where it is, as in "on the secret itself".
type Layer struct {
	On     string
	Policy cloud.Policy
}

// AccessOf judges whether policies let a member read a secret. What they can't
// tell is unsure, never a no: a group's members, a condition on anything but the
// time, a custom role that may not be read.
func AccessOf(ctx context.Context, e *engine.Env, member string, layers ...Layer) Access {
	var a Access
	for _, l := range layers {
		for _, b := range l.Policy.Bindings {
			named, maybe := concerns(b, member)
			if !named && maybe == "" {
				continue
			}
			reads, why := mayReadTokens(ctx, e, b.Role)
			if reads == fails {
				continue
			}
			is, until := conditionNow(b.Condition, e.Now())
			switch {
			case is == fails && named && reads == holds:
				a.Condition = b.Condition
			case is == fails:
			case reads == unknowable:
				a.Unsure = append(a.Unsure, why)
			case is == unknowable:
				a.Unsure = append(a.Unsure, text.New("%s has a condition that only Google can evaluate: %s", b.Role, b.Condition))
			case !named:
				a.Unsure = append(a.Unsure, text.New("%s has %s %s, and may include the service agent", maybe, b.Role, l.On))
			case a.Role == "" || until.IsZero():
				a.Role, a.On, a.Until = b.Role, l.On, until
			}
		}
	}
	slices.SortFunc(a.Unsure, text.Compare)
	a.Unsure = slices.CompactFunc(a.Unsure, text.Text.Equal)
	return a
}

// concerns reports whether a binding names a member, or else what in it may stand
// for the member.
func concerns(b cloud.Binding, member string) (named bool, maybe string) {
	for _, m := range b.Members {
		switch kind, _, _ := strings.Cut(m, ":"); {
		case m == member, m == cloud.Everybody, m == cloud.EveryAccount:
			return true, ""
		case kind == "group", kind == "principalSet":
			maybe = m
		}
	}
	return false, maybe
}

// mayReadTokens reports whether a role lets its members read tokens; where that
// isn't known, why tells what would tell.
func mayReadTokens(ctx context.Context, e *engine.Env, role string) (is truth, why text.Text) {
	switch {
	case slices.Contains(cloud.ReaderRoles, role):
		return holds, text.Text{}
	case slices.Contains(OtherRoles, role):
		return fails, text.Text{}
	}
	permissions, err := e.RolePermissions(ctx, role)
	switch {
	case cloud.KindOf(err) == cloud.NotFound: // a deleted role grants nothing
		return fails, text.Text{}
	case cloud.KindOf(err) == cloud.PermissionDenied:
		return unknowable, text.New("the permissions of role %q can't be read without iam.roles.get", role)
	case err != nil:
		return unknowable, text.New("the permissions of role %q can't be read: %s", role, engine.Explain(err).Title)
	case slices.Contains(permissions, readsTokens):
		return holds, text.Text{}
	default:
		return fails, text.Text{}
	}
}
