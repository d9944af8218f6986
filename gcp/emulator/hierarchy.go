package emulator

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
)

// hierarchy is what projects are in, and who is in which group.
type hierarchy struct {
	containers []*container // in the order in which they are listed
	byName     map[string]*container
	// groups are the members of each group, as policies name them; a member may
	// be another group.
	groups map[string][]string
}

// container is a folder or an organisation: one of the two messages is set.
type container struct {
	name   string // as in "folders/1"
	parent *container
	folder *resourcemanagerpb.Folder
	org    *resourcemanagerpb.Organization
	// policy is the container's own. What is in it inherits that, and so on up.
	policy *policy
	// given is policy without the default caller, for projects that deny it.
	given *policy
}

func (h *hierarchy) add(c *container) {
	if h.byName == nil {
		h.byName = map[string]*container{}
	}
	h.containers = append(h.containers, c)
	h.byName[c.name] = c
}

// container finds a folder or an organisation. One that does not exist is
// denied like one that the caller may not see.
func (s *Server) container(ctx context.Context, name, permission string) (*container, error) {
	c := s.world.hierarchy.byName[name]
	if c == nil || !s.world.may(callerOf(ctx), permission, c.policy) {
		return nil, permissionDenied(resourceManager, permission, name)
	}
	return c, nil
}

// isContainerName reports whether name is that of a folder or an organisation.
func isContainerName(name string) bool {
	kind, id, ok := strings.Cut(name, "/")
	return ok && id != "" && !strings.Contains(id, "/") && (kind == "folders" || kind == "organizations")
}

// isIn reports whether c is the container named, or in it.
func (c *container) isIn(name string) bool {
	for ; c != nil; c = c.parent {
		if c.name == name {
			return true
		}
	}
	return false
}

// maxGroupDepth is how deep groups may be in groups.
const maxGroupDepth = 20

// holds reports whether the member of a binding stands for a caller, who is
// named as policies name it: the same one, everybody, a domain of the
// caller's address, or a group that it is in.
func (w *world) holds(member, caller string) bool {
	return w.holdsWithin(member, caller, maxGroupDepth)
}

func (w *world) holdsWithin(member, caller string, depth int) bool {
	if member == "allUsers" || member == "allAuthenticatedUsers" || strings.EqualFold(member, caller) {
		return true
	}
	kind, id, _ := strings.Cut(member, ":")
	switch kind {
	case "domain":
		user, is := strings.CutPrefix(caller, "user:")
		_, domain, _ := strings.Cut(user, "@")
		return is && strings.EqualFold(domain, id)
	case "group":
		return depth > 0 && slices.ContainsFunc(w.hierarchy.groups[strings.ToLower(id)], func(m string) bool {
			return w.holdsWithin(m, caller, depth-1)
		})
	default:
		return false
	}
}
