package emulator

import (
	"strings"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
)

// parseProjectQuery reads the query language of SearchProjects: terms
// FIELD:VALUE of which any one must hold, without regard to case, with a star
// at the end of a value for what begins so.
func parseProjectQuery(query string) (func(*resourcemanagerpb.Project) bool, error) {
	var terms []func(*resourcemanagerpb.Project) bool
	for _, term := range queryTerms(query) {
		if term == "OR" {
			continue // it is what a space means
		}
		field, value, ok := cutTerm(term)
		read, known := projectField(strings.ToLower(field))
		if !ok || value == "" || !known {
			return nil, invalid("Invalid query: %q is not understood.", term) // modelled
		}
		terms = append(terms, func(p *resourcemanagerpb.Project) bool {
			for _, held := range read(p) {
				if matchesPattern(held, value) {
					return true
				}
			}
			return false
		})
	}
	return func(p *resourcemanagerpb.Project) bool {
		for _, holds := range terms {
			if holds(p) {
				return true
			}
		}
		return len(terms) == 0
	}, nil
}

// queryTerms splits at spaces outside of quotes.
func queryTerms(query string) []string {
	quoted := false
	return strings.FieldsFunc(query, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func cutTerm(term string) (field, value string, ok bool) {
	i := strings.IndexAny(term, ":=")
	if i < 1 {
		return "", "", false
	}
	return term[:i], strings.Trim(term[i+1:], `"`), true
}

// projectField tells which texts of a project a field of a query stands for.
func projectField(field string) (func(*resourcemanagerpb.Project) []string, bool) {
	one := func(text func(*resourcemanagerpb.Project) string) (func(*resourcemanagerpb.Project) []string, bool) {
		return func(p *resourcemanagerpb.Project) []string { return []string{text(p)} }, true
	}
	parent := func(p *resourcemanagerpb.Project) (kind, id string) {
		kind, id, _ = strings.Cut(p.GetParent(), "/")
		return strings.TrimSuffix(kind, "s"), id
	}
	switch field {
	case "displayname", "name":
		return one((*resourcemanagerpb.Project).GetDisplayName)
	case "id", "projectid":
		return one((*resourcemanagerpb.Project).GetProjectId)
	case "state", "lifecyclestate":
		return one(func(p *resourcemanagerpb.Project) string { return p.GetState().String() })
	case "parent":
		return one((*resourcemanagerpb.Project).GetParent)
	case "parent.type":
		return one(func(p *resourcemanagerpb.Project) string { kind, _ := parent(p); return kind })
	case "parent.id":
		return one(func(p *resourcemanagerpb.Project) string { _, id := parent(p); return id })
	case "labels":
		return func(p *resourcemanagerpb.Project) []string {
			var texts []string
			for k, v := range p.GetLabels() {
				texts = append(texts, k, v)
			}
			return texts
		}, true
	}
	if key, ok := strings.CutPrefix(field, "labels."); ok {
		return func(p *resourcemanagerpb.Project) []string {
			if v, has := p.GetLabels()[key]; has {
				return []string{v}
			}
			return nil
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
