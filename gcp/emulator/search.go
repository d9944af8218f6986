package emulator

import (
	"strings"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
)

// parseProjectQuery reads the query language of SearchProjects: restrictions
// FIELD:VALUE of which any one must hold unless AND stands between them, without
// regard to case, with a star at the end of a value for what begins so.
func parseProjectQuery(query string) (matcher, error) {
	return parseTerms(query, true, func(path []string, operator, value string) (matcher, error) {
		if len(path) == 0 {
			return nil, invalidField("query", "Invalid query: %q is not understood.", value) // modelled
		}
		return compareProject(path, operator, value)
	})
}

// projectField tells which texts of a project a field of a query stands for,
// whose name is in small letters; below are the names behind its first dot.
func projectField(field string, below []string) (func(*resourcemanagerpb.Project) []string, bool) {
	one := func(text func(*resourcemanagerpb.Project) string) (func(*resourcemanagerpb.Project) []string, bool) {
		return func(p *resourcemanagerpb.Project) []string { return []string{text(p)} }, true
	}
	if len(below) > 0 {
		return projectFieldBelow(field, strings.Join(below, "."))
	}
	switch field {
	case "displayname", "name":
		return one((*resourcemanagerpb.Project).GetDisplayName)
	case "id", "projectid":
		return one((*resourcemanagerpb.Project).GetProjectId)
	case "projectnumber":
		return one(func(p *resourcemanagerpb.Project) string { return strings.TrimPrefix(p.GetName(), "projects/") })
	case "state", "lifecyclestate":
		return one(func(p *resourcemanagerpb.Project) string { return p.GetState().String() })
	case "parent":
		return one((*resourcemanagerpb.Project).GetParent)
	case "labels":
		return func(p *resourcemanagerpb.Project) []string {
			var texts []string
			for k, v := range p.GetLabels() {
				texts = append(texts, k, v)
			}
			return texts
		}, true
	}
	return nil, false
}

// projectFieldBelow is projectField for a part of a field.
func projectFieldBelow(field, key string) (func(*resourcemanagerpb.Project) []string, bool) {
	switch {
	case field == "labels":
		return func(p *resourcemanagerpb.Project) []string {
			if v, has := p.GetLabels()[key]; has {
				return []string{v}
			}
			return nil
		}, true
	case field == "parent" && (strings.EqualFold(key, "type") || strings.EqualFold(key, "id")):
		return func(p *resourcemanagerpb.Project) []string {
			kind, id, _ := strings.Cut(p.GetParent(), "/")
			if strings.EqualFold(key, "id") {
				return []string{id}
			}
			return []string{strings.TrimSuffix(kind, "s")}
		}, true
	}
	return nil, false
}

// matchesPattern compares without regard to case; a star at the end stands for
// anything.
func matchesPattern(held, pattern string) bool {
	held, pattern = strings.ToLower(held), strings.ToLower(pattern)
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(held, prefix)
	}
	return held == pattern
}
