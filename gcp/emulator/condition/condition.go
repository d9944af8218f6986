// Package condition reads the conditions of IAM policies: expressions of the
// Common Expression Language (https://github.com/google/cel-spec) over the
// attributes that IAM knows
// (https://cloud.google.com/iam/docs/conditions-attribute-reference).
//
// It reads the whole grammar, and checks names and types as far as they are
// plain: whether operands fit an operator, and whether the whole is true or
// false. It does not evaluate. CEL's own library would make the program 3 MB
// larger, an eighth of it, for a check that an emulator alone makes.
package condition

import (
	"fmt"
	"unicode/utf8"
)

// Limits of a condition (https://cloud.google.com/iam/quotas).
const (
	MaxOperators = 12 // logical operators
	maxDepth     = 50
)

// Check tells what is wrong with an expression, in words after those of CEL's
// own compiler, and at which character.
func Check(expression string) error {
	p := &parser{source: expression}
	k, f := p.whole()
	if f == nil && k != boolean && k != dynamic {
		f = &fault{"expected type 'bool' but found '" + k.String() + "'", 0}
	}
	if f == nil && p.operators > MaxOperators {
		f = &fault{fmt.Sprintf("more than %d logical operators", MaxOperators), 0}
	}
	if f == nil {
		return nil
	}
	return fmt.Errorf("1:%d: %s", utf8.RuneCountInString(expression[:f.at])+1, f.says)
}

type parser struct {
	source    string
	token     token
	after     int // where the next token is looked for
	depth     int
	operators int
	// locals are the names that macros as exists(x, …) bring.
	locals []string
}

// whole reads the expression to its end.
func (p *parser) whole() (kind, *fault) {
	if f := p.advance(); f != nil {
		return dynamic, f
	}
	k, f := p.expression()
	if f == nil && p.token.kind != end {
		f = p.unexpected()
	}
	return k, f
}

func (p *parser) advance() *fault {
	t, f := next(p.source, p.after)
	if f == nil {
		p.token, p.after = t, t.at+len(t.text)
		if t.kind == text { // with its quotes, which are not a part of it
			p.after = skipText(p.source, t.at)
		}
		if t.kind == end {
			p.after = len(p.source)
		}
	}
	return f
}

// skipText is where a string that begins at a place ends.
func skipText(source string, at int) int {
	n := quoteLength(source[at:])
	t, _ := readText(source, at, n)
	mark := n
	for mark > 0 && source[at+n-mark] != '"' && source[at+n-mark] != '\'' {
		mark--
	}
	return at + n + len(t.text) + mark
}

func (p *parser) unexpected() *fault {
	if p.token.kind == end {
		return &fault{"Syntax error: mismatched input '<EOF>'", p.token.at}
	}
	return &fault{fmt.Sprintf("Syntax error: extraneous input '%s'", p.token.text), p.token.at}
}

func (p *parser) is(mark string) bool {
	return p.token.kind == symbol && p.token.text == mark || mark == "in" && p.token.kind == name && p.token.text == mark
}

// want passes over a mark that must be there.
func (p *parser) want(mark string) *fault {
	if !p.is(mark) {
		return p.unexpected()
	}
	return p.advance()
}

// expression reads a condition with its alternatives, or what binds closer.
func (p *parser) expression() (kind, *fault) {
	if p.depth++; p.depth > maxDepth {
		return dynamic, &fault{"expression recursion limit exceeded", p.token.at}
	}
	defer func() { p.depth-- }()
	k, f := p.binary(0)
	if f != nil || !p.is("?") {
		return k, f
	}
	if k != boolean && k != dynamic {
		return dynamic, p.noOverload("_?_:_", p.token.at, k)
	}
	if f := p.advance(); f != nil {
		return dynamic, f
	}
	yes, f := p.binary(0)
	if f != nil {
		return dynamic, f
	}
	if f := p.want(":"); f != nil {
		return dynamic, f
	}
	no, f := p.expression()
	if f == nil && yes != no {
		yes = dynamic
	}
	return yes, f
}

// levels are the operators of two operands, the loosest first.
var levels = [][]string{{"||"}, {"&&"}, {"==", "!=", "<", "<=", ">", ">=", "in"}, {"+", "-"}, {"*", "/", "%"}}

func (p *parser) binary(level int) (kind, *fault) {
	if level == len(levels) {
		return p.unary()
	}
	left, f := p.binary(level + 1)
	for f == nil {
		operator, at := "", p.token.at
		for _, o := range levels[level] {
			if p.is(o) {
				operator = o
			}
		}
		if operator == "" {
			break
		}
		if f = p.advance(); f != nil {
			break
		}
		var right kind
		if right, f = p.binary(level + 1); f == nil {
			left, f = p.combine(operator, at, left, right)
		}
	}
	return left, f
}

// combine is the type of two operands under an operator, if it takes them.
func (p *parser) combine(operator string, at int, left, right kind) (kind, *fault) {
	fits := left == dynamic || right == dynamic || left == right
	result := boolean
	switch operator {
	case "&&", "||":
		p.operators++
		fits = (left == boolean || left == dynamic) && (right == boolean || right == dynamic)
	case "in":
		fits = right == list || right == dynamic
	case "<", "<=", ">", ">=":
		fits = fits && left != list
	case "+", "-":
		fits, result = sum(operator, left, right)
	case "*", "/", "%":
		fits = (left == number || left == dynamic) && (right == number || right == dynamic)
		result = number
	}
	if !fits {
		return dynamic, p.noOverload("_"+operator+"_", at, left, right)
	}
	return result, nil
}

// sum tells whether two types can be added or subtracted, and what comes of it.
func sum(operator string, left, right kind) (bool, kind) {
	switch {
	case left == dynamic || right == dynamic:
		return true, dynamic
	case left == moment && right == moment:
		return operator == "-", span
	case left == moment && right == span, operator == "+" && left == span && right == moment:
		return true, moment
	case left == right && left != boolean:
		return operator == "+" || left == number || left == span, left
	}
	return false, dynamic
}

func (p *parser) noOverload(operator string, at int, operands ...kind) *fault {
	types := ""
	for i, k := range operands {
		if i > 0 {
			types += ", "
		}
		types += k.String()
	}
	return &fault{fmt.Sprintf("found no matching overload for '%s' applied to '(%s)'", operator, types), at}
}

func (p *parser) unary() (kind, *fault) {
	for _, mark := range []string{"!", "-"} {
		if !p.is(mark) {
			continue
		}
		at := p.token.at
		if f := p.advance(); f != nil {
			return dynamic, f
		}
		if p.depth++; p.depth > maxDepth {
			return dynamic, &fault{"expression recursion limit exceeded", at}
		}
		k, f := p.unary()
		p.depth--
		switch {
		case f != nil:
			return k, f
		case mark == "!" && k != boolean && k != dynamic:
			return k, p.noOverload("!_", at, k)
		case mark == "-" && k != number && k != dynamic:
			return k, p.noOverload("-_", at, k)
		case mark == "!":
			p.operators++
			return boolean, nil
		}
		return k, nil
	}
	return p.member()
}
