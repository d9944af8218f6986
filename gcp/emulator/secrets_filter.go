package emulator

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// matcher tells whether a message passes a filter.
type matcher func(proto.Message) bool

// parseFilter reads Secret Manager's filters:
// https://cloud.google.com/secret-manager/docs/filtering. Terms are joined by
// AND, OR, NOT (or a minus) and parentheses; a term is FIELD OPERATOR VALUE
// with the operators : = != < <= > >=. A value alone matches the name.
func parseFilter(filter string) (matcher, error) { return parseTerms(filter, compare) }

// parseTerms reads a filter of that grammar whose terms compare understands.
func parseTerms(filter string, compare comparison) (matcher, error) {
	p := &filterParser{rest: filter, compare: compare}
	p.advance()
	if p.token == "" {
		return func(proto.Message) bool { return true }, nil
	}
	m, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.token != "" {
		return nil, p.unexpected()
	}
	return m, nil
}

// comparison makes a matcher of one term, whose field is cut at its dots.
type comparison func(path []string, operator, value string) (matcher, error)

type filterParser struct {
	compare comparison
	rest    string
	token   string // empty at the end
	quoted  bool
	depth   int
}

// maxFilterDepth bounds nesting.
const maxFilterDepth = 50

func (p *filterParser) unexpected() error {
	if p.token == "" && !p.quoted {
		return invalid("Invalid filter: it ends too early.") // modelled
	}
	return invalid("Invalid filter: unexpected %q.", p.token) // modelled
}

// advance reads the next token: an operator, a parenthesis, or a word.
func (p *filterParser) advance() {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	p.token, p.quoted = "", false
	if p.rest == "" {
		return
	}
	if p.rest[0] == '"' || p.rest[0] == '\'' {
		if end := strings.IndexByte(p.rest[1:], p.rest[0]); end >= 0 {
			p.token, p.rest, p.quoted = p.rest[1:1+end], p.rest[2+end:], true
			return
		}
	}
	n := 1
	if strings.IndexByte("<>!", p.rest[0]) >= 0 && strings.HasPrefix(p.rest[1:], "=") {
		n = 2
	} else if !isFilterMark(p.rest[0]) {
		for n < len(p.rest) && !isFilterMark(p.rest[n]) && p.rest[n] != ' ' && p.rest[n] != '\t' && p.rest[n] != '\n' {
			n++
		}
	}
	p.token, p.rest = p.rest[:n], p.rest[n:]
}

func isFilterMark(c byte) bool { return strings.IndexByte(`()<>=!:"'`, c) >= 0 }

func (p *filterParser) is(word string) bool { return !p.quoted && p.token == word }

func (p *filterParser) or() (matcher, error) {
	left, err := p.and()
	for err == nil && p.is("OR") {
		p.advance()
		var right matcher
		if right, err = p.and(); err == nil {
			first := left
			left = func(m proto.Message) bool { return first(m) || right(m) }
		}
	}
	return left, err
}

func (p *filterParser) and() (matcher, error) {
	left, err := p.not()
	for err == nil && (p.token != "" || p.quoted) && !p.is("OR") && !p.is(")") {
		if p.is("AND") {
			p.advance()
		}
		var right matcher
		if right, err = p.not(); err == nil {
			first := left
			left = func(m proto.Message) bool { return first(m) && right(m) }
		}
	}
	return left, err
}

func (p *filterParser) not() (matcher, error) {
	negated := p.is("NOT")
	if negated {
		p.advance()
	} else if !p.quoted && len(p.token) > 1 && p.token[0] == '-' {
		p.token, negated = p.token[1:], true
	}
	m, err := p.term()
	if err != nil || !negated {
		return m, err
	}
	return func(x proto.Message) bool { return !m(x) }, nil
}

func (p *filterParser) term() (matcher, error) {
	if p.is("(") {
		if p.depth++; p.depth > maxFilterDepth {
			return nil, invalid("Invalid filter: nested too deeply.") // modelled
		}
		p.advance()
		m, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.is(")") {
			return nil, p.unexpected()
		}
		p.depth--
		p.advance()
		return m, nil
	}
	if p.token == "" || !p.quoted && (isFilterMark(p.token[0]) || p.token == "AND" || p.token == "OR") {
		return nil, p.unexpected()
	}
	field := p.token
	p.advance()
	if p.quoted || p.token == "" || strings.IndexByte("<>=!:", p.token[0]) < 0 {
		return p.compare([]string{"name"}, ":", field)
	}
	operator := p.token
	p.advance()
	if p.token == "" && !p.quoted || !p.quoted && isFilterMark(p.token[0]) {
		return nil, p.unexpected()
	}
	value := p.token
	for p.rest != "" && !p.quoted && p.rest[0] == ':' { // a time of day has colons
		p.advance()
		value += p.token
		p.advance()
		value += p.token
	}
	p.advance()
	return p.compare(strings.Split(field, "."), operator, value)
}

// compare makes a matcher of one term on the fields of a message.
func compare(path []string, operator, value string) (matcher, error) {
	if operator == "!" {
		return nil, invalid("Invalid filter: unexpected %q.", operator) // modelled
	}
	if operator == "!=" {
		equal, err := compare(path, "=", value)
		return func(m proto.Message) bool { return !equal(m) }, err
	}
	return func(m proto.Message) bool { return holds(m.ProtoReflect(), path, operator, value) }, nil
}

// holds walks along the path, through maps by their keys.
func holds(m protoreflect.Message, path []string, operator, value string) bool {
	field := m.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	if field == nil {
		field = m.Descriptor().Fields().ByJSONName(path[0])
	}
	if field == nil || !m.Has(field) {
		return false
	}
	v := m.Get(field)
	switch {
	case field.IsMap() && len(path) == 1: // labels:key
		return v.Map().Has(protoreflect.ValueOfString(value).MapKey()) || operator == ":" && value == "*"
	case field.IsMap():
		held := v.Map().Get(protoreflect.ValueOfString(strings.Join(path[1:], ".")).MapKey())
		return held.IsValid() && holdsText(held.String(), operator, value)
	case field.IsList():
		return operator == ":" && (value == "*" || v.List().Len() > 0)
	case field.Kind() == protoreflect.MessageKind && len(path) > 1:
		return holds(v.Message(), path[1:], operator, value)
	case operator == ":" && value == "*":
		return true
	case field.Kind() == protoreflect.MessageKind:
		t, ok := v.Message().Interface().(*timestamppb.Timestamp)
		return ok && holdsTime(t.AsTime(), operator, value)
	case field.Kind() == protoreflect.EnumKind:
		name := field.Enum().Values().ByNumber(v.Enum()).Name()
		return holdsText(string(name), operator, value)
	default:
		return holdsText(v.String(), operator, value)
	}
}

// holdsText compares without regard to case; a colon means "contains".
func holdsText(held, operator, value string) bool {
	if n, err := strconv.ParseFloat(value, 64); err == nil && operator != ":" {
		if h, err := strconv.ParseFloat(held, 64); err == nil {
			return ordered(int(sign(h-n)), operator)
		}
	}
	held, value = strings.ToLower(held), strings.ToLower(value)
	if operator == ":" {
		return strings.Contains(held, strings.Trim(value, "*"))
	}
	return ordered(strings.Compare(held, value), operator)
}

func sign(f float64) float64 {
	switch {
	case f < 0:
		return -1
	case f > 0:
		return 1
	}
	return 0
}

func holdsTime(held time.Time, operator, value string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, value); err == nil {
			return ordered(held.Compare(t), operator)
		}
	}
	return false
}

func ordered(c int, operator string) bool {
	switch operator {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	default:
		return c == 0
	}
}
