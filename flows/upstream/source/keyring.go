package source

import (
	"bytes"

	"example.com/upstreamauth/flows/text"
)

// readKeyring reads the file of keyrings.alt.file.PlaintextKeyring: a section
// for each service, an option for each user name, and as its value the password
// in base64, https://github.com/jaraco/keyrings.alt. Its user names have lost
// their capital letters.
func readKeyring(b []byte, s *search, each func(login)) error {
	return keyringLogins(b, text.Text{}, each)
}

// readEncryptedKeyring reads what keyrings.alt.file.EncryptedKeyring has, which
// only its own program can decrypt.
func readEncryptedKeyring(b []byte, s *search, each func(login)) error {
	elsewhere := text.New("the keyring encrypts it; --token-command 'keyring get SERVICE USER' reads it")
	return keyringLogins(b, elsewhere, each)
}

// keyringLogins reads a keyring's file. The service of an index is its address
// or its host.
func keyringLogins(b []byte, elsewhere text.Text, each func(login)) error {
	var last login
	var encoded []byte
	done := func() {
		defer func() { clear(encoded); encoded = encoded[:0] }()
		if last.address == "" || len(encoded) == 0 {
			return
		}
		if last.elsewhere = elsewhere; elsewhere.Empty() {
			password, err := unbase64(encoded)
			if err != nil {
				return
			}
			last.secret = password
		}
		each(last)
	}
	err := readINI(b, func(section, option string, line []byte) {
		address, username := keyringName(section), keyringName(option)
		if address != last.address || username != last.username {
			done()
			last = login{address: address, username: username}
		}
		grown := append(bytes.Clone(encoded), line...)
		clear(encoded)
		encoded = grown
	})
	done()
	return err
}

// keyringName undoes the escapes of a name in a keyring's file: an underscore
// and two hexadecimal digits.
func keyringName(s string) string {
	b := []byte(s)
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if c, ok := hexByte(b[i:]); ok && b[i] == '_' {
			out = append(out, c)
			i += 2
			continue
		}
		out = append(out, b[i])
	}
	return string(out)
}
