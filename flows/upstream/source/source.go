// Package source finds the credentials that this machine already signs in to an
// upstream with, and reads the one that a person chose; and it runs the
// programs that a person names to get one: a credential helper of Docker's, or
// any command.
//
// Finding keeps no secret: a file is read, what it's about is noted, and what
// was read is overwritten. Each tool's file is read as that tool reads it.
package source

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// Machine is where the tools of a machine keep their configuration.
type Machine struct {
	Home   string // the person's home directory
	Getenv func(string) string
	OS     string // as runtime.GOOS has it
	// Project is a directory whose own files are looked at as well; empty: none
	// is, as what lies in a directory isn't always its visitor's.
	Project string
}

// This is the machine that the program runs on.
func This() Machine {
	home, _ := os.UserHomeDir() // without one, its files aren't there
	return Machine{Home: home, Getenv: os.Getenv, OS: runtime.GOOS}
}

// Entry is one credential that this machine has for an upstream. It holds no
// secret.
type Entry struct {
	Tool string // whose file it is, as people call it: "Docker", "npm"
	File string // its path
	For  string // the address that it's for, cleaned
	// Username is cleaned, and shortened where it's a secret itself; empty where
	// there is none, or only a credential helper knows it.
	Username string
	Helper   string // the credential helper that holds it, cleaned; empty: the file does
	// Elsewhere says where the token is, if neither the file nor a helper holds
	// it; empty: it can be read.
	Elsewhere text.Text

	fit    int
	unsure bool // whether there is such a credential
	source file
	found  login // without its secret
	number int   // how many of the same address come before it in the file
	target upstream.Target
}

// Label names the credential in a list, without its token.
func (e Entry) Label() text.Text {
	switch {
	case e.Helper != "" && e.unsure:
		return text.New("The credential helper %q, which may have one for %s", e.Helper, e.For)
	case e.Helper != "":
		return text.New("The credential helper %q, for %s", e.Helper, e.For)
	case e.Username != "":
		return text.New("User %q for %s", e.Username, e.For)
	default:
		return text.New("Token for %s", e.For)
	}
}

// Note says where it is, beside its label.
func (e Entry) Note() text.Text { return text.New("%s: %s", e.Tool, clean.Text(e.File)) }

// file is a configuration file of a tool's.
type file struct {
	tool string
	path string
	read reader
}

// reader reads a tool's file, calling each for every login in it. The secret of
// a login is overwritten once each returns, and so is b in the end. An error
// says that the tool couldn't read the file either; what came before it counts.
type reader func(b []byte, s *search, each func(login)) error

// login is what a file has for one address.
type login struct {
	address        string // as the tool writes it
	username       string
	secret         []byte
	identity       bool   // the secret is an identity token
	helper, server string // who holds it instead, and what it's asked for
	elsewhere      text.Text
	unsure         bool
	// fit, where set, is how well the login fits, whatever its address.
	fit int
}

// search is what an entry is looked for.
type search struct {
	machine Machine
	target  upstream.Target
	kind    *upstream.Kind
}

func newSearch(m Machine, t upstream.Target) *search {
	return &search{m, t, upstream.Recognise(t)}
}

// Find returns what this machine has for an upstream: the entry that fits it
// best by host and path first, and of those that fit alike, that of the tool
// which belongs to the upstream's format. The findings are about files that
// couldn't be read.
func (m Machine) Find(ctx context.Context, t upstream.Target) ([]Entry, []check.Finding) {
	s := newSearch(m, t)
	var all []Entry
	var notes []check.Finding
	if u, err := url.Parse(t.BaseURL()); err != nil || u.Host == "" || !s.kind.PasswordLess.Empty() {
		return nil, nil // it takes none
	}
	for _, f := range m.files(t.Format) {
		if ctx.Err() != nil {
			break
		}
		found, problem := f.entries(s)
		all = append(all, found...)
		if problem != nil {
			notes = append(notes, check.Finding{ID: "token-source", Code: problem.Code, Level: check.Note,
				Says: problem.Title, Why: problem.Detail})
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Compare(b.fit, a.fit) })
	return all, notes
}

// entries are what one file has for an upstream.
func (f file) entries(s *search) ([]Entry, *engine.Problem) {
	var all []Entry
	seen := map[string]int{}
	problem := f.each(s, func(l login) {
		number := seen[l.address]
		seen[l.address]++
		fit := cmp.Or(l.fit, s.kind.Fits(l.address))
		if fit == 0 || len(l.secret) == 0 && l.helper == "" && l.elsewhere.Empty() {
			return
		}
		l.secret = nil
		address := strings.TrimSuffix(strings.TrimPrefix(clean.Address(l.address), "//"), "/")
		all = append(all, Entry{
			Tool: f.tool, File: f.path, For: address, Username: clean.Text(s.kind.ShownUsername(l.username)),
			Helper:    clean.Text(l.helper),
			Elsewhere: l.elsewhere, fit: fit, unsure: l.unsure, source: f, found: l, number: number, target: s.target,
		})
	})
	return all, problem
}

// each reads the file, and overwrites what it read.
func (f file) each(s *search, each func(login)) *engine.Problem {
	b, problem := contents(f.path)
	defer func() { clear(b[:cap(b)]) }()
	if problem != nil || b == nil {
		return problem
	}
	err := f.read(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), s, func(l login) {
		defer clear(l.secret)
		each(l)
	})
	if err != nil {
		return malformed(f)
	}
	return nil
}

// Read returns the credential of an entry that a person chose. An error is an
// *engine.Problem, an *engine.Usage or the context's.
func (e Entry) Read(ctx context.Context, m Machine) (Credential, error) {
	switch {
	case !e.Elsewhere.Empty():
		return Credential{}, problem(check.SourceElsewhere,
			text.New("%s doesn't hold this token", clean.Text(e.File)), e.Elsewhere)
	case e.found.helper != "":
		return askFor(ctx, e.found.helper, e.found.server)
	}
	var c Credential
	number := 0
	unread := e.source.each(newSearch(m, e.target), func(l login) {
		if l.address != e.found.address {
			return
		}
		if number == e.number && l.username == e.found.username && len(l.secret) > 0 {
			c = Credential{Username: l.username, Token: token.New(bytes.Clone(l.secret)), Identity: l.identity}
		}
		number++
	})
	switch {
	case !c.Token.Empty():
		return c, nil
	case unread != nil:
		return Credential{}, unread
	default:
		return Credential{}, problem(check.SourceChanged,
			text.New("%s no longer has this entry", clean.Text(e.File)), text.Text{},
			hint(text.New("look for the machine's credentials again")))
	}
}

// files are the files that may have a credential for upstreams of a format, in
// the order in which they count.
func (m Machine) files(format string) []file {
	var all []file
	switch format {
	case "DOCKER":
		all = append(all, m.docker()...)
	case "NPM":
		all = append(all, m.npm()...)
	case "PYTHON":
		all = append(all, m.pip()...)
	case "MAVEN":
		all = append(all, m.maven()...)
	}
	all = append(all, m.netrc()...)
	// Two tools may share a file.
	paths := map[string]bool{}
	return slices.DeleteFunc(all, func(f file) bool {
		seen := paths[f.path]
		paths[f.path] = true
		return seen
	})
}

// config is the directory of people's configuration on Unix
// (XDG Base Directory Specification).
func (m Machine) config() string { return m.xdg("XDG_CONFIG_HOME", ".config") }

// xdg is a directory of that specification: it has to be absolute.
func (m Machine) xdg(variable string, home ...string) string {
	if dir := m.Getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	return m.home(home...)
}

// home is a path below the home directory; empty where there is none.
func (m Machine) home(parts ...string) string {
	if m.Home == "" {
		return ""
	}
	return filepath.Join(append([]string{m.Home}, parts...)...)
}

// in are files of a tool's, without those whose directory isn't known.
func in(tool string, read reader, paths ...string) []file {
	var all []file
	for _, p := range paths {
		if p != "" {
			all = append(all, file{tool, p, read})
		}
	}
	return all
}
