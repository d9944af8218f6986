// Package security holds the program, as it is built and run, to two promises:
// a token is found nowhere, and text from outside does nothing to a terminal.
package security

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// canary is a token that occurs nowhere else. It holds what each way of
// writing escapes, and is neither short nor regular.
const canary = `cnry+Zq7/"x%9=` + `Lk2&<vW8>pR4~tY6`

// former is the token of before, where one takes the place of another.
const former = `frmr-aB3$/"z%5+` + `Jh7?<mQ2>wE9~uI1`

// user is the name that goes with it.
const user = "jane.canary"

// needle is one way to write a secret.
type needle struct {
	form  string
	bytes []byte
}

// needlesOf are the ways in which a secret may be written down. A piece of
// sixteen bytes in a row counts as the whole.
func needlesOf(secret string) []needle {
	var all []needle
	add := func(form string, b []byte) {
		if !slices.ContainsFunc(all, func(n needle) bool { return bytes.Equal(n.bytes, b) }) {
			all = append(all, needle{form, b})
		}
	}
	half := []byte(secret)[:16]
	add("its first half", half)
	add("its second half", []byte(secret)[len(secret)-16:])
	quoted, _ := json.Marshal(secret) // a string always can be
	add("as JSON", bytes.Trim(quoted, `"`)[:16])
	add("quoted as Go does", []byte(strings.Trim(fmt.Sprintf("%q", secret), `"`)[:16]))
	add("escaped in a query", []byte(url.QueryEscape(secret)[:20]))
	add("escaped in a path", []byte(url.PathEscape(secret)[:18]))
	add("escaped in an address", []byte(strings.TrimPrefix((&url.URL{User: url.UserPassword("", secret)}).String(), "//:")[:18]))
	add("in hexadecimal", []byte(hex.EncodeToString(half)))
	add("in capital hexadecimal", []byte(strings.ToUpper(hex.EncodeToString(half))))
	add("as numbers", []byte(strings.Trim(fmt.Sprint(half), "[]")))
	wide := make([]byte, 0, 64)
	narrow := make([]byte, 0, 32)
	for _, b := range half {
		wide = append(wide, b, 0, 0, 0)
		narrow = append(narrow, b, 0)
	}
	add("as runes", wide)
	add("as UTF-16", narrow)
	// Whatever stands before it, "user:" included, shifts base64 by 0, 1 or 2
	// bytes; the letters that also hold neighbouring bytes are left out.
	for shift := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "URL base64": base64.RawURLEncoding} {
			text := encoding.EncodeToString(append(make([]byte, shift), secret...))
			from := (shift*8 + 5) / 6
			add(fmt.Sprintf("in %s shifted by %d", name, shift), []byte(text[from:from+20]))
		}
	}
	return all
}

// found says in which forms the secret is in the text; empty: in none.
func found(needles []needle, text []byte) []string {
	var forms []string
	for _, n := range needles {
		if i := bytes.Index(text, n.bytes); i >= 0 {
			forms = append(forms, n.form)
		}
	}
	return forms
}

// The hunt would be worth nothing if it did not see the canary.
func TestTheCanaryIsSeenInEveryForm(t *testing.T) {
	needles := needlesOf(canary)
	quoted, err := json.Marshal(map[string]string{"token": canary})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"raw":       "x" + canary,
		"JSON":      string(quoted),
		"%q":        fmt.Sprintf("%q", canary),
		"%x":        fmt.Sprintf("%x", canary),
		"%X":        fmt.Sprintf("%X", canary),
		"%d":        fmt.Sprint([]byte(canary)),
		"query":     url.Values{"password": {canary}}.Encode(),
		"path":      "/" + url.PathEscape(canary),
		"user info": (&url.URL{Scheme: "https", Host: "h", User: url.UserPassword(user, canary)}).String(),
		"cut":       canary[:20],
	}
	for n := range 9 {
		before := strings.Repeat("u", n) + ":"
		texts[fmt.Sprintf("base64 after %d bytes", n+1)] = base64.StdEncoding.EncodeToString([]byte(before + canary))
		texts[fmt.Sprintf("URL base64 after %d bytes", n+1)] = base64.URLEncoding.EncodeToString([]byte(before + canary + "!"))
	}
	for name, text := range texts {
		if len(found(needles, []byte(text))) == 0 {
			t.Errorf("%s: not seen in %s", name, text)
		}
	}
	if forms := found(needles, []byte("nothing of the kind, in "+strings.Repeat("many words ", 1000))); len(forms) > 0 {
		t.Errorf("seen where there is none: %q", forms)
	}
}
