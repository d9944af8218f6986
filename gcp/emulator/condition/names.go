package condition

import (
	"slices"
	"strings"
)

// attributes are what IAM lets a condition ask about, by their whole names.
// A name that others begin with is an object of them.
var attributes = map[string]kind{
	"resource.name": text, "resource.type": text, "resource.service": text,
	"request.time": moment, "request.host": text, "request.path": text,
	"request.auth": dynamic, "request.auth.access_levels": list, "request.auth.principal": text,
	"destination.ip": text, "destination.port": number,
	"principal.type": text, "principal.subject": text,
}

// objects are what attributes and functions hang from.
var objects = []string{"resource", "request", "destination", "principal", "api"}

// functions are those that stand alone, with what they give.
var functions = map[string]kind{
	"timestamp": moment, "date": moment, "duration": span, "size": number, "int": number, "uint": number, "double": number,
	"string": text, "bytes": text, "bool": boolean, "has": boolean, "dyn": dynamic, "type": dynamic,
}

// methods are those of a value or an object, with what they give.
var methods = map[string]kind{
	"startsWith": boolean, "endsWith": boolean, "contains": boolean, "matches": boolean, "extract": text, "size": number,
	"lowerAscii": text, "upperAscii": text, "replace": text, "split": list, "substring": text, "trim": text, "join": text,
	"matchTag": boolean, "matchTagId": boolean, "hasTagKey": boolean, "hasTagKeyId": boolean,
	"getAttribute": dynamic, "hasOnly": boolean,
	"getFullYear": number, "getMonth": number, "getDate": number, "getDayOfMonth": number, "getDayOfWeek": number,
	"getDayOfYear": number, "getHours": number, "getMinutes": number, "getSeconds": number, "getMilliseconds": number,
}

// macros are methods of lists whose first argument names what the second is
// about, with what they give.
var macros = map[string]kind{"all": boolean, "exists": boolean, "exists_one": boolean, "filter": list, "map": list}

// textMethods are those that only a string has.
var textMethods = []string{"startsWith", "endsWith", "matches", "extract", "lowerAscii", "upperAscii", "trim", "split", "substring"}

func undeclared(name string, at int) *fault {
	return &fault{"undeclared reference to '" + name + "' (in container '')", at}
}

// member reads a value and what hangs from it: fields, methods, elements.
func (p *parser) member() (kind, *fault) {
	t := p.token
	k, path, f := p.primary()
	for f == nil {
		switch {
		case p.is("."):
			if f = p.advance(); f != nil {
				return dynamic, f
			}
			field := p.token
			if field.kind != name {
				return dynamic, p.unexpected()
			}
			if f = p.advance(); f != nil {
				return dynamic, f
			}
			if p.is("(") {
				k, f = p.call(k, path, field)
				path = ""
				continue
			}
			k, path, f = selected(k, path, field)
		case p.is("["):
			if f = p.bare(path, t.at); f != nil {
				return dynamic, f
			}
			if k != list && k != dynamic {
				return dynamic, p.noOverload("_[_]", p.token.at, k, number)
			}
			if f = p.advance(); f == nil {
				_, f = p.expression()
			}
			if f == nil {
				f = p.want("]")
			}
			k, path = dynamic, ""
		default:
			return k, p.bare(path, t.at)
		}
	}
	return dynamic, f
}

// bare refuses an object of attributes where a value is meant.
func (p *parser) bare(path string, at int) *fault {
	if _, attribute := attributes[path]; path == "" || attribute {
		return nil
	}
	return undeclared(path, at)
}

// selected is a field of a value or of an object of attributes.
func selected(k kind, path string, field token) (kind, string, *fault) {
	if path == "" {
		if k != dynamic {
			return dynamic, "", &fault{"type '" + k.String() + "' does not support field selection", field.at}
		}
		return dynamic, "", nil
	}
	path += "." + field.text
	if found, ok := attributes[path]; ok {
		return found, path, nil
	}
	for known := range attributes {
		if strings.HasPrefix(known, path+".") {
			return dynamic, path, nil
		}
	}
	if strings.HasPrefix(path, "request.auth.") { // the claims of a token
		return dynamic, "", nil
	}
	return dynamic, "", undeclared(path, field.at)
}

// call reads the arguments of a method.
func (p *parser) call(of kind, path string, method token) (kind, *fault) {
	if gives, is := macros[method.text]; is && (of == list || of == dynamic) && !slices.Contains(objects, path) {
		return gives, p.macro()
	}
	gives, known := methods[method.text]
	if !known {
		return dynamic, undeclared(method.text, method.at)
	}
	if slices.Contains(textMethods, method.text) && of != text && of != dynamic {
		return dynamic, p.noOverload(method.text, method.at, of)
	}
	_, f := p.arguments()
	return gives, f
}

// macro reads (NAME, EXPRESSION).
func (p *parser) macro() *fault {
	if f := p.want("("); f != nil {
		return f
	}
	if p.token.kind != name {
		return p.unexpected()
	}
	p.locals = append(p.locals, p.token.text)
	defer func() { p.locals = p.locals[:len(p.locals)-1] }()
	if f := p.advance(); f != nil {
		return f
	}
	if f := p.want(","); f != nil {
		return f
	}
	if _, f := p.expression(); f != nil {
		return f
	}
	return p.want(")")
}

// arguments reads (EXPRESSION, …) and counts them.
func (p *parser) arguments() (int, *fault) {
	if f := p.want("("); f != nil {
		return 0, f
	}
	return p.items(")")
}

// items reads expressions up to a mark.
func (p *parser) items(closing string) (int, *fault) {
	for n := 0; ; n++ {
		if p.is(closing) {
			return n, p.advance()
		}
		if n > 0 {
			if f := p.want(","); f != nil {
				return n, f
			}
		}
		if _, f := p.expression(); f != nil {
			return n, f
		}
	}
}

// primary reads a value that nothing hangs from yet. A path is returned for an
// object of attributes.
func (p *parser) primary() (kind, string, *fault) {
	t := p.token
	switch {
	case t.kind == number, t.kind == text:
		return t.kind, "", p.advance()
	case p.is("("):
		f := p.advance()
		if f != nil {
			return dynamic, "", f
		}
		k, f := p.expression()
		if f == nil {
			f = p.want(")")
		}
		return k, "", f
	case p.is("["):
		f := p.advance()
		if f == nil {
			_, f = p.items("]")
		}
		return list, "", f
	case p.is("{"):
		return dynamic, "", p.entries()
	case t.kind != name || t.text == "in":
		return dynamic, "", p.unexpected()
	}
	if f := p.advance(); f != nil {
		return dynamic, "", f
	}
	switch {
	case t.text == "true" || t.text == "false":
		return boolean, "", nil
	case t.text == "null", slices.Contains(p.locals, t.text):
		return dynamic, "", nil
	case p.is("("):
		return p.function(t)
	case slices.Contains(objects, t.text):
		return dynamic, t.text, nil
	}
	return dynamic, "", undeclared(t.text, t.at)
}

// function reads the arguments of a function that stands alone.
func (p *parser) function(t token) (kind, string, *fault) {
	gives, known := functions[t.text]
	if !known {
		return dynamic, "", undeclared(t.text, t.at)
	}
	n, f := p.arguments()
	if f == nil && n != 1 {
		f = &fault{"found no matching overload for '" + t.text + "'", t.at}
	}
	return gives, "", f
}

// entries reads {KEY: VALUE, …}.
func (p *parser) entries() *fault {
	if f := p.want("{"); f != nil {
		return f
	}
	for n := 0; !p.is("}"); n++ {
		if n > 0 {
			if f := p.want(","); f != nil {
				return f
			}
		}
		if _, f := p.expression(); f != nil {
			return f
		}
		if f := p.want(":"); f != nil {
			return f
		}
		if _, f := p.expression(); f != nil {
			return f
		}
	}
	return p.advance()
}
