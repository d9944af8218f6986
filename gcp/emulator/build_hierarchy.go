package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// seedContainer is a folder or an organisation in a seed file.
type seedContainer struct {
	ID     string        `yaml:"id"` // its number
	Name   string        `yaml:"name"`
	Parent string        `yaml:"parent"` // of a folder
	Policy []seedBinding `yaml:"policy"`
}

// seedServiceAccount is a service account of a project in a seed file.
type seedServiceAccount struct {
	Email    string `yaml:"email"`
	Name     string `yaml:"name"`
	Disabled bool   `yaml:"disabled"`
}

// hierarchy makes the folders and organisations of a seed, those too that only
// projects name, and the groups.
func (b *builder) hierarchy(seed seedWorld) error {
	h := &b.world.hierarchy
	for _, sc := range seed.Organizations {
		if err := b.container("organizations/"+sc.ID, sc); err != nil {
			return err
		}
	}
	for _, sc := range seed.Folders {
		if err := b.container("folders/"+sc.ID, sc); err != nil {
			return err
		}
	}
	for _, sp := range seed.Projects {
		if sp.Parent == "" || h.byName[sp.Parent] != nil {
			continue
		}
		if !isContainerName(sp.Parent) {
			return fmt.Errorf("project %q: parent %q: want folders/N or organizations/N", sp.ID, sp.Parent)
		}
		if err := b.container(sp.Parent, seedContainer{}); err != nil {
			return err
		}
	}
	h.groups = map[string][]string{}
	for name, members := range seed.Groups {
		for _, m := range members {
			if kind, id, ok := strings.Cut(m, ":"); !ok || id == "" || !slices.Contains(memberKinds, kind) {
				return fmt.Errorf("group %q: member %q: want KIND:ID", name, m)
			}
		}
		h.groups[strings.ToLower(name)] = members
	}
	return nil
}

func (b *builder) container(name string, sc seedContainer) error {
	h := &b.world.hierarchy
	c := &container{name: name}
	if !isContainerName(name) || h.byName[name] != nil {
		return fmt.Errorf("%s: the id must be a number and there once", name)
	}
	if sc.Parent != "" {
		if c.parent = h.byName[sc.Parent]; c.parent == nil {
			return fmt.Errorf("%s: parent %q: there is none before it", name, sc.Parent)
		}
	}
	if sc.Name == "" {
		_, sc.Name, _ = strings.Cut(name, "/")
	}
	created := timestamppb.New(b.now().Add(-2 * 365 * 24 * time.Hour))
	etag := fmt.Sprintf(`W/"%x"`, name)
	if strings.HasPrefix(name, "organizations/") {
		c.org = &resourcemanagerpb.Organization{
			Name: name, DisplayName: sc.Name, State: resourcemanagerpb.Organization_ACTIVE,
			Owner:      &resourcemanagerpb.Organization_DirectoryCustomerId{DirectoryCustomerId: "C" + strings.TrimPrefix(name, "organizations/")},
			CreateTime: created, UpdateTime: created, Etag: etag,
		}
	} else {
		c.folder = &resourcemanagerpb.Folder{
			Name: name, Parent: sc.Parent, DisplayName: sc.Name, State: resourcemanagerpb.Folder_ACTIVE,
			CreateTime: created, UpdateTime: created, Etag: etag,
		}
	}
	var bindings []*iampb.Binding
	for _, sb := range sc.Policy {
		more, err := b.bindings(nil, []seedBinding{sb})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		bindings = append(bindings, more...)
	}
	c.given = seeded(bindings)
	owner := slices.Clone(b.owners.pb.GetBindings())
	for _, r := range []string{"roles/resourcemanager.folderAdmin", "roles/resourcemanager.organizationAdmin", "roles/iam.organizationRoleAdmin"} {
		owner = append(owner, &iampb.Binding{Role: r, Members: []string{memberOf(DefaultCaller)}})
	}
	c.policy = seeded(append(owner, bindings...))
	if c.parent != nil {
		c.given.above, c.policy.above = c.parent.given, c.parent.policy
	}
	h.add(c)
	return nil
}

// inherit has a project's policy inherit those of what the project is in.
func (b *builder) inherit(p *project, sp seedProject) {
	c := b.world.hierarchy.byName[sp.Parent]
	if c == nil {
		return
	}
	p.parent = c
	own := *p.policy
	if own.above = c.policy; sp.Denied {
		own.above = c.given
	}
	p.policy = &own
}

// accounts makes the service accounts of a project.
func (b *builder) accounts(p *project, seeds []seedServiceAccount) error {
	for i, sa := range seeds {
		if !strings.HasSuffix(sa.Email, ".gserviceaccount.com") || !strings.Contains(sa.Email, "@") {
			return fmt.Errorf("service account %q: want NAME@PROJECT.iam.gserviceaccount.com", sa.Email)
		}
		p.accounts = append(p.accounts, &adminpb.ServiceAccount{
			Name: "projects/" + p.id + "/serviceAccounts/" + sa.Email, ProjectId: p.id, Email: sa.Email, DisplayName: sa.Name,
			Disabled: sa.Disabled, UniqueId: fmt.Sprintf("1%020d", p.number*100+int64(i)),
		})
	}
	return nil
}
