package emulator

import (
	"strings"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// projectFilter tells whether a project is asked for.
type projectFilter func(projectV1) bool

// parseProjectFilter reads the filter of Resource Manager v1's list: terms as
// in "name:how*", "id:x", "labels.color:*", "parent.type:folder" and
// "lifecycleState:ACTIVE", joined by AND (also where nothing is written
// between them), OR, NOT or a minus sign, and parentheses. Matching ignores
// case, and a star stands for any text.
// See https://cloud.google.com/resource-manager/reference/rest/v1/projects/list.
func parseProjectFilter(text string) (projectFilter, error) {
	p := projectFilterParser{words: filterWords(text)}
	if len(p.words) == 0 {
		return func(projectV1) bool { return true }, nil
	}
	keep, err := p.either()
	if err != nil {
		return nil, err
	}
	if p.next() != "" {
		return nil, badFilter(text)
	}
	return keep, nil
}

func badFilter(text string) error {
	return status.Errorf(codes.InvalidArgument, "Invalid project filter near %q.", text)
}

// filterWords cuts a filter at spaces and parentheses. Quotes keep a value
// together and are dropped.
func filterWords(text string) []string {
	var words []string
	var word strings.Builder
	quoted, started := false, false
	end := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for _, r := range text {
		switch {
		case r == '"':
			quoted, started = !quoted, true
		case quoted:
			word.WriteRune(r)
		case r == '(' || r == ')':
			end()
			words = append(words, string(r))
		case unicode.IsSpace(r):
			end()
		default:
			started = true
			word.WriteRune(r)
		}
	}
	end()
	return words
}

// maxProjectFilterDepth is how deep parentheses may stand in each other.
const maxProjectFilterDepth = 50

type projectFilterParser struct {
	words []string
	depth int
}

// next is the word to read now, empty at the end.
func (p *projectFilterParser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *projectFilterParser) skip() { p.words = p.words[1:] }

func (p *projectFilterParser) either() (projectFilter, error) {
	left, err := p.both()
	for err == nil && p.next() == "OR" {
		p.skip()
		var right projectFilter
		first := left
		right, err = p.both()
		left = func(v projectV1) bool { return first(v) || right(v) }
	}
	return left, err
}

func (p *projectFilterParser) both() (projectFilter, error) {
	left, err := p.one()
	for err == nil && p.next() != "" && p.next() != "OR" && p.next() != ")" {
		if p.next() == "AND" {
			p.skip()
		}
		var right projectFilter
		first := left
		right, err = p.one()
		left = func(v projectV1) bool { return first(v) && right(v) }
	}
	return left, err
}

func (p *projectFilterParser) one() (projectFilter, error) {
	word := p.next()
	if word == "" || word == ")" || p.depth > maxProjectFilterDepth {
		return nil, badFilter(word)
	}
	p.skip()
	p.depth++
	defer func() { p.depth-- }()
	switch {
	case word == "(":
		inner, err := p.either()
		if err != nil {
			return nil, err
		}
		if p.next() != ")" {
			return nil, badFilter("(")
		}
		p.skip()
		return inner, nil
	case word == "NOT", word == "-":
		inner, err := p.one()
		return func(v projectV1) bool { return !inner(v) }, err
	case word[0] == '-':
		inner, err := filterTerm(word[1:])
		return func(v projectV1) bool { return !inner(v) }, err
	default:
		return filterTerm(word)
	}
}

// filterTerm is one comparison.
func filterTerm(word string) (projectFilter, error) {
	at := strings.IndexAny(word, ":=")
	if at < 1 || at == len(word)-1 {
		return nil, badFilter(word)
	}
	field, err := filterField(word[:at])
	pattern := strings.ToLower(word[at+1:])
	return func(v projectV1) bool {
		value, set := field(v)
		return set && wildcard(pattern, strings.ToLower(value))
	}, err
}

// filterField finds what a key names; the boolean says whether a project has
// it.
func filterField(key string) (func(projectV1) (string, bool), error) {
	switch strings.ToLower(key) {
	case "name":
		return func(v projectV1) (string, bool) { return v.Name, true }, nil
	case "id", "projectid":
		return func(v projectV1) (string, bool) { return v.ProjectID, true }, nil
	case "projectnumber":
		return func(v projectV1) (string, bool) { return v.ProjectNumber, true }, nil
	case "lifecyclestate":
		return func(v projectV1) (string, bool) { return v.LifecycleState, true }, nil
	case "parent.type":
		return func(v projectV1) (string, bool) { return parentV1(v).Type, v.Parent != nil }, nil
	case "parent.id", "parent":
		return func(v projectV1) (string, bool) { return parentV1(v).ID, v.Parent != nil }, nil
	}
	if label, found := strings.CutPrefix(key, "labels."); found && label != "" {
		return func(v projectV1) (string, bool) { value, set := v.Labels[label]; return value, set }, nil
	}
	return nil, status.Errorf(codes.InvalidArgument, "Unknown field %q in the project filter.", key)
}

func parentV1(v projectV1) resourceIDV1 {
	if v.Parent == nil {
		return resourceIDV1{}
	}
	return *v.Parent
}

// wildcard matches text as a whole against pattern, in which a star stands for
// any text.
func wildcard(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}
