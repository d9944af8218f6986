package emulator

import (
	"bytes"
	"encoding/json"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// fieldSelection is the part of an answer that the system parameter "fields"
// asks for: nil is all of it. A star stands for every name. A name that no
// field has selects nothing, where Google refuses it: the answer alone does not
// tell an unknown name from an unset field.
type fieldSelection map[string]fieldSelection

// maxSelectionDepth is how deep a selection may go.
const maxSelectionDepth = 50

// parseFields reads a selection as in "name,bindings(role,members),a/b".
func parseFields(text string) (fieldSelection, error) {
	p := selectionParser{text: text}
	sel, ok := p.list(0)
	if !ok || p.text != "" {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid field selection %s", text)
	}
	return sel, nil
}

type selectionParser struct{ text string }

// take removes prefix from what is left to read, if it is there.
func (p *selectionParser) take(prefix string) bool {
	rest, found := strings.CutPrefix(p.text, prefix)
	p.text = rest
	return found
}

func (p *selectionParser) list(depth int) (fieldSelection, bool) {
	sel := fieldSelection{}
	for {
		if !p.path(sel, depth) {
			return nil, false
		}
		if !p.take(",") {
			return sel, true
		}
	}
}

// path reads one path into sel.
func (p *selectionParser) path(sel fieldSelection, depth int) bool {
	end := strings.IndexAny(p.text, ",/()")
	if end < 0 {
		end = len(p.text)
	}
	name := strings.TrimSpace(p.text[:end])
	p.text = p.text[end:]
	if name == "" || depth > maxSelectionDepth {
		return false
	}
	var below fieldSelection
	ok := true
	switch {
	case p.take("/"):
		below = fieldSelection{}
		ok = p.path(below, depth+1)
	case p.take("("):
		below, ok = p.list(depth + 1)
		ok = ok && p.take(")")
	}
	sel.add(name, below)
	return ok
}

// add makes below part of what is selected of name.
func (s fieldSelection) add(name string, below fieldSelection) {
	have, seen := s[name]
	if !seen || have != nil && below == nil {
		s[name] = below
		return
	}
	for k, v := range below {
		if have != nil {
			have.add(k, v)
		}
	}
}

// apply leaves of a JSON text what is selected.
func (s fieldSelection) apply(text []byte) []byte {
	if s == nil {
		return text
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return text
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if enc.Encode(s.of(v)) != nil {
		return text
	}
	return out.Bytes()
}

func (s fieldSelection) of(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			below, selected := s[name]
			if !selected {
				below, selected = s["*"]
			}
			switch {
			case selected && below == nil:
				out[name] = value
			case selected:
				out[name] = below.of(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = s.of(value)
		}
		return out
	default:
		return v
	}
}
