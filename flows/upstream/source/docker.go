package source

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/upstream/wrapping"
)

// docker are the files of Docker's and of podman's, which has others as well
// (containers-auth.json(5)).
func (m Machine) docker() []file {
	config := m.home(".docker")
	if dir := m.Getenv("DOCKER_CONFIG"); dir != "" {
		config = dir
	}
	var paths []string
	if config != "" {
		paths = append(paths, filepath.Join(config, "config.json"))
	}
	var others []string
	if path := m.Getenv("REGISTRY_AUTH_FILE"); path != "" {
		others = append(others, path)
	}
	if dir := m.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		others = append(others, filepath.Join(dir, "containers", "auth.json"))
	}
	if dir := m.config(); dir != "" {
		others = append(others, filepath.Join(dir, "containers", "auth.json"))
	}
	return append(in("Docker", readDocker, paths...), in("Podman", readDocker, others...)...)
}

// dockerLogin is one registry's entry of the file,
// https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties.
type dockerLogin struct {
	Auth          wrapping.Text `json:"auth"`
	Username      wrapping.Text `json:"username"`
	Password      wrapping.Text `json:"password"`
	IdentityToken wrapping.Text `json:"identitytoken"`
}

// readDocker reads Docker's config.json or podman's auth.json. A registry that
// has a helper of its own is asked for there; the rest is in the store of all,
// or in the file where there is none.
func readDocker(b []byte, s *search, each func(login)) error {
	var file struct {
		Auths       map[string]dockerLogin `json:"auths"`
		Store       string                 `json:"credsStore"`
		CredHelpers map[string]string      `json:"credHelpers"`
	}
	err := json.Unmarshal(b, &file)
	defer func() {
		for _, a := range file.Auths {
			for _, secret := range []wrapping.Text{a.Auth, a.Username, a.Password, a.IdentityToken} {
				clear(secret)
			}
		}
	}()
	if err != nil {
		return err
	}
	for _, host := range slices.Sorted(maps.Keys(file.CredHelpers)) {
		each(login{address: host, helper: file.CredHelpers[host], server: host})
	}
	// Docker leaves an empty entry for what it put into the store.
	stored := false
	for _, host := range slices.Sorted(maps.Keys(file.Auths)) {
		if file.Store != "" && file.CredHelpers[host] == "" && !dockersOwn(host) {
			stored = stored || s.kind.Fits(host) > 0
			each(login{address: host, helper: file.Store, server: host})
		}
	}
	for _, host := range slices.Sorted(maps.Keys(file.Auths)) {
		if l := file.Auths[host].login(host); !dockersOwn(host) {
			each(l)
		}
	}
	if file.Store != "" && !stored {
		each(login{address: ServerOf(s.target), helper: file.Store, server: ServerOf(s.target), unsure: true, fit: 1})
	}
	return nil
}

// dockersOwn reports whether an address is one under which Docker Desktop keeps
// the tokens of its own sign-in.
func dockersOwn(address string) bool {
	return strings.HasSuffix(address, "/access-token") || strings.HasSuffix(address, "/refresh-token")
}

// login is the entry's user name and password. The password is cut off its
// user name at the first colon, and may end in zero bytes, as Docker has it.
func (d dockerLogin) login(host string) login {
	l := login{address: host, username: string(d.Username), secret: bytes.Clone(d.Password)}
	if pair, err := unbase64(d.Auth); err == nil && len(pair) > 0 {
		name, password, _ := bytes.Cut(pair, []byte(":"))
		if len(name) > 0 {
			l.username = string(name)
		}
		if password = bytes.TrimRight(password, "\x00"); len(password) > 0 {
			clear(l.secret)
			l.secret = bytes.Clone(password)
		}
		clear(pair)
	}
	if len(l.secret) == 0 && len(d.IdentityToken) > 0 {
		l.secret, l.identity = bytes.Clone(d.IdentityToken), true
	}
	if l.username == identityUser {
		l.username, l.identity = "", true
	}
	return l
}

// unbase64 decodes base64 in either alphabet, with or without padding, into
// bytes of its own. White space in it is passed over.
func unbase64(b []byte) ([]byte, error) {
	plain := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case c == ' ', c == '\t', c == '\r', c == '\n', c == '=':
		case c == '-':
			plain = append(plain, '+')
		case c == '_':
			plain = append(plain, '/')
		default:
			plain = append(plain, c)
		}
	}
	defer clear(plain)
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, err := base64.RawStdEncoding.Decode(out, plain)
	if err != nil {
		clear(out)
		return nil, err
	}
	return out[:n], nil
}
