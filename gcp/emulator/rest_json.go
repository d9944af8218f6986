package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonObject is an object of a request's body, its members in the order in
// which they were sent: refusals name them in that order. The other values are
// []any, string, json.Number, bool and nil.
type jsonObject []jsonMember

type jsonMember struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o jsonObject) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// maxJSONDepth bounds nesting, as Google's front end does.
const maxJSONDepth = 100

// parseJSON reads a whole body. Its error is in the words of Google's parser.
func parseJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := jsonValue(d, 0)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return v, nil
		}
		err = &jsonError{"Parsing terminated before end of input.", int(d.InputOffset())}
	}
	return nil, payloadSyntax(text, err)
}

// jsonError is a fault of a body at a byte of it.
type jsonError struct {
	says   string
	offset int
}

func (e *jsonError) Error() string { return e.says }

func jsonValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth >= maxJSONDepth:
		return nil, &jsonError{"Message too deep. Max recursion depth reached for key.", int(d.InputOffset())}
	case delim == '[':
		list := []any{}
		for d.More() {
			v, err := jsonValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	object := jsonObject{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if !ok {
			return nil, &jsonError{"Expected an object key or }.", int(d.InputOffset())}
		}
		v, err := jsonValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		object = append(object, jsonMember{text, v})
	}
	_, err = d.Token()
	return object, err
}

// syntaxWords are what Google's parser says where Go's decoder ends its words
// as on the left. Of what stands between values the decoder gives the place, of
// what is in a value the place behind it.
var syntaxWords = []struct {
	goSays, googleSays string
	behind             int
}{
	{"looking for beginning of value", "Expected a value.", 1},
	{"after object key:value pair", "Expected , or } after key:value pair.", 0},
	{"after object key", "Expected : between key:value pair.", 0},
	{"looking for beginning of object key string", "Expected an object key or }.", 0},
	{"after array element", "Expected , or ] after array value.", 0},
	{"in string escape code", "Invalid escape sequence.", 1},
}

// payloadSyntax says what is wrong with a body that is no JSON, and shows the
// place as Google does: up to 20 characters before and behind it, and a mark
// below (protobuf's JsonStreamParser).
func payloadSyntax(text []byte, err error) error {
	says, offset := "Unexpected token.", len(text)
	var syntax *json.SyntaxError
	var own *jsonError
	switch {
	case errors.As(err, &own):
		says, offset = own.says, own.offset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		says = "Unexpected end of string. Expected a value."
	case errors.As(err, &syntax):
		offset = int(syntax.Offset) - 1
		for _, w := range syntaxWords {
			if strings.HasSuffix(syntax.Error(), w.goSays) {
				says, offset = w.googleSays, int(syntax.Offset)-w.behind
				break
			}
		}
	}
	const around = 20
	at := min(max(offset, 0), len(text))
	from, to := max(at-around, 0), min(at+around, len(text))
	before := strings.ToValidUTF8(string(text[from:at]), "")
	mark := strings.Repeat(" ", utf8.RuneCountInString(before)) + "^"
	return payloadRefused(violation{description: "Invalid JSON payload received. " + says + "\n" +
		before + strings.ToValidUTF8(string(text[at:to]), "") + "\n" + mark})
}
