package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// fieldSelection is the part of an answer that the system parameter "fields"
// asks for: nil is all of it. A star stands for every name.
type fieldSelection map[string]fieldSelection

// maxSelectionDepth is how deep a selection may go.
const maxSelectionDepth = 50

// parseFields reads a selection as in "name,bindings(role,members),a/b,c.d".
func parseFields(text string) (fieldSelection, error) {
	p := selectionParser{text: text}
	sel, ok := p.list(0)
	if !ok || p.text != "" {
		return nil, invalidField("fields", "Invalid field selection %s", text)
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
	end := strings.IndexAny(p.text, ",/.()")
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
	case p.take("/"), p.take("."):
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

// at is what is selected of a field, by either of its names.
func (s fieldSelection) at(name string) (fieldSelection, bool) {
	for _, n := range []string{name, snakeCase(name), "*"} {
		if below, selected := s[n]; selected {
			return below, true
		}
	}
	return nil, false
}

// snakeCase is a JSON name as its proto has it.
func snakeCase(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// check refuses a path that the message of an answer does not have, as Google
// does before it serves the request.
func (s fieldSelection) check(m protoreflect.MessageDescriptor) error {
	if path, found := s.unknown(m); found {
		return failWith(codes.InvalidArgument, "Request contains an invalid argument.", badRequest(violation{"fields",
			"Error expanding 'fields' parameter. Cannot find matching fields for path '" + path + "'."}))
	}
	return nil
}

// unknown is the first path that m does not have.
func (s fieldSelection) unknown(m protoreflect.MessageDescriptor) (string, bool) {
	if m.FullName() == "google.protobuf.Any" || m.FullName() == "google.protobuf.Struct" {
		return "", false
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		field := m.Fields().ByJSONName(name)
		if field == nil {
			field = m.Fields().ByTextName(name)
		}
		switch {
		case name == "*", isNoCache(m, name):
			continue
		case field == nil:
			return name, true
		}
		below, of := s[name], field.Message()
		if field.IsMap() { // whose keys may be any
			continue
		}
		if below == nil {
			continue
		}
		if of == nil || field.Message().FullName() == "google.protobuf.Timestamp" {
			return name + "." + slices.Sorted(maps.Keys(below))[0], true
		}
		if path, found := below.unknown(of); found {
			return name + "." + path, true
		}
	}
	return "", false
}

// fieldsKey is where the context of a REST request holds its selection.
type fieldsKey struct{}

// checkFields holds the selection of a request against the answer of its method.
func checkFields(ctx context.Context, fullMethod string) error {
	selection, ok := ctx.Value(fieldsKey{}).(fieldSelection)
	if !ok || selection == nil {
		return nil
	}
	name := strings.ReplaceAll(strings.TrimPrefix(fullMethod, "/"), "/", ".")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	method, ok := found.(protoreflect.MethodDescriptor)
	if err != nil || !ok {
		return nil
	}
	return selection.check(method.Output())
}

func (s fieldSelection) of(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			below, selected := s.at(name)
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
