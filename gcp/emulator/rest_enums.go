package emulator

import (
	"bytes"
	"encoding/json"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// capitalEnums writes the names of enums in a message's JSON in capitals, for
// Google's front end heeds no case in them: gcloud sends what a cleanup policy
// does as "Delete". A text that is no JSON comes back as it is.
func capitalEnums(text []byte, m protoreflect.MessageDescriptor) []byte {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.More() {
		return text
	}
	capitalFields(v, m)
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return out
}

// capitalFields does so in place, wherever v has the form of m.
func capitalFields(v any, m protoreflect.MessageDescriptor) {
	object, _ := v.(map[string]any)
	for name, value := range object {
		field := m.Fields().ByJSONName(name)
		if field == nil {
			field = m.Fields().ByTextName(name)
		}
		if field == nil {
			continue
		}
		switch values := value.(type) {
		case map[string]any:
			if !field.IsMap() {
				object[name] = capitalValue(value, field)
				continue
			}
			for key, value := range values {
				values[key] = capitalValue(value, field.MapValue())
			}
		case []any:
			for i, value := range values {
				values[i] = capitalValue(value, field)
			}
		default:
			object[name] = capitalValue(value, field)
		}
	}
}

// capitalValue is one value of a field.
func capitalValue(v any, field protoreflect.FieldDescriptor) any {
	if name, isText := v.(string); isText && field.Kind() == protoreflect.EnumKind {
		return strings.ToUpper(name)
	}
	if field.Kind() == protoreflect.MessageKind {
		capitalFields(v, field.Message())
	}
	return v
}
