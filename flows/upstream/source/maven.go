package source

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// maven are Maven's files, https://maven.apache.org/settings.html: a person's
// count before those of the installation.
func (m Machine) maven() []file {
	paths := []string{m.home(".m2", "settings.xml")}
	for _, variable := range []string{"MAVEN_HOME", "M2_HOME"} {
		if dir := m.Getenv(variable); dir != "" {
			paths = append(paths, filepath.Join(dir, "conf", "settings.xml"))
		}
	}
	return in("Maven", readMaven, paths...)
}

// mavenServer is one server of settings.xml.
type mavenServer struct {
	id, username string
	password     []byte
}

// mavenPlaces are where settings.xml names a repository or a mirror of one.
var mavenPlaces = map[string]bool{"mirror": true, "repository": true, "pluginRepository": true}

// readMaven reads settings.xml. A server is for the mirrors and repositories of
// the same id; "central" is one that Maven knows without being told.
func readMaven(b []byte, _ *search, each func(login)) error {
	servers := []*mavenServer{}
	defer func() {
		for _, s := range servers {
			clear(s.password)
		}
	}()
	places := [][2]string{} // id, address
	var server mavenServer
	var place [2]string
	err := mavenTexts(b, func(parent, element string, value []byte) {
		value = bytes.TrimSpace(value)
		switch {
		case parent == "server" && element == "id":
			server.id = string(value)
		case parent == "server" && element == "username":
			server.username = string(value)
		case parent == "server" && element == "password":
			clear(server.password)
			server.password = bytes.Clone(value)
		case mavenPlaces[parent] && element == "id":
			place[0] = string(value)
		case mavenPlaces[parent] && element == "url":
			place[1] = string(value)
		}
	}, func(element string) {
		switch {
		case element == "server":
			kept := server
			servers, server = append(servers, &kept), mavenServer{}
		case mavenPlaces[element]:
			places, place = append(places, place), [2]string{}
		}
	})
	clear(server.password)
	places = append(places, [2]string{"central", upstream.Target{Format: "MAVEN", Preset: "MAVEN_CENTRAL"}.BaseURL()})
	for _, s := range servers {
		seen := map[string]bool{}
		for _, p := range places {
			if s.id == p[0] && s.id != "" && !seen[p[1]] {
				seen[p[1]] = true
				each(s.login(p[1]))
			}
		}
	}
	return err
}

// login is the server's login for an address.
func (s *mavenServer) login(address string) login {
	l := login{address: address, username: s.username}
	for _, value := range [][]byte{[]byte(s.username), s.password} {
		if _, rest, ok := bytes.Cut(value, []byte("${")); ok {
			name, _, _ := bytes.Cut(rest, []byte("}"))
			l.username, l.elsewhere = "", text.New("it's in the variable %q of Maven's", shown(string(name)))
			if name, ok := bytes.CutPrefix(name, []byte("env.")); ok {
				l.elsewhere = variable(string(name))
			}
		}
	}
	switch {
	case !l.elsewhere.Empty():
	case mavenEncrypted(s.password):
		l.elsewhere = text.New("Maven encrypted this password, and only Maven can decrypt it; give the token itself")
	default:
		l.secret = bytes.Clone(s.password)
	}
	return l
}

// mavenEncrypted reports whether a password is one that Maven has encrypted: in
// braces, base64 of at least one block, and for Maven 4 what it was encrypted
// with before it, https://maven.apache.org/guides/mini/guide-encryption.html.
func mavenEncrypted(password []byte) bool {
	begin, end := bytes.IndexByte(password, '{'), bytes.LastIndexByte(password, '}')
	if begin < 0 || end < begin || begin > 0 && password[begin-1] == '\\' {
		return false
	}
	inner := password[begin+1 : end]
	if len(inner) > 0 && inner[0] == '[' {
		if i := bytes.IndexByte(inner, ']'); i > 0 {
			inner = inner[i+1:]
		}
	}
	const block = 16
	plain, err := unbase64(inner)
	defer clear(plain)
	return err == nil && len(plain) >= block
}

// mavenTexts reads an XML file: text is called with the text of every element
// that has no other in it, and its parent's name, and closed at the end of
// every element. A value is valid only during text.
func mavenTexts(b []byte, value func(parent, element string, value []byte), closed func(element string)) error {
	// The decoder keeps text in a buffer that it lets grow, and what it grows
	// out of can't be reached. Spaces in front make it large enough at once.
	most := 2 * len(b) // in UTF-8
	padded := append(make([]byte, 0, most+1+len(b)), bytes.Repeat([]byte(" "), most+1)...)
	padded = append(padded, b...)
	defer clear(padded)
	d := xml.NewDecoder(bytes.NewReader(padded))
	d.CharsetReader = latin1
	var open []string
	var leaf []byte
	var buffer []byte // the decoder's
	defer func() { clear(leaf[:cap(leaf)]); clear(buffer[:cap(buffer)]) }()
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			open = append(open, t.Name.Local)
			clear(leaf)
			leaf = leaf[:0]
		case xml.CharData:
			buffer = t[:cap(t)]
			if leaf == nil {
				leaf = make([]byte, 0, most) // no copies either
			}
			if len(open) > 0 && len(leaf)+len(t) <= cap(leaf) {
				leaf = append(leaf, t...)
			}
		case xml.EndElement:
			n := len(open)
			if n == 0 || open[n-1] != t.Name.Local {
				return errors.New("an element that isn't open is closed")
			}
			if n > 1 {
				value(open[n-2], t.Name.Local, leaf)
			}
			open = open[:n-1]
			closed(t.Name.Local)
			clear(leaf)
			leaf = leaf[:0]
		}
	}
}

// latin1 reads a file that isn't in UTF-8, of the kinds that are common.
func latin1(charset string, r io.Reader) (io.Reader, error) {
	bytewise, ok := r.(io.ByteReader)
	switch strings.ToLower(charset) {
	case "us-ascii", "ascii", "iso-8859-1", "latin1":
		if ok {
			return &latin1Reader{r: bytewise}, nil
		}
	}
	return nil, errors.New("an encoding that isn't known")
}

// latin1Reader turns each byte into a character in UTF-8. It is read byte by
// byte, so that no buffer is put in front of it.
type latin1Reader struct {
	r    io.ByteReader
	next byte // the second half of a character; 0: none
}

// ReadByte implements io.ByteReader.
func (l *latin1Reader) ReadByte() (byte, error) {
	if c := l.next; c != 0 {
		l.next = 0
		return c, nil
	}
	c, err := l.r.ReadByte()
	if err == nil && c >= 0x80 {
		l.next = 0x80 | c&0x3f
		return 0xc0 | c>>6, nil
	}
	return c, err
}

// Read implements io.Reader.
func (l *latin1Reader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c, err := l.ReadByte()
	if err != nil {
		return 0, err
	}
	b[0] = c
	return 1, nil
}
