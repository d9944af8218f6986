package wrapping

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// dockerConfig is Docker's config.json, over one or several lines: whole, or
// one entry of it, or some.
var dockerConfig = wrapping{
	Layer: Layer{"docker-config", text.New("Docker's config.json")},
	read: func(b []byte, a About) (found, bool) {
		var file struct {
			Auths       map[string]configEntry `json:"auths"`
			CredsStore  string                 `json:"credsStore"`
			CredHelpers map[string]string      `json:"credHelpers"`
		}
		if !object(b, &file) {
			return found{}, false
		}
		if file.Auths != nil || file.CredsStore != "" || file.CredHelpers != nil {
			return configFound(file.Auths, file.CredsStore, file.CredHelpers, a), true
		}
		var entry configEntry
		if _ = json.Unmarshal(b, &entry); len(entry.Auth) > 0 || len(entry.IdentityToken) > 0 {
			p := entry.part("")
			f := found{parts: []Part{p}, is: text.New("one entry of Docker's config.json")}
			return f, len(p.Token) > 0
		}
		var entries map[string]json.RawMessage
		_ = json.Unmarshal(b, &entries)
		auths := map[string]configEntry{}
		for host, raw := range entries {
			if e := (configEntry{}); len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &e) == nil && !e.empty() {
				auths[host] = e
			}
		}
		f := configFound(auths, "", nil, a)
		f.is = text.New("entries of Docker's config.json")
		if hosts := hostsOf(f.parts); len(hosts) > 1 {
			f.is = text.New("entries of Docker's config.json for %s", shownAll(hosts))
		}
		return f, len(f.parts) > 0
	},
}

// configFound gathers the credentials of a config.json. Where it holds none, it
// says which credential helper does.
func configFound(auths map[string]configEntry, store string, helpers map[string]string, a About) found {
	var f found
	for _, host := range slices.Sorted(maps.Keys(auths)) {
		// Docker Desktop keeps its own sign-in's tokens under such addresses.
		if strings.HasSuffix(host, "/access-token") || strings.HasSuffix(host, "/refresh-token") {
			continue
		}
		if p := auths[host].part(host); len(p.Token) > 0 {
			f.parts = append(f.parts, p)
		}
	}
	if len(f.parts) > 1 {
		f.is = text.New("Docker's config.json with credentials for %s", shownAll(hostsOf(f.parts)))
	}
	if len(f.parts) > 0 {
		return f
	}
	host, helper := "", store
	for _, h := range slices.Sorted(maps.Keys(helpers)) {
		if host == "" || a.Fits(h) > a.Fits(host) {
			host, helper = h, helpers[h]
		}
	}
	if host != "" && store != "" && a.Fits(host) == 0 {
		host, helper = "", store
	}
	f.is = text.New("Docker's config.json without a credential")
	switch {
	case helper == "":
		f.elsewhere = text.New("Nobody is signed in there")
	case host == "":
		f.is = text.New("Docker's config.json without a credential: this machine's credential store has them")
		f.elsewhere = text.New("The credential helper %q has them: docker-credential-%s get prints one", shown(helper), shown(helper))
	default:
		f.elsewhere = text.New("The credential helper %q has the one for %q: docker-credential-%s get prints it",
			shown(helper), shown(host), shown(helper))
	}
	return f
}

// hostsOf lists what parts are for.
func hostsOf(parts []Part) []string {
	var hosts []string
	for _, p := range parts {
		hosts = append(hosts, p.For)
	}
	return hosts
}

// configEntry is one registry's entry of Docker's config.json.
type configEntry struct {
	Auth          Text `json:"auth"`
	Username      Text `json:"username"`
	Password      Text `json:"password"`
	IdentityToken Text `json:"identitytoken"`
	RegistryToken Text `json:"registrytoken"`
}

func (e configEntry) empty() bool {
	return len(e.Auth) == 0 && len(e.Password) == 0 && len(e.IdentityToken) == 0 && len(e.RegistryToken) == 0
}

// part is the entry's credential. An identity token belongs to the user name in
// auth, as in Docker's own reading of it.
func (e configEntry) part(host string) Part {
	p := Part{For: host, Username: string(e.Username)}
	if pair, ok := decoded(e.Auth); ok && len(e.Auth) > 0 {
		defer clear(pair)
		name, tok, _ := bytes.Cut(pair, []byte(":"))
		if tok = bytes.TrimRight(tok, "\x00\r\n"); len(name) > 0 {
			p.Username = string(name)
		}
		if len(tok) > 0 {
			p.Token = bytes.Clone(tok)
			return p
		}
	}
	for _, tok := range []Text{e.Password, e.IdentityToken, e.RegistryToken} {
		if len(tok) > 0 {
			p.Token = bytes.Clone(tok)
			return p
		}
	}
	return p
}
