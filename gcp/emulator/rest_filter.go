package emulator

import (
	"strings"

	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/protobuf/proto"
)

// parseProjectFilter reads the filter of Resource Manager v1's list: terms as
// in "name:how*", "id:x", "labels.color:*", "parent.type:folder" and
// "lifecycleState:ACTIVE", all of which must hold unless OR stands between
// them. What a term means is what it means to v3's search.
// See https://cloud.google.com/resource-manager/reference/rest/v1/projects/list.
func parseProjectFilter(filter string) (matcher, error) {
	return parseTerms(filter, false, compareProject)
}

// compareProject makes a matcher of one restriction on a project. A value alone
// is one of its name.
func compareProject(path []string, operator, value string) (matcher, error) {
	if len(path) == 0 {
		path, operator = []string{"name"}, ":"
	}
	field := strings.Join(path, ".")
	read, known := projectField(strings.ToLower(path[0]), path[1:])
	if !known || operator != ":" && operator != "=" {
		return nil, invalidField("filter", "Invalid filter: %q is not understood.", field+operator+value) // modelled
	}
	return func(m proto.Message) bool {
		p, ok := m.(*rmpb.Project)
		if !ok {
			return false
		}
		for _, held := range read(p) {
			if matchesPattern(held, value) {
				return true
			}
		}
		return false
	}, nil
}
