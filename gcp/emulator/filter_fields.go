package emulator

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// parseFilter reads Secret Manager's filters on the fields of a message
// (https://cloud.google.com/secret-manager/docs/filtering). A value alone
// matches the name.
func parseFilter(filter string) (matcher, error) { return parseTerms(filter, false, compare) }

// compare makes a matcher of one term on the fields of a message.
func compare(path []string, operator, value string) (matcher, error) {
	if len(path) == 0 {
		path, operator = []string{"name"}, ":"
	}
	if operator == "!=" {
		equal, err := compare(path, "=", value)
		return func(m proto.Message) bool { return !equal(m) }, err
	}
	return func(m proto.Message) bool { return holds(m.ProtoReflect(), path, operator, value) }, nil
}

// holds walks along the path, through maps by their keys.
func holds(m protoreflect.Message, path []string, operator, value string) bool {
	if len(path) == 0 {
		return false
	}
	first, rest := path[0], path[1:]
	field := m.Descriptor().Fields().ByName(protoreflect.Name(first))
	if field == nil {
		field = m.Descriptor().Fields().ByJSONName(first)
	}
	if field == nil || !m.Has(field) {
		return false
	}
	v := m.Get(field)
	switch {
	case field.IsMap() && len(path) == 1: // labels:key
		return v.Map().Has(protoreflect.ValueOfString(value).MapKey()) || operator == ":" && value == "*"
	case field.IsMap():
		held := v.Map().Get(protoreflect.ValueOfString(strings.Join(rest, ".")).MapKey())
		return held.IsValid() && holdsText(held.String(), operator, value)
	case field.IsList():
		return holdsAny(v.List(), field, path, operator, value)
	case field.Kind() == protoreflect.MessageKind && len(path) > 1:
		return holds(v.Message(), rest, operator, value)
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

// holdsAny tells whether an element of a list holds.
func holdsAny(l protoreflect.List, field protoreflect.FieldDescriptor, path []string, operator, value string) bool {
	if operator == ":" && value == "*" && len(path) == 1 {
		return l.Len() > 0
	}
	for i := range l.Len() {
		switch {
		case field.Kind() != protoreflect.MessageKind:
			if holdsText(l.Get(i).String(), operator, value) {
				return true
			}
		case len(path) > 1:
			if holds(l.Get(i).Message(), path[1:], operator, value) {
				return true
			}
		case holds(l.Get(i).Message(), []string{"name"}, operator, value): // as topics are named
			return true
		}
	}
	return false
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
	if operator == "=" && strings.Contains(value, "*") {
		return matchesStar(value, held)
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
