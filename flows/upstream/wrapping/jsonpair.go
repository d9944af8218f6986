package wrapping

import (
	"bytes"
	"encoding/json"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// jsonPair is a JSON object that holds a user name and a token, or a token
// alone: the form that AWS keeps for its pull-through caches, what a credential
// helper prints, the answers of clouds' command lines. A key of a service
// account, which is JSON too, is a token itself and none of these.
var jsonPair = wrapping{
	Layer: Layer{"json-credential", text.New("JSON with a credential in it")},
	read: func(b []byte, _ About) (found, bool) {
		var members map[string]json.RawMessage
		if len(b) > 0 && b[0] == '[' && json.Valid(b) { // several of them, or one in a list
			return jsonList(b)
		}
		if !object(b, &members) {
			return found{}, false
		}
		f, ok := jsonObject(members)
		return f, ok
	},
}

// The members that hold a credential, in small letters and without "_", "-"
// and ".".
var (
	jsonTokens = []string{
		"accesstoken", "password", "token", "secret", "secretkey", "authtoken", "authorizationtoken",
		"apikey", "pat", "pwd", "secrettoken", "registrypassword", "passcode",
	}
	// These count only where there is none of those.
	jsonLast  = []string{"idtoken", "refreshtoken"}
	jsonUsers = []string{"username", "user", "login", "account", "name", "userid", "principal", "registryusername", "namecode"}
	// What a service account's key holds; the whole of it is the token.
	jsonKeys = []string{"privatekey", "publickey"}
)

func jsonObject(members map[string]json.RawMessage) (found, bool) {
	plain := map[string]Text{}
	for name, raw := range members {
		var t Text
		if json.Unmarshal(raw, &t) == nil && len(t) > 0 {
			plain[plainName(name)] = t
		}
	}
	defer func() {
		for _, t := range plain {
			clear(t)
		}
	}()
	for _, key := range jsonKeys {
		if len(plain[key]) > 0 {
			return found{}, false
		}
	}
	// aws ecr get-authorization-token; kubectl and vault nest theirs, too.
	for _, nest := range []string{"authorizationData", "data", "auth", "credentials", "status", "credential"} {
		if raw, ok := members[nest]; ok && len(raw) > 0 {
			if raw[0] == '[' {
				if f, ok := jsonList(raw); ok {
					return f, true
				}
			}
			var inner map[string]json.RawMessage
			if object(raw, &inner) {
				if f, ok := jsonObject(inner); ok {
					return f, true
				}
			}
		}
	}
	var f found
	for _, names := range [][]string{jsonTokens, jsonLast} {
		for _, name := range names {
			if t := bytes.TrimSpace(plain[name]); len(t) > 0 {
				f.parts = append(f.parts, Part{Token: bytes.Clone(t), For: name})
			}
		}
		if len(f.parts) > 0 {
			break
		}
	}
	first := func(names ...string) string {
		for _, name := range names {
			if t := plain[name]; len(t) > 0 {
				return string(t)
			}
		}
		return ""
	}
	f.parts = distinct(f.parts, func(string) int { return 1 })
	user, host := first(jsonUsers...), first("serverurl", "loginserver", "registry", "server", "host", "proxyendpoint")
	for i := range f.parts {
		f.parts[i].Username = user
		if len(f.parts) == 1 {
			f.parts[i].For = host
		}
	}
	return f, len(f.parts) > 0
}

func jsonList(b []byte) (found, bool) {
	var all []map[string]json.RawMessage
	if json.Unmarshal(b, &all) != nil {
		return found{}, false
	}
	var f found
	for _, members := range all {
		if one, ok := jsonObject(members); ok {
			f.parts = append(f.parts, one.parts...)
		}
	}
	return f, len(f.parts) > 0
}

// plainName is a member's name without what differs between languages.
func plainName(name string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
}
