package emulator

import (
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/proto"

	"example.com/upstreamauth/gcp/emulator/condition"
)

// Limits of one policy (https://cloud.google.com/iam/quotas). Each appearance
// of a member counts.
const (
	maxMembers = 1500 // principals
	maxGroups  = 250  // of them, Google groups
)

// Lengths of a condition's parts in characters (modelled: Google bounds them
// and publishes no numbers).
const (
	maxConditionTitle       = 100
	maxConditionDescription = 256
)

// checkPolicy holds a policy against the rules for its resource, in the project
// owner.
func (w *world) checkPolicy(owner *project, kind resourceKind, pb *iampb.Policy) error {
	if v := pb.GetVersion(); v < 0 || v == 2 || v > 3 {
		return invalidField("policy.version", "Invalid policy version: %d. Only 0, 1 and 3 are supported.", v) // modelled
	}
	if hasCondition(pb) && pb.GetVersion() != 3 {
		return invalidField("policy.version", "Policies with conditional role bindings must specify version 3.") // modelled
	}
	members, groups := 0, 0
	for _, b := range pb.GetBindings() {
		if err := w.checkRole(b.GetRole(), kind); err != nil {
			return err
		}
		if err := checkCondition(b); err != nil {
			return err
		}
		members += len(b.GetMembers())
		for _, m := range b.GetMembers() {
			if err := w.checkMember(owner, m); err != nil {
				return err
			}
			if strings.HasPrefix(m, "group:") {
				groups++
			}
		}
	}
	switch {
	case members > maxMembers:
		return invalid("The number of members in the policy (%d) is larger than the maximum allowed size %d.", members, maxMembers)
	case groups > maxGroups:
		return invalid("The number of groups in the policy (%d) is larger than the maximum allowed size %d.", groups, maxGroups) // modelled
	}
	return nil
}

var roleName = regexp.MustCompile(`^(roles|(projects|organizations)/[^/]+/roles)/[A-Za-z0-9_.-]+$`)

// checkRole refuses a name that is no role's, and a role that cannot be granted
// on the resource.
func (w *world) checkRole(name string, kind resourceKind) error {
	if !roleName.MatchString(name) {
		return invalid(`The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", ` +
			`or "projects/{project_id}/roles/{role}".`)
	}
	if !w.fits(name, kind) {
		return invalid("Role %s is not supported for this resource.", name)
	}
	return nil
}

// checkCondition holds a binding's condition against IAM's rules. The texts are
// modelled but for that on basic roles (terraform-provider-google#7833).
func checkCondition(b *iampb.Binding) error {
	c := b.GetCondition()
	switch title := []rune(c.GetTitle()); {
	case c == nil:
		return nil
	case isBasicRole(b.GetRole()):
		return invalid("Conditions can't be set on primitive roles")
	case strings.TrimSpace(c.GetTitle()) == "":
		return invalidField("policy.bindings.condition.title", "A condition of the role %s has no title: a title is required.", b.GetRole())
	case len(title) > maxConditionTitle:
		return invalidField("policy.bindings.condition.title", "The title of a condition can have at most %d characters.", maxConditionTitle)
	case len([]rune(c.GetDescription())) > maxConditionDescription:
		return invalidField("policy.bindings.condition.description", "The description of a condition can have at most %d characters.",
			maxConditionDescription)
	case slices.ContainsFunc(b.GetMembers(), isPublic):
		return invalid("Conditions can't be set on bindings with allUsers or allAuthenticatedUsers.")
	}
	if err := condition.Check(c.GetExpression()); err != nil {
		return invalidField("policy.bindings.condition.expression", "Condition expression compilation failed. %v", err)
	}
	return nil
}

// isBasicRole tells whether a role is one of those that are older than IAM.
func isBasicRole(name string) bool {
	return name == "roles/owner" || name == "roles/editor" || name == "roles/viewer"
}

func isPublic(member string) bool { return member == "allUsers" || member == "allAuthenticatedUsers" }

// merged are the bindings that are kept: one for each role and condition, with
// each member once, and none without members.
func merged(bindings []*iampb.Binding) []*iampb.Binding {
	var kept []*iampb.Binding
	for _, b := range bindings {
		at := slices.IndexFunc(kept, func(k *iampb.Binding) bool {
			return k.GetRole() == b.GetRole() && proto.Equal(orEmpty(k.GetCondition()), orEmpty(b.GetCondition())) &&
				(k.GetCondition() == nil) == (b.GetCondition() == nil)
		})
		if at < 0 {
			kept = append(kept, &iampb.Binding{Role: b.GetRole(), Condition: b.GetCondition()})
			at = len(kept) - 1
		}
		kept[at].Members = append(kept[at].Members, b.GetMembers()...)
	}
	for _, k := range kept {
		seen := map[string]bool{}
		k.Members = slices.DeleteFunc(k.Members, func(m string) bool {
			again := seen[m]
			seen[m] = true
			return again
		})
	}
	return slices.DeleteFunc(kept, func(b *iampb.Binding) bool { return len(b.GetMembers()) == 0 })
}

func orEmpty(c *expr.Expr) *expr.Expr {
	if c == nil {
		return &expr.Expr{}
	}
	return c
}

// memberKinds are the kinds of principals that policies name.
var memberKinds = []string{"user", "serviceAccount", "group", "domain", "projectOwner", "projectEditor", "projectViewer", "deleted",
	"principal", "principalSet"}

// checkMember refuses a member that is none. The first two texts are known
// (google-api-python-client#819; gcloud's answer to a member without its type),
// that on a malformed address is modelled.
func (w *world) checkMember(owner *project, member string) error {
	if isPublic(member) {
		return nil
	}
	kind, id, ok := strings.Cut(member, ":")
	switch {
	case !ok || id == "":
		return invalid(`Policy members must be of the form "<type>:<value>".`)
	case !slices.Contains(memberKinds, kind):
		return invalid("The member %s is of an unknown type. Please set a valid type prefix for the member.", member)
	case !isMemberID(kind, id):
		return invalid("Invalid member: %s. The value does not fit the type %s.", member, kind)
	}
	if number, is := agentNumber(id); is && kind == "serviceAccount" {
		if p := w.byName[number]; p == nil || !p.hasAgent(id) || p.numberText() != number {
			return invalid("Service account %s does not exist.", id)
		}
	}
	_, domain, _ := strings.Cut(id, "@")
	if kind == "domain" {
		domain = id
	}
	if len(owner.allowedDomains) > 0 && kind != "deleted" && !slices.Contains(owner.allowedDomains, domain) {
		return memberNotPermitted(owner.id, member)
	}
	return nil
}

var (
	emailAddress = regexp.MustCompile(`^[^@\s]+@([A-Za-z0-9_-]+\.)+[A-Za-z0-9-]+$`)
	domainName   = regexp.MustCompile(`^([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+$`)
	// principalName is an identity of a pool, or a set of them
	// (https://cloud.google.com/iam/docs/principal-identifiers).
	principalName = regexp.MustCompile(`^//[a-z.]+\.(googleapis\.com|goog)/.+$`)
)

// isMemberID tells whether a value is one of its kind.
func isMemberID(kind, id string) bool {
	switch kind {
	case "user", "group", "serviceAccount":
		return emailAddress.MatchString(id) || kind == "serviceAccount" && strings.HasSuffix(id, "]") && strings.Contains(id, ".svc.id.goog[")
	case "domain":
		return domainName.MatchString(id)
	case "projectOwner", "projectEditor", "projectViewer":
		return projectID.MatchString(id)
	case "principal", "principalSet":
		return principalName.MatchString(id)
	}
	// deleted:KIND:ID?uid=N, or a principal of a deleted pool
	kind, id, _ = strings.Cut(id, ":")
	id, uid, numbered := strings.Cut(id, "?uid=")
	switch kind {
	case "user", "group", "serviceAccount":
		return numbered && uid != "" && emailAddress.MatchString(id)
	}
	return (kind == "principal" || kind == "principalSet") && principalName.MatchString(id)
}
