package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// validString reports whether b is one JSON string.
func validString(b []byte) bool { return len(b) >= 2 && b[0] == '"' && json.Valid(b) }

var errINI = errors.New("not what Python's configparser reads")

// readINI reads a file as Python's configparser does: each is called for every
// line of every value, in order. Names of options are in lower case. A line is
// valid only as long as b is.
func readINI(b []byte, each func(section, option string, line []byte)) error {
	section, option, indent := "", "", 0
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, " \t\r\n\v\f")
		plain := bytes.TrimLeft(line, " \t\v\f")
		at := len(line) - len(plain)
		switch {
		case len(plain) == 0, plain[0] == '#', plain[0] == ';':
			continue
		case at > indent && option != "": // its value goes on
			each(section, option, plain)
			continue
		}
		indent = at
		if plain[0] == '[' {
			end := bytes.LastIndexByte(plain, ']')
			if end < 0 {
				return errINI
			}
			section, option = string(plain[1:end]), ""
			continue
		}
		i := bytes.IndexAny(plain, "=:")
		if section == "" || i == 0 {
			return errINI
		}
		if i < 0 {
			return errINI
		}
		option = strings.ToLower(string(bytes.TrimSpace(plain[:i])))
		each(section, option, bytes.TrimSpace(plain[i+1:]))
	}
	return nil
}
