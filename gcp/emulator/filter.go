package emulator

import (
	"strings"

	"google.golang.org/protobuf/proto"
)

// matcher tells whether a message passes a filter.
type matcher func(proto.Message) bool

// comparison makes a matcher of one restriction, whose field is cut at its
// dots; a value that stands alone has no field and no operator.
type comparison func(path []string, operator, value string) (matcher, error)

// parseTerms reads a list filter (https://google.aip.dev/160): restrictions
// FIELD OPERATOR VALUE, joined by AND, OR and NOT (or a minus) and grouped by
// parentheses, also behind the operator: state:(ENABLED OR DISABLED). OR binds
// closer than AND. A space means AND, or OR where either says so, as in Resource
// Manager's search. What a restriction means is compare's to say. An empty
// filter passes everything.
func parseTerms(filter string, either bool, compare comparison) (matcher, error) {
	p := &filterParser{rest: filter, either: either, compare: compare}
	p.advance()
	if p.token == "" && !p.quoted {
		return func(proto.Message) bool { return true }, nil
	}
	m, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.token != "" || p.quoted {
		return nil, p.unexpected()
	}
	return m, nil
}

type filterParser struct {
	compare comparison
	either  bool
	rest    string
	token   string // empty at the end
	quoted  bool
	depth   int
	// field and operator are those in front of the group that is being read.
	field    []string
	operator string
}

// maxFilterDepth bounds nesting.
const maxFilterDepth = 50

// unexpected is modelled.
func (p *filterParser) unexpected() error {
	if p.token == "" && !p.quoted {
		return invalidField("filter", "Invalid filter: it ends too early.")
	}
	return invalidField("filter", "Invalid filter: unexpected %q.", p.token)
}

const filterSpace = " \t\r\n"

// advance reads the next token: an operator, a parenthesis, or a word.
func (p *filterParser) advance() {
	p.skipSpace()
	if p.quote() || p.rest == "" {
		return
	}
	n := 1
	if strings.IndexByte("<>!", p.rest[0]) >= 0 && strings.HasPrefix(p.rest[1:], "=") {
		n = 2
	} else if !isFilterMark(p.rest[0]) {
		for n < len(p.rest) && !isFilterMark(p.rest[n]) && strings.IndexByte(filterSpace, p.rest[n]) < 0 {
			n++
		}
	}
	p.token, p.rest = p.rest[:n], p.rest[n:]
}

// advanceToValue reads a value: a word in which the marks of operators may
// stand, as in a time of day, but for its beginning.
func (p *filterParser) advanceToValue() {
	p.skipSpace()
	if p.quote() || p.rest == "" {
		return
	}
	n := strings.IndexAny(p.rest, filterSpace+`()"`)
	if n < 0 {
		n = len(p.rest)
	}
	if n = max(n, 1); isFilterMark(p.rest[0]) {
		n = 1
	}
	p.token, p.rest = p.rest[:n], p.rest[n:]
}

func (p *filterParser) skipSpace() {
	p.rest = strings.TrimLeft(p.rest, filterSpace)
	p.token, p.quoted = "", false
}

// quote reads a token in quotes, if one stands there.
func (p *filterParser) quote() bool {
	if p.rest == "" || p.rest[0] != '"' && p.rest[0] != '\'' {
		return false
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == p.rest[0]:
			p.token, p.rest, p.quoted = b.String(), p.rest[i+1:], true
			return true
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return false
}

func isFilterMark(c byte) bool { return strings.IndexByte(`()<>=!:"'`, c) >= 0 }

func (p *filterParser) is(word string) bool { return !p.quoted && p.token == word }

func (p *filterParser) atEnd() bool { return p.token == "" && !p.quoted || p.is(")") }

// expression reads sequences joined by AND.
func (p *filterParser) expression() (matcher, error) {
	all, err := p.sequence()
	for err == nil && p.is("AND") {
		p.advanceIn()
		var more matcher
		if more, err = p.sequence(); err == nil {
			all = bothHold(all, more)
		}
	}
	return all, err
}

// sequence reads factors with spaces between them.
func (p *filterParser) sequence() (matcher, error) {
	all, err := p.factor()
	for err == nil && !p.atEnd() && !p.is("AND") {
		var more matcher
		if more, err = p.factor(); err != nil {
			break
		}
		if p.either && p.field == nil {
			all = oneHolds(all, more)
		} else {
			all = bothHold(all, more)
		}
	}
	return all, err
}

// factor reads terms joined by OR.
func (p *filterParser) factor() (matcher, error) {
	any, err := p.term()
	for err == nil && p.is("OR") {
		p.advanceIn()
		var more matcher
		if more, err = p.term(); err == nil {
			any = oneHolds(any, more)
		}
	}
	return any, err
}

func bothHold(a, b matcher) matcher { return func(m proto.Message) bool { return a(m) && b(m) } }
func oneHolds(a, b matcher) matcher { return func(m proto.Message) bool { return a(m) || b(m) } }

// advanceIn is advance in a group of values or outside of one.
func (p *filterParser) advanceIn() {
	if p.field != nil {
		p.advanceToValue()
	} else {
		p.advance()
	}
}

func (p *filterParser) term() (matcher, error) {
	negated := true
	switch {
	case p.is("NOT"), p.is("-") && strings.HasPrefix(p.rest, "("):
		p.advanceIn()
	case !p.quoted && len(p.token) > 1 && p.token[0] == '-':
		p.token = p.token[1:]
	default:
		negated = false
	}
	m, err := p.simple()
	if err != nil || !negated {
		return m, err
	}
	return func(x proto.Message) bool { return !m(x) }, nil
}

// simple reads a group or one restriction.
func (p *filterParser) simple() (matcher, error) {
	if p.is("(") {
		return p.group(p.field, p.operator)
	}
	if p.token == "" && !p.quoted || !p.quoted && (isFilterMark(p.token[0]) || p.is("AND") || p.is("OR") || p.is("NOT")) {
		return nil, p.unexpected()
	}
	if p.field != nil {
		m, err := p.compare(p.field, p.operator, p.token)
		p.advanceToValue()
		return m, err
	}
	path := p.path()
	p.advance()
	if p.quoted || p.token == "" || strings.IndexByte("<>=!:", p.token[0]) < 0 {
		return p.compare(nil, "", strings.Join(path, "."))
	}
	return p.restriction(path)
}

// path reads a field: words with dots between them, some of them in quotes.
func (p *filterParser) path() []string {
	path := []string{p.token}
	if !p.quoted {
		path = strings.Split(p.token, ".")
	}
	for last := len(path) - 1; path[last] == "" && p.quote(); last = len(path) - 1 {
		path[last] = p.token
		if rest, dotted := strings.CutPrefix(p.rest, "."); dotted {
			p.rest = rest
			path = append(path, "")
		}
	}
	return path
}

// restriction reads what stands behind a field, at its operator.
func (p *filterParser) restriction(path []string) (matcher, error) {
	operator := p.token
	if operator == "!" {
		return nil, p.unexpected()
	}
	p.advanceToValue()
	if p.is("(") && (operator == ":" || operator == "=") {
		return p.group(path, operator)
	}
	if p.token == "" && !p.quoted || !p.quoted && isFilterMark(p.token[0]) {
		return nil, p.unexpected()
	}
	m, err := p.compare(path, operator, p.token)
	p.advanceIn()
	return m, err
}

// group reads what stands in parentheses: values, if a field and an operator
// stand in front of them.
func (p *filterParser) group(field []string, operator string) (matcher, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, invalidField("filter", "Invalid filter: nested too deeply.") // modelled
	}
	outer, outerOperator := p.field, p.operator
	p.field, p.operator = field, operator
	p.advanceIn()
	m, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.is(")") {
		return nil, p.unexpected()
	}
	p.depth--
	p.field, p.operator = outer, outerOperator
	p.advanceIn()
	return m, nil
}
