package wrapping

import (
	"bytes"
	"encoding/xml"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// mavenSettings is Maven's settings.xml, whole or its part on a server.
var mavenSettings = wrapping{
	Layer: Layer{"maven-settings", text.New("Maven's settings.xml")},
	read: func(b []byte, _ About) (found, bool) {
		if len(b) == 0 || b[0] != '<' || !bytes.Contains(b, []byte("</")) {
			return found{}, false
		}
		var f found
		d := xml.NewDecoder(bytes.NewReader(b))
		d.Strict = false
		for {
			t, err := d.Token()
			if err != nil {
				break // what stands before a fault was read
			}
			start, ok := t.(xml.StartElement)
			if !ok {
				continue
			}
			switch start.Name.Local {
			case "server":
				var s mavenServer
				if d.DecodeElement(&s, &start) == nil {
					f.parts = append(f.parts, s.parts()...)
				}
			case "password", "passphrase":
				var tok struct {
					Text []byte `xml:",chardata"`
				}
				if d.DecodeElement(&tok, &start) == nil && len(bytes.TrimSpace(tok.Text)) > 0 {
					f.parts = append(f.parts, Part{Token: bytes.TrimSpace(tok.Text)})
				}
			}
		}
		return f, len(f.parts) > 0
	},
}

// mavenServer is one server of settings.xml. GitLab's and others' tokens stand
// in a header instead of a password.
type mavenServer struct {
	ID       string `xml:"id"`
	Username string `xml:"username"`
	Password []byte `xml:"password"`
	Headers  []struct {
		Name  string `xml:"name"`
		Value []byte `xml:"value"`
	} `xml:"configuration>httpHeaders>property"`
}

func (s mavenServer) parts() []Part {
	var all []Part
	if tok := bytes.TrimSpace(s.Password); len(tok) > 0 {
		all = append(all, Part{Username: strings.TrimSpace(s.Username), Token: tok, For: strings.TrimSpace(s.ID)})
	}
	for _, h := range s.Headers {
		tok := bytes.TrimSpace(h.Value)
		if name := plainName(h.Name); len(tok) > 0 && (name == "authorization" || strings.HasSuffix(name, "token")) {
			all = append(all, Part{Token: tok, For: strings.TrimSpace(s.ID)})
		}
	}
	return all
}

// mavenEncrypted is a password that Maven has encrypted: only Maven on a machine
// with the master password in settings-security.xml can read it, and it has no
// command that prints it, https://maven.apache.org/guides/mini/guide-encryption.html.
var mavenEncrypted = wrapping{
	Layer: Layer{"maven-encrypted", text.New("a password that Maven encrypted")},
	read: func(b []byte, _ About) (found, bool) {
		if len(b) < 10 || b[0] != '{' || b[len(b)-1] != '}' {
			return found{}, false
		}
		plain, ok := decoded(b[1 : len(b)-1])
		clear(plain)
		return found{elsewhere: text.New("Only Maven can decrypt it, with the settings-security.xml of the machine " +
			"that encrypted it. Give the token itself, or a new one")}, ok
	},
}
