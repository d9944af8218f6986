package wrapping

import (
	"bytes"

	"example.com/upstreamauth/flows/text"
)

// header is an HTTP header that carries a credential.
var header = wrapping{
	Layer: Layer{"authorization-header", text.New("an Authorization header")},
	read: func(b []byte, _ About) (found, bool) {
		for _, name := range []string{"Authorization", "Proxy-Authorization", "X-JFrog-Art-Api", "Private-Token", "Deploy-Token", "Job-Token", "X-Api-Key"} {
			rest, ok := cutFold(b, name+":")
			if !ok {
				continue
			}
			rest = bytes.TrimSpace(rest)
			if s, v := cutScheme(rest); s != "" {
				rest = v
				if f, ok := basic(s, v); ok {
					f.is = text.New("an Authorization header with a user name and token in base64")
					return f, true
				}
			}
			f, ok := one(rest)
			if name != "Authorization" {
				f.is = text.New("the HTTP header %q", name)
			}
			return f, ok
		}
		return found{}, false
	},
}

// scheme is what stands behind an Authorization header's name.
var scheme = wrapping{
	Layer: Layer{"authorization-scheme", text.New("the value of an Authorization header")},
	read: func(b []byte, a About) (found, bool) {
		s, v := cutScheme(b)
		if s == "" || bytes.ContainsAny(v, " \t\r\n") {
			return found{}, false
		}
		if f, ok := basic(s, v); ok {
			return f, true
		}
		f, ok := one(v)
		f.is = text.New("text that starts with %q", s)
		f.doubtful = s == "token" && !a.Known(v)
		return f, ok
	},
}

// cutScheme cuts an authentication scheme off its value; the scheme is empty
// where there is none.
func cutScheme(b []byte) (scheme string, value []byte) {
	for _, s := range []string{"Bearer", "Basic", "token", "ApiKey"} {
		if v, ok := cutFold(b, s+" "); ok && len(bytes.TrimSpace(v)) > 0 {
			return s, bytes.TrimSpace(v)
		}
	}
	return "", nil
}

// basic is the pair that follows "Basic", which is base64 for certain.
func basic(scheme string, v []byte) (found, bool) {
	if scheme != "Basic" {
		return found{}, false
	}
	plain, ok := decoded(v)
	defer clear(plain)
	name, tok, isPair := bytes.Cut(plain, []byte(":"))
	if !ok || !isPair || len(tok) == 0 || !plainText(plain) {
		return found{}, false
	}
	return found{
		parts: []Part{{Username: string(name), Token: bytes.Clone(tok)}},
		is:    text.New("the value of an Authorization header: a user name and token in base64"),
	}, true
}

// cutFold is bytes.CutPrefix in any case.
func cutFold(b []byte, prefix string) ([]byte, bool) {
	if len(b) < len(prefix) || !bytes.EqualFold(b[:len(prefix)], []byte(prefix)) {
		return nil, false
	}
	return b[len(prefix):], true
}
