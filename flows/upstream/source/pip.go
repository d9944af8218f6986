package source

import (
	"bytes"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// pip are pip's files, https://pip.pypa.io/en/stable/topics/configuration/, in
// the order in which they count, and the files of Python's keyring, which pip
// asks as well.
func (m Machine) pip() []file {
	var paths []string
	name := "pip.conf"
	if m.OS == "windows" {
		name = "pip.ini"
	}
	add := func(dir string, parts ...string) {
		if dir != "" {
			paths = append(paths, filepath.Join(append(append([]string{dir}, parts...), name)...))
		}
	}
	add(m.Getenv("VIRTUAL_ENV"))
	given := m.Getenv("PIP_CONFIG_FILE")
	switch {
	case given != "":
		paths = append(paths, given) // the person's own files don't count then
	case m.OS == "windows":
		add(m.Getenv("APPDATA"), "pip")
		add(m.home("pip"))
	case m.OS == "darwin":
		add(m.home("Library", "Application Support", "pip"))
		add(m.home(".config", "pip"))
		add(m.home(".pip"))
	default:
		add(m.config(), "pip")
		add(m.home(".pip"))
	}
	switch m.OS {
	case "windows":
		add(m.Getenv("ProgramData"), "pip")
	case "darwin":
		add("/Library/Application Support/pip")
	default:
		for dir := range strings.SplitSeq(m.Getenv("XDG_CONFIG_DIRS"), ":") {
			add(dir, "pip")
		}
		add("/etc/xdg", "pip")
		add("/etc")
	}
	keyring := m.xdg("XDG_DATA_HOME", ".local", "share")
	folder := "python_keyring"
	if m.OS == "windows" {
		keyring, folder = m.Getenv("LOCALAPPDATA"), "Python Keyring"
	}
	all := in("pip", readPip, paths...)
	if keyring != "" {
		all = append(all, in("Python keyring", readKeyring, filepath.Join(keyring, folder, "keyring_pass.cfg"))...)
		all = append(all, in("Python keyring", readEncryptedKeyring, filepath.Join(keyring, folder, "crypted_pass.cfg"))...)
	}
	return all
}

// readPip reads the addresses of indexes in pip's configuration.
func readPip(b []byte, s *search, each func(login)) error {
	return readINI(b, func(_, option string, line []byte) {
		switch strings.ReplaceAll(option, "_", "-") {
		case "index-url", "extra-index-url":
		default:
			return
		}
		for address := range bytes.FieldsSeq(line) {
			if l, ok := addressLogin(address, s.kind.User.Secret); ok {
				each(l)
			}
		}
	})
}

// addressLogin is the login in an address. Without a password, the user name
// is the token where the upstream has it so; elsewhere pip asks for one.
func addressLogin(address []byte, userIsToken bool) (login, bool) {
	scheme, rest, ok := bytes.Cut(address, []byte("://"))
	if !ok {
		return login{}, false
	}
	place := rest
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		place = rest[:end]
	}
	at := bytes.LastIndexByte(place, '@')
	if at < 0 {
		return login{}, false
	}
	user, password, colon := bytes.Cut(place[:at], []byte(":"))
	l := login{address: string(scheme) + "://" + string(rest[at+1:])}
	switch {
	case len(password) > 0:
		name := unpercent(user)
		l.username, l.secret = string(name), unpercent(password)
		clear(name)
	case len(user) > 0 && (colon || userIsToken):
		l.secret = unpercent(user)
	default:
		l.elsewhere = text.New("pip takes the password from .netrc or from a keyring")
	}
	return l, true
}

// unpercent undoes percent-encoding, into bytes of its own. What isn't encoded
// well stays as it is.
func unpercent(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if c, ok := hexByte(b[i:]); ok && b[i] == '%' {
			out = append(out, c)
			i += 2
			continue
		}
		out = append(out, b[i])
	}
	return out
}

// hexByte is the byte that two hexadecimal digits behind a sign stand for.
func hexByte(b []byte) (byte, bool) {
	if len(b) < 3 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[1:3]), 16, 8)
	return byte(n), err == nil
}
