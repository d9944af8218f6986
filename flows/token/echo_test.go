package token

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func knowing(username, secret string) *Echo {
	e := &Echo{}
	e.Add(username, New([]byte(secret)))
	return e
}

// each writes every byte by a format, with something in between.
func each(s, format, between string) string {
	parts := make([]string, len(s))
	for i := range len(s) {
		parts[i] = fmt.Sprintf(format, s[i])
	}
	return strings.Join(parts, between)
}

// groups puts something after every n characters.
func groups(s string, n int, between string) string {
	var parts []string
	for chunk := range slices.Chunk([]byte(s), n) {
		parts = append(parts, string(chunk))
	}
	return strings.Join(parts, between)
}

func quoted(s string, times int) string {
	for range times {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		s = string(b)
	}
	return s
}

func times(n int, f func(string) string, s string) string {
	for range n {
		s = f(s)
	}
	return s
}

func utf16of(s string, bigEndian bool) string { return string(wide([]byte(s), bigEndian)) }

// writings are ways in which a text may repeat a secret. Each is one more row.
var writings = []struct {
	name  string
	write func(string) string
}{
	{"as it is", func(s string) string { return s }},
	{"a part", func(s string) string { return s[2:12] }},
	{"upper case", strings.ToUpper},
	{"case reversed", func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsUpper(r) {
				return unicode.ToLower(r)
			}
			return unicode.ToUpper(r)
		}, s)
	}},
	{"backwards", func(s string) string { return string(backwards([]byte(s))) }},
	{"ROT13", func(s string) string { return string(rot13([]byte(s))) }},
	{"full width", func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r <= '~' {
				return r + 0xfee0
			}
			return r
		}, s)
	}},
	{"a space between letters", func(s string) string { return groups(s, 1, " ") }},
	{"zero width between letters", func(s string) string { return groups(s, 1, "\u200b") }},
	{"broken into lines", func(s string) string { return groups(s, 5, "\r\n  ") }},
	{"JSON", func(s string) string { return quoted(s, 1) }},
	{"JSON in JSON", func(s string) string { return quoted(s, 2) }},
	{"JSON five deep", func(s string) string { return quoted(s, 5) }},
	{`\u`, func(s string) string { return each(s, `\u%04x`, "") }},
	{`\u, escaped again`, func(s string) string { return quoted(each(s, `\u%04x`, ""), 2) }},
	{`\U`, func(s string) string { return each(s, `\U%08x`, "") }},
	{`\u{}`, func(s string) string { return each(s, `\u{%x}`, "") }},
	{`\x`, func(s string) string { return each(s, `\x%02x`, "") }},
	{`\X upper`, func(s string) string { return each(s, `\x%02X`, "") }},
	{`octal`, func(s string) string { return each(s, `\%03o`, "") }},
	{"every other letter escaped", func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, []string{"%c", `\x%02x`, "%%%02x", "&#%d;"}[i%4], s[i])
		}
		return b.String()
	}},
	{"percent", url.QueryEscape},
	{"percent, every letter", func(s string) string { return each(s, "%%%02x", "") }},
	{"double percent", func(s string) string { return each(s, "%%25%02x", "") }},
	{"triple percent", func(s string) string { return each(s, "%%2525%02X", "") }},
	{"percent u", func(s string) string { return each(s, "%%u%04x", "") }},
	{"quoted-printable", func(s string) string {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		_, _ = w.Write([]byte(strings.Repeat("ä", 20) + s))
		_ = w.Close()
		return b.String()
	}},
	{"quoted-printable, every letter", func(s string) string { return each(s, "=%02X", "") }},
	{"quoted-printable, folded lines", func(s string) string { return groups(s, 4, "=\r\n") }},
	{"HTML", html.EscapeString},
	{"HTML, decimal", func(s string) string { return each(s, "&#%d;", "") }},
	{"HTML, decimal, no semicolon", func(s string) string { return each(s, "&#%d", "") }},
	{"HTML, hexadecimal", func(s string) string { return each(s, "&#x%x;", "") }},
	{"HTML, named", func(s string) string {
		return strings.NewReplacer("_", "&lowbar;", "-", "&hyphen;", "/", "&sol;", `"`, "&quot;").Replace(s)
	}},
	{"HTML twice", func(s string) string { return html.EscapeString(each(s, "&#%d;", "")) }},
	{"hexadecimal", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"hexadecimal, upper case", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
	{"hexadecimal with colons", func(s string) string { return each(s, "%02x", ":") }},
	{"hexadecimal with spaces", func(s string) string { return each(s, "%02X", " ") }},
	{"hexadecimal with 0x", func(s string) string { return each(s, "0x%02x", ", ") }},
	{"hexadecimal in pairs", func(s string) string { return groups(hex.EncodeToString([]byte(s)), 4, " ") }},
	{"hexdump", func(s string) string { return hex.Dump([]byte(s)) }},
	{"U+", func(s string) string { return each(s, "U+%04X", " ") }},
	{"byte list", func(s string) string { return "[" + each(s, "%d", ", ") + "]" }},
	{"byte list, Go", func(s string) string { return fmt.Sprint([]byte(s)) }},
	{"byte list, octal", func(s string) string { return each(s, "%o", " ") }},
	{"byte list, binary", func(s string) string { return each(s, "%08b", " ") }},
	{"byte list with indexes", func(s string) string {
		parts := make([]string, len(s))
		for i := range len(s) {
			parts[i] = fmt.Sprintf(`"%d":%d`, i, s[i])
		}
		return "{" + strings.Join(parts, ",") + "}"
	}},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 for addresses", func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }},
	{"base64 behind one byte", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s + "yz")) }},
	{"base64 behind two bytes", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("xy" + s + "z")) }},
	{"base64 of the pair", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("jane:" + s)) }},
	{"base64 of a part", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s[4:15])) }},
	{"base64 of another part", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s[5:16])) }},
	{"base64 in lines", func(s string) string { return groups(base64.StdEncoding.EncodeToString([]byte(s)), 8, "\r\n") }},
	{"base64 in blocks", func(s string) string { return groups(base64.StdEncoding.EncodeToString([]byte(s)), 4, " ") }},
	{"base64 in lines of JSON", func(s string) string {
		return quoted(groups(base64.StdEncoding.EncodeToString([]byte(s)), 5, "\n"), 1)
	}},
	{"base64 twice", func(s string) string {
		return times(2, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, s)
	}},
	{"base64 of hexadecimal", func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString([]byte(s))))
	}},
	{"hexadecimal of base64", func(s string) string {
		return hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	}},
	{"base64 of it backwards", func(s string) string { return base64.StdEncoding.EncodeToString(backwards([]byte(s))) }},
	{"base64, percent", func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("x" + s))) }},
	{"base32", func(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) }},
	{"base32 in the middle", func(s string) string { return strings.ToLower(base32.StdEncoding.EncodeToString([]byte("xyz" + s))) }},
	{"UTF-16", func(s string) string { return utf16of(s, false) }},
	{"UTF-16, big-endian", func(s string) string { return utf16of(s, true) }},
	{"UTF-16 as hexadecimal", func(s string) string { return hex.EncodeToString([]byte(utf16of(s, false))) }},
	{"UTF-16 as base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(utf16of(s, false))) }},
	{"UTF-16 big-endian as base64", func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte("\xfe\xff" + utf16of(s, true)))
	}},
	{"UTF-16 as bytes", func(s string) string { return fmt.Sprint([]byte(utf16of(s, true))) }},
	{"percent of JSON of HTML", func(s string) string {
		return url.QueryEscape(quoted(each(s, "&#x%02x;", ""), 2))
	}},
}

// echoed are secrets of several sorts: a token, a password with signs, words, a
// text that looks escaped itself, letters beyond ASCII.
var echoed = []string{
	"dckr_pat_Q9x-Zk3/LmN7vR2s+TpW8yB", `s3cret/"of the"\upstream&co%41`, "correct horse battery staple", `\u0041bc%2Fdef&amp;ghi\\jkl`, "Passwört-für-Ünser-Lager-7391",
}

// No writing of a secret passes.
func TestEchoIsFound(t *testing.T) {
	for _, s := range echoed {
		e := knowing("jane", s)
		for _, w := range writings {
			if said := "the upstream got " + w.write(s) + " of you"; !e.In(said) {
				t.Errorf("%q passes %s: %.300q", s, w.name, said)
			}
		}
	}
}

// What upstreams say and repeats no secret is quoted.
func TestEchoLetsOthersPass(t *testing.T) {
	e := knowing("jane", echoed[0])
	e.Add("jane", New([]byte("x9$kQ!")))
	for _, said := range []string{
		"", "unauthorized: incorrect username or password", `{"errors":[{"code":"DENIED","message":"access forbidden for jane"}]}`,
		"amFuZTpzb21ldGhpbmcgZWxzZSBlbnRpcmVseQ==", "0x00 0x01 100, 200, 300", `C:\temp\new%20folder &amp; more`, "=E2=82=AC 100=\r\n",
		strings.Repeat("an ordinary sentence of some length. ", 2000),
	} {
		if e.In(said) {
			t.Errorf("%.100q is held back", said)
		}
	}
	if (&Echo{}).In(echoed[0]) || knowing("", ".").In("a sentence. And another.") {
		t.Error("nothing to hide, and something was hidden")
	}
}

// A short secret is looked for whole.
func TestEchoOfShortSecrets(t *testing.T) {
	e := knowing("jane", "q7!x")
	for _, said := range []string{"you sent q7!x", "you sent Q7!X.", "you sent %717%21x", base64.StdEncoding.EncodeToString([]byte("jane:q7!x"))} {
		if !e.In(said) {
			t.Errorf("%q passes", said)
		}
	}
}

// A text that can't be told is held back: too long, or wrapped too often.
func TestEchoDoubts(t *testing.T) {
	e := knowing("", echoed[0])
	if !e.In(strings.Repeat("x", maxEchoText+1)) {
		t.Error("a text that is too long passes")
	}
	if !e.In("%" + strings.Repeat("25", maxLayers+1) + "41") {
		t.Error("a text that is wrapped too often passes")
	}
}

func TestEchoForgets(t *testing.T) {
	e := knowing("", echoed[0])
	e.Wipe()
	if e.In(echoed[0]) {
		t.Error("a secret that was forgotten is found")
	}
	e.Add("", New([]byte(echoed[1])))
	if !e.In(echoed[1]) {
		t.Error("nothing is learnt any more")
	}
}

// mostWork is how many windows may be compared for a text: in each layer, of
// each reading, of each length.
func mostWork(text int) int { return text * maxLayers * 11 * (window - minSecret + 1) }

// The work grows with the text and no faster, whatever the text is made of.
func TestEchoTakesTimeInProportion(t *testing.T) {
	e := knowing("jane", echoed[0])
	for _, piece := range []string{"x", `\`, `\\u005cu0041`, "%25", "%", "&", "&#", "&amp;", "=", "=3D", "1 ", "ff:", "dckr_pa-", echoed[0][:7] + " ", "QQ==\n", "\xff"} {
		work := func(n int) int {
			_, w := e.look(strings.Repeat(piece, n/len(piece)))
			return w
		}
		small, large := work(6_000), work(60_000)
		if small > 0 && large > 11*small {
			t.Errorf("%q: %d steps for ten times the text of %d steps", piece, large, small)
		}
		if large > mostWork(60_000) {
			t.Errorf("%q: %d steps, at most %d", piece, large, mostWork(60_000))
		}
	}
}

// A long secret, as a JSON key is one, is found by its pieces.
func TestEchoOfLongSecrets(t *testing.T) {
	long := strings.Repeat("0123456789abcdefGHIJKLMNOP+/", 100)
	e := knowing("", long)
	for _, said := range []string{long[900:930], base64.StdEncoding.EncodeToString([]byte(long[301:340])), hex.EncodeToString([]byte(long[1200:1220]))} {
		if !e.In(said) {
			t.Errorf("%q passes", said)
		}
	}
}

// Whatever the secret, and whatever escapes are laid over one another, it is
// found in any text around it.
func TestEchoOfAnything(t *testing.T) {
	layers := []func(string) string{
		func(s string) string { return quoted(s, 1) }, url.QueryEscape, html.EscapeString,
		func(s string) string { return each(s, "%%%02X", "") }, func(s string) string { return each(s, `\x%02x`, "") },
		func(s string) string { return each(s, "&#%d;", "") },
	}
	rapid.Check(t, func(t *rapid.T) {
		// White space at its ends never becomes part of a token.
		secret := rapid.StringMatching(`[!-~][ -~]{10,58}[!-~]`).Draw(t, "secret")
		said := secret
		for range rapid.IntRange(0, 3).Draw(t, "layers") {
			said = layers[rapid.IntRange(0, len(layers)-1).Draw(t, "layer")](said)
		}
		around := rapid.StringMatching(`[a-z .,:]{0,30}`)
		if !knowing("jane", secret).In(around.Draw(t, "before") + said + around.Draw(t, "after")) {
			t.Fatalf("%q passes as %q", secret, said)
		}
	})
}

// FuzzEcho lets any text be looked through for any secret: it never panics,
// finds the secret as it is, and works in proportion to the text.
func FuzzEcho(f *testing.F) {
	f.Add("jane", []byte(echoed[0]), `{"error":"%5Cu0064 &#100; =64"}`)
	f.Fuzz(func(t *testing.T, username string, secret []byte, text string) {
		e := knowing(username, string(secret))
		if len(secret) > 2*longSecret || len(text) > 1<<16 {
			return
		}
		_, work := e.look(text)
		if work > mostWork(len(text)+1) {
			t.Errorf("%d steps for %d characters", work, len(text))
		}
		if len(secret) >= minSecret && utf8.Valid(secret) && !e.In(text+string(secret)) {
			t.Errorf("%q is not found as it is", secret)
		}
	})
}
