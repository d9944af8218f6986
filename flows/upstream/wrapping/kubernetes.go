package wrapping

import (
	"bytes"
	"encoding/json"

	"example.com/upstreamauth/flows/text"
)

// kubernetesSecret is a Secret of Kubernetes, as YAML or JSON.
var kubernetesSecret = wrapping{
	Layer: Layer{"kubernetes-secret", text.New("a Kubernetes Secret")},
	read: func(b []byte, a About) (found, bool) {
		data, ok := secretData(b)
		if !ok {
			return found{}, false
		}
		defer func() {
			for _, v := range data {
				clear(v)
			}
		}()
		for _, name := range []string{".dockerconfigjson", ".dockercfg", "config.json"} {
			if v := data[name]; len(v) > 0 {
				f, ok := dockerConfig.read(bytes.TrimSpace(v), a)
				f.is = text.New("a Kubernetes Secret with Docker's config.json in it")
				return f, ok
			}
		}
		p := Part{}
		for _, name := range append([]string{"password"}, jsonTokens...) {
			for key, v := range data {
				if len(p.Token) == 0 && plainName(key) == name {
					p.Token = bytes.Clone(bytes.TrimSpace(v))
				}
			}
		}
		for _, name := range jsonUsers {
			for key, v := range data {
				if p.Username == "" && plainName(key) == name {
					p.Username = string(bytes.TrimSpace(v))
				}
			}
		}
		if len(p.Token) > 0 {
			return found{parts: []Part{p}}, true
		}
		var f found
		for key, v := range data {
			if v = bytes.TrimSpace(v); len(v) > 0 {
				f.parts = append(f.parts, Part{Token: bytes.Clone(v), For: key})
			}
		}
		return f, len(f.parts) > 0
	},
}

// secretData are the decoded values of a Secret, by name.
func secretData(b []byte) (map[string][]byte, bool) {
	data := map[string][]byte{}
	var manifest struct {
		Kind       string          `json:"kind"`
		Data       map[string]Text `json:"data"`
		StringData map[string]Text `json:"stringData"`
	}
	switch {
	case len(b) > 0 && b[0] == '{':
		if !json.Valid(b) {
			return nil, false
		}
		_ = json.Unmarshal(b, &manifest)
		isData := false // kubectl get secret -o jsonpath={.data}
		if manifest.Data == nil && manifest.StringData == nil {
			_ = json.Unmarshal(b, &manifest.Data)
			isData = len(manifest.Data[".dockerconfigjson"]) > 0 || len(manifest.Data[".dockercfg"]) > 0
		}
		if manifest.Kind != "Secret" && !isData {
			return nil, false
		}
		for name, v := range manifest.Data {
			if plain, ok := decoded(v); ok {
				data[name] = plain
			}
		}
		for name, v := range manifest.StringData {
			data[name] = v
		}
	case bytes.Contains(b, []byte("kind: Secret")) || bytes.HasPrefix(b, []byte(".dockerconfigjson:")) || bytes.HasPrefix(b, []byte(".dockercfg:")) ||
		bytes.HasPrefix(b, []byte("data:\n")):
		yamlData(b, data)
	default:
		return nil, false
	}
	return data, len(data) > 0
}

// yamlData reads the values under data and stringData. It knows as much of YAML
// as kubectl writes: one value a line, or a block behind "|" or ">".
func yamlData(b []byte, data map[string][]byte) {
	section, depth := "data", -1
	name, block, folded := "", -1, false
	var value []byte
	done := func() {
		if name == "" {
			return
		}
		v := bytes.TrimSpace(value)
		if section == "data" {
			if plain, ok := decoded(v); ok {
				data[name] = plain
			}
		} else {
			data[name] = bytes.Clone(v)
		}
		clear(value)
		name, value, block = "", nil, -1
	}
	for line := range bytes.Lines(b) {
		trimmed := bytes.TrimSpace(line)
		in := len(line) - len(bytes.TrimLeft(line, " \t"))
		if name != "" && block >= 0 && (in > block || len(trimmed) == 0) {
			value = append(append(value, trimmed...), '\n')
			continue
		}
		done()
		key, v, ok := bytes.Cut(trimmed, []byte(":"))
		v = bytes.TrimSpace(v)
		switch {
		case !ok || len(trimmed) == 0 || trimmed[0] == '#':
		case (string(key) == "data" || string(key) == "stringData") && len(v) == 0:
			section, depth = string(key), in
		case in <= depth, section == "":
			section = "" // something else of the manifest
		case depth < 0 && key[0] != '.': // a manifest's head
		case len(v) > 0 && (v[0] == '|' || v[0] == '>') || len(v) == 0:
			name, block, folded = string(unquoted(key)), in, len(v) > 0 && v[0] == '>'
		default:
			name, value = string(unquoted(key)), bytes.Clone(unquoted(v))
			done()
		}
	}
	_ = folded // neither base64 nor JSON tells a fold from a line end
	done()
}
