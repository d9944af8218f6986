package emulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// builder makes a world from a seed. Its errors name the place in the seed.
type builder struct {
	*Server
	// owners is the policy that most projects share.
	owners *policy
}

var projectID = regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

// usualServices are on in a project that does not say which are.
var usualServices = []string{artifactRegistry.host, secretManager.host, resourceManager.host, serviceUsage.host, "iam.googleapis.com"}

// build fills the world with what the seed holds.
func (b *builder) build(seed seedWorld) error {
	b.owners = seeded([]*iampb.Binding{{Role: "roles/owner", Members: []string{memberOf(DefaultCaller)}}})
	w := b.world
	w.requireQuotaProject, w.assetDelay = seed.RequireQuotaProject, seed.AssetDelay
	for _, email := range seed.Callers {
		if !b.callers.add(email) {
			return errTooManyCallers
		}
	}
	for name, held := range seed.Roles {
		if !roleName.MatchString(name) {
			return fmt.Errorf("role %q: want projects/P/roles/R, organizations/O/roles/R or, for one of Google's, roles/SERVICE.R", name)
		}
		r := role{}
		for _, p := range held {
			if !isPermission(p) {
				return fmt.Errorf("role %q: the emulator checks no permission %q", name, p)
			}
			r[p] = true
		}
		w.roles[name] = r
	}
	if err := b.hierarchy(seed); err != nil {
		return err
	}
	// All projects first: policies may name the agents of any.
	for i, sp := range seed.Projects {
		if err := b.project(i, sp); err != nil {
			return fmt.Errorf("project %q: %w", sp.ID, err)
		}
	}
	for _, sp := range seed.Projects {
		if err := b.contents(w.byName[sp.ID], sp); err != nil {
			return fmt.Errorf("project %q: %w", sp.ID, err)
		}
	}
	return nil
}

func (b *builder) project(i int, sp seedProject) error {
	w := b.world
	if sp.Number == 0 {
		sp.Number = 100_000_000_001 + int64(i)
	}
	p := &project{
		id: sp.ID, number: sp.Number, enabled: map[string]bool{}, agent: len(sp.Repositories) > 0,
		identity: sp.Identity, upstreamPolicies: map[string]upstreamPolicy{}, perimeter: sp.Perimeter, noBilling: sp.NoBilling,
		allowedLocations: sp.AllowedLocations, allowedDomains: sp.AllowedDomains,
	}
	if sp.Agent != nil {
		p.agent = *sp.Agent
	}
	if p.identity == "" {
		p.identity = identityEmail
	}
	switch {
	case !projectID.MatchString(sp.ID):
		return fmt.Errorf("the id must match %s", projectID)
	case w.byName[sp.ID] != nil || w.byName[p.numberText()] != nil:
		return fmt.Errorf("the id or the number %d is taken", p.number)
	case !slices.Contains([]identityOutcome{identityEmail, identityWithoutEmail, identityNotConfigured}, p.identity):
		return fmt.Errorf("identity %q: want email, no-email or not-configured", sp.Identity)
	}
	services := sp.Services
	if services == nil {
		services = usualServices
	}
	for _, host := range slices.Concat(services, sp.Disabled) {
		if titles[host] == "" {
			return fmt.Errorf("unknown service %q", host)
		}
		p.enabled[host] = !slices.Contains(sp.Disabled, host)
	}
	for _, at := range sp.AllowUpstreams {
		if !isLocation(at) {
			return fmt.Errorf("allowUpstreams: unknown location %q", at)
		}
		p.upstreamPolicies[at] = artifactregistrypb.VPCSCConfig_ALLOW
	}
	state, ok := resourcemanagerpb.Project_State_value[strings.ToUpper(sp.State)]
	if sp.State == "" {
		state, ok = int32(resourcemanagerpb.Project_ACTIVE), true
	}
	if !ok {
		return fmt.Errorf("state %q: want active or delete_requested", sp.State)
	}
	created := timestamppb.New(b.now().Add(-365 * 24 * time.Hour).Truncate(time.Millisecond)) // projects' times are in milliseconds
	p.pb = &resourcemanagerpb.Project{
		Name: "projects/" + p.numberText(), ProjectId: p.id, DisplayName: sp.Name, Parent: sp.Parent,
		State: resourcemanagerpb.Project_State(state), CreateTime: created, UpdateTime: created, Labels: sp.Labels,
	}
	if sp.Name == "" {
		p.pb.DisplayName = p.id
	}
	p.pb.Etag = fmt.Sprintf(`W/"%x"`, p.number)
	w.add(p)
	return nil
}

// contents fills a project: its policy, secrets and repositories.
func (b *builder) contents(p *project, sp seedProject) error {
	p.policy = b.owners
	if sp.Denied || len(sp.Policy) > 0 {
		var bindings []*iampb.Binding
		if !sp.Denied {
			bindings = slices.Clone(b.owners.pb.GetBindings())
		}
		more, err := b.bindings(p, sp.Policy)
		if err != nil {
			return err
		}
		p.policy = seeded(append(bindings, more...))
	}
	for _, sk := range sp.Keys {
		if err := b.key(p, sk); err != nil {
			return fmt.Errorf("key %q: %w", sk.Name, err)
		}
	}
	b.inherit(p, sp)
	if err := b.accounts(p, sp.ServiceAccounts); err != nil {
		return err
	}
	for _, ss := range sp.Secrets {
		if err := b.secret(p, ss); err != nil {
			return fmt.Errorf("secret %q: %w", ss.ID, err)
		}
	}
	agent := p.agent
	for _, sr := range sp.Repositories {
		if err := b.repository(p, sr); err != nil {
			return fmt.Errorf("repository %q: %w", sr.Name, err)
		}
	}
	p.agent = agent // a seed may hold repositories whose agent is gone
	return nil
}

// policy makes the policy of a resource; none where a seed has none.
func (b *builder) policy(p *project, sbs []seedBinding) (*policy, error) {
	if len(sbs) == 0 {
		return nil, nil
	}
	bindings, err := b.bindings(p, sbs)
	if err != nil {
		return nil, err
	}
	return seeded(bindings), nil
}

func (b *builder) bindings(p *project, sbs []seedBinding) ([]*iampb.Binding, error) {
	var all []*iampb.Binding
	for _, sb := range sbs {
		binding := &iampb.Binding{Role: sb.Role}
		if _, ok := b.world.roleNamed(sb.Role); !ok && !strings.HasPrefix(sb.Role, "roles/") {
			return nil, fmt.Errorf("unknown role %q", sb.Role)
		}
		for _, m := range sb.Members {
			member, err := b.member(p, m)
			if err != nil {
				return nil, err
			}
			binding.Members = append(binding.Members, member)
		}
		if c := sb.Condition; c != nil {
			binding.Condition = &expr.Expr{Title: c.Title, Description: c.Description, Expression: c.Expression}
		}
		all = append(all, binding)
	}
	return all, nil
}

// member reads "agent" as the project's service agent of Artifact Registry,
// "secret-agent" as that of Secret Manager, which exists from then on, and with
// ":ID" those of another project; all else is as in a policy.
func (b *builder) member(p *project, m string) (string, error) {
	word, id, elsewhere := strings.Cut(m, ":")
	if word == "agent" || word == "secret-agent" {
		if elsewhere {
			if p = b.world.byName[id]; p == nil {
				return "", fmt.Errorf("member %q: no such project", m)
			}
		}
		if word == "agent" {
			return memberOf(agentEmail(p.number)), nil
		}
		p.secretAgent = true
		return memberOf(secretAgentEmail(p.number)), nil
	}
	kind, _, ok := strings.Cut(m, ":")
	if m != "allUsers" && m != "allAuthenticatedUsers" && (!ok || !slices.Contains(memberKinds, kind)) {
		return "", fmt.Errorf("member %q: want KIND:ID, agent, secret-agent or either with :PROJECT", m)
	}
	return m, nil
}
