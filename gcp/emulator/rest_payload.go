package emulator

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// payloadRefused is the refusal of a body: all that is wrong with it, a line
// each, and the same as details (google.rpc.BadRequest), as in
// https://github.com/decolua/9router/issues/1876.
func payloadRefused(all ...violation) error {
	lines := make([]string, len(all))
	for i, v := range all {
		lines[i] = v.description
	}
	err := connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("%s", strings.Join(lines, "\n")))
	if detail, detailErr := connect.NewErrorDetail(badRequest(all...)); detailErr == nil {
		err.AddDetail(detail)
	}
	return err
}

// payload reads a body against the message that it is for, as Google's front
// end does (protobuf's ProtoStreamObjectWriter): enums in any case, fields by
// both of their names, null for what is unset. It makes of the body what
// protojson reads, and collects what is wrong.
type payload struct {
	wrong []violation
	// noCache tells that the body makes a repository a connector, by a field
	// that the Go messages lack.
	noCache bool
}

// readPayload reads text into msg, after protojson could not.
func readPayload(text []byte, msg proto.Message, read protojson.UnmarshalOptions) error {
	v, err := parseJSON(text)
	if err != nil {
		return err
	}
	descriptor := msg.ProtoReflect().Descriptor()
	object, ok := v.(jsonObject)
	if !ok {
		return payloadRefused(violation{description: "Invalid JSON payload received. Unknown name \"\": Root element must be a message."})
	}
	var p payload
	clean := p.message(payloadRoot(descriptor), descriptor, object)
	if len(p.wrong) > 0 {
		return payloadRefused(p.wrong...)
	}
	cleaned, err := json.Marshal(clean)
	if err != nil {
		return payloadRefused(violation{description: "Invalid JSON payload received."})
	}
	if err := read.Unmarshal(cleaned, msg); err != nil {
		return payloadRefused(violation{description: "Invalid JSON payload received."})
	}
	if p.noCache {
		setNoCache(msg)
	}
	return nil
}

// payloadRoot is how Google names the body in a refusal: by the field of the
// request that it fills, which is named after its message, or not at all where
// it is the request.
func payloadRoot(m protoreflect.MessageDescriptor) string {
	name := string(m.Name())
	if strings.HasSuffix(name, "Request") {
		return ""
	}
	var b strings.Builder
	for i, r := range name {
		before := rune(0)
		if i > 0 {
			before = rune(name[i-1])
		}
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// unknownName says that what stands at a place has no such field.
func (p *payload) unknownName(at, name, why string) {
	place := ""
	if at != "" {
		place = " at '" + at + "'"
	}
	p.wrong = append(p.wrong, violation{at, fmt.Sprintf("Invalid JSON payload received. Unknown name %q%s: %s", name, place, why)})
}

// invalidValue says that a value does not fit the type of its field.
func (p *payload) invalidValue(at, kind, what string) {
	p.wrong = append(p.wrong, violation{at, fmt.Sprintf("Invalid value at '%s' (%s), %s", at, kind, what)})
}

// message reads an object as a message; at is its place.
func (p *payload) message(at string, m protoreflect.MessageDescriptor, object jsonObject) jsonObject {
	out := jsonObject{}
	oneofs := map[protoreflect.OneofDescriptor]bool{}
	for _, member := range object {
		field := m.Fields().ByJSONName(member.name)
		if field == nil {
			field = m.Fields().ByTextName(member.name)
		}
		switch {
		case member.value == nil: // also in a field that only a newer API has
			continue
		case field == nil && isNoCache(m, member.name):
			p.noCache = p.noCache || p.empty(below(at, "no_cache"), member.value)
			continue
		case field == nil:
			p.unknownName(at, member.name, "Cannot find field.")
			continue
		}
		if one := field.ContainingOneof(); one != nil && !one.IsSynthetic() {
			if oneofs[one] {
				p.invalidValue(at, "oneof", fmt.Sprintf("oneof field '%s' is already set. Cannot set '%s'", one.Name(), member.name))
				continue
			}
			oneofs[one] = true
		}
		if v, ok := p.field(at, member.name, field, member.value); ok {
			out = out.with(field.JSONName(), v)
		}
	}
	return out
}

// with sets a member, in the place of one of the same name: the last one sent
// counts.
func (o jsonObject) with(name string, value any) jsonObject {
	for i, m := range o {
		if m.name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, jsonMember{name, value})
}

// empty reads a value as a message without fields.
func (p *payload) empty(at string, v any) bool {
	object, ok := v.(jsonObject)
	if !ok {
		p.invalidValue(at, "type.googleapis.com/google.devtools.artifactregistry.v1.RemoteRepositoryConfig.NoCache", shown(v))
		return false
	}
	for _, member := range object {
		if member.value != nil {
			p.unknownName(at, member.name, "Cannot find field.")
		}
	}
	return true
}

// field reads the value of a field of what stands at a place.
func (p *payload) field(at, name string, field protoreflect.FieldDescriptor, v any) (any, bool) {
	place := below(at, string(field.Name()))
	list, isList := v.([]any)
	switch {
	case field.IsMap():
		return p.mapValue(place, field, v)
	case field.IsList() && !isList: // one value is a list of one
		v, ok := p.value(place+"[0]", field, v)
		return []any{v}, ok
	case field.IsList():
		out := []any{}
		for i, item := range list {
			if v, ok := p.value(fmt.Sprintf("%s[%d]", place, i), field, item); ok {
				out = append(out, v)
			}
		}
		return out, true
	case isList && !isListValue(field):
		p.unknownName(at, name, "Proto field is not repeating, cannot start list.")
		return nil, false
	}
	return p.value(place, field, v)
}

func isListValue(field protoreflect.FieldDescriptor) bool {
	return field.Kind() == protoreflect.MessageKind && strings.HasPrefix(string(field.Message().FullName()), "google.protobuf.") &&
		(field.Message().Name() == "Value" || field.Message().Name() == "ListValue")
}

// mapValue reads a map, whose entries are named by their place as a list's are.
func (p *payload) mapValue(place string, field protoreflect.FieldDescriptor, v any) (any, bool) {
	object, ok := v.(jsonObject)
	if _, isList := v.([]any); isList {
		p.invalidValue(place, "Map", fmt.Sprintf("Cannot bind a list to map for field '%s'.", field.JSONName()))
		return nil, false
	}
	if !ok {
		p.invalidValue(place, "type.googleapis.com/"+string(field.Message().FullName()), shown(v))
		return nil, false
	}
	out := jsonObject{}
	for i, member := range object {
		v, ok := p.value(fmt.Sprintf("%s[%d].value", place, i), field.MapValue(), member.value)
		if ok {
			out = out.with(member.name, v)
		}
	}
	return out, true
}

// value reads one value.
func (p *payload) value(place string, field protoreflect.FieldDescriptor, v any) (any, bool) {
	if field.Kind() == protoreflect.MessageKind {
		return p.messageValue(place, field, v)
	}
	kind := typeName(field)
	if _, is := v.(jsonObject); is {
		p.invalidValue(place, kind, "Starting an object on a scalar field")
		return nil, false
	}
	out, fits := scalar(field, v)
	if !fits {
		what := shown(v)
		if _, text := v.(string); text && field.Kind() == protoreflect.BytesKind {
			what = "Base64 decoding failed for " + what
		}
		p.invalidValue(place, kind, what)
	}
	return out, fits
}

// typeName is how refusals name the type of a field.
func typeName(field protoreflect.FieldDescriptor) string {
	switch {
	case field.Enum() != nil:
		return "type.googleapis.com/" + string(field.Enum().FullName())
	case field.Message() != nil:
		return "type.googleapis.com/" + string(field.Message().FullName())
	}
	return "TYPE_" + strings.ToUpper(field.Kind().String())
}

// messageValue reads a value as a message. What has a form of its own in JSON,
// as times and masks do, is protojson's to judge.
func (p *payload) messageValue(place string, field protoreflect.FieldDescriptor, v any) (any, bool) {
	m := field.Message()
	kind := typeName(field)
	if m.ParentFile().Package() != "google.protobuf" {
		object, ok := v.(jsonObject)
		if !ok {
			p.invalidValue(place, kind, shown(v))
			return nil, false
		}
		return p.message(place, m, object), true
	}
	text, _ := v.(string)
	switch m.Name() {
	case "Timestamp", "Duration", "FieldMask":
		if m.Name() == "FieldMask" {
			text = camelMask(text)
			v = text
		}
		if quoted, err := json.Marshal(v); err == nil && protojson.Unmarshal(quoted, newWellKnown(m)) == nil {
			return v, true
		}
		p.invalidValue(place, kind, fmt.Sprintf("Field '%s', %s", field.JSONName(), illegal(string(m.Name()), text)))
		return nil, false
	}
	return v, true
}

// newWellKnown is an empty message of one of the three types.
func newWellKnown(m protoreflect.MessageDescriptor) proto.Message {
	switch m.Name() {
	case "Timestamp":
		return &timestamppb.Timestamp{}
	case "Duration":
		return &durationpb.Duration{}
	default:
		return &fieldmaskpb.FieldMask{}
	}
}

// illegal is what Google says of a text that is no time, duration or mask
// (protobuf's ProtoStreamObjectWriter).
func illegal(kind, text string) string {
	switch {
	case kind == "Timestamp" && !strings.HasSuffix(text, "Z") && strings.LastIndexAny(text, "+-") <= strings.Index(text, "T"):
		return "Illegal timestamp format; timestamps must end with 'Z' or have a valid timezone offset."
	case kind == "Timestamp":
		return "Invalid time format: " + text
	case kind == "Duration" && !strings.HasSuffix(text, "s"):
		return "Illegal duration format; duration must end with 's'"
	case kind == "Duration":
		return "Invalid duration format, failed to parse seconds"
	}
	return "Invalid FieldMask '" + text + "'."
}

// shown is a value as Google quotes it.
func shown(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// scalar is a value in the form that protojson reads for the field's kind, if
// it fits: numbers may be texts and the other way round, enums are names in any
// case or numbers.
func scalar(field protoreflect.FieldDescriptor, v any) (any, bool) {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	if isNumber {
		text = string(number)
	}
	switch field.Kind() {
	case protoreflect.StringKind:
		return v, isText
	case protoreflect.BytesKind:
		return v, isText && isBase64(text)
	case protoreflect.BoolKind:
		b, isBool := v.(bool)
		if isText && (text == "true" || text == "false") {
			return text == "true", true
		}
		return b, isBool
	case protoreflect.EnumKind:
		if isText {
			if value := field.Enum().Values().ByName(protoreflect.Name(strings.ToUpper(text))); value != nil {
				return string(value.Name()), true
			}
		}
		n, err := strconv.ParseInt(text, 10, 32)
		return n, err == nil
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		_, err := strconv.ParseFloat(text, 64)
		return v, err == nil && (isText || isNumber)
	default:
		return integer(field.Kind(), text)
	}
}

func integer(kind protoreflect.Kind, text string) (any, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && f == math.Trunc(f) && strings.ContainsAny(text, ".eE") && math.Abs(f) < 1<<53 {
		text = strconv.FormatInt(int64(f), 10)
	}
	bits := 64
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		bits = 32
	default:
	}
	switch kind {
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		_, err = strconv.ParseUint(text, 10, bits)
	default:
		_, err = strconv.ParseInt(text, 10, bits)
	}
	return text, err == nil
}

func isBase64(text string) bool {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	_, err := base64.RawStdEncoding.DecodeString(text)
	return err == nil
}
