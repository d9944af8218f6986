package source

import (
	"bytes"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// maxShown is how many characters of what a program said are shown.
const maxShown = 300

func problem(code check.Code, title, detail text.Text, hints ...check.Hint) *engine.Problem {
	return &engine.Problem{Code: code, Kind: cloud.Internal, Title: title, Detail: detail, Hints: hints}
}

func hint(says text.Text) check.Hint { return check.Hint{Says: says} }

// trouble explains a program that didn't end well; nil: it did. Nothing of
// what it printed is shown, only what it said on standard error.
func (r *result) trouble(words []string, limit int, patience time.Duration) *engine.Problem {
	name := shown(words[0])
	switch r.outcome {
	case notStarted:
		return r.unstarted(words)
	case hung:
		return problem(check.ProgramHung, text.New("%q didn't finish within %s", name, patience), r.complaint(),
			hint(text.New("run it yourself first: it may wait for an answer, and it can't ask you here")))
	case flooded:
		return problem(check.ProgramFlooded, text.New("%q printed more than %d bytes", name, limit), text.Text{},
			hint(text.New("it has to print the token and nothing else")))
	case lingered:
		return problem(check.ProgramLingered,
			text.New("%q ended, but a process that it started keeps its output open", name), r.complaint(),
			hint(text.New("start that process with its output elsewhere, as in >/dev/null")))
	case ended:
	}
	switch {
	case r.code > 0:
		return problem(check.ProgramFailed, text.New("%q failed with exit code %s", name, decimal(r.code)),
			r.complaint(), shellHint(words)...)
	case r.code < 0:
		return problem(check.ProgramFailed, text.New("%q was stopped (%s)", name, r.ended), r.complaint())
	case !utf8.Valid(r.out):
		return problem(check.ProgramNotText, text.New("%q printed something that isn't text in UTF-8", name),
			r.complaint(),
			hint(text.New("it has to print the token and nothing else")))
	case len(bytes.TrimSpace(r.out)) == 0:
		return problem(check.ProgramEmpty, text.New("%q printed nothing", name), r.complaint(),
			hint(text.New("run it yourself first: it has to print the token on standard output")))
	}
	return nil
}

// unstarted explains a program that couldn't be started. The name of one that
// doesn't exist isn't shown: it may be a token that was given in its place.
func (r *result) unstarted(words []string) *engine.Problem {
	if r.missing {
		return problem(check.ProgramMissing, text.New("The program to run isn't installed, or isn't in PATH"),
			text.Text{},
			append(shellHint(words), hint(text.New("check its spelling, or give its whole path")))...)
	}
	p := problem(check.ProgramNotRun, text.New("%q can't be started", shown(words[0])),
		text.Verbatim(clean.Text(reason(r.err))))
	if errors.Is(r.err, fs.ErrPermission) {
		p.Hints = []check.Hint{hint(text.New("name a program that you may execute: chmod +x makes a script one"))}
	}
	return p
}

// reason is an error without the name of the program, which may be anything.
func reason(err error) string {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}

// complaint is what a program said on standard error, cleaned and shortened to
// its end. It isn't shown where it repeats something that was printed.
func (r *result) complaint() text.Text {
	said := strings.TrimSpace(string(r.says))
	if said == "" {
		return text.Text{}
	}
	if r.repeats(said) {
		return text.New("its error message isn't shown, because a token may be in it")
	}
	runes := []rune(engine.Redact(clean.Text(said)))
	if len(runes) > maxShown {
		runes = append([]rune("… "), runes[len(runes)-maxShown:]...)
	}
	return text.Verbatim(string(runes))
}

// repeats reports whether a text holds something of what the program printed,
// in whatever encoding: any line of it, or any string in its JSON.
func (r *result) repeats(said string) bool {
	var echo token.Echo
	defer echo.Wipe()
	for i, word := range bytes.FieldsFunc(r.out, func(c rune) bool { return c <= ' ' || c == '"' }) {
		if i == 64 {
			return true // too much to tell
		}
		s := token.New(bytes.Clone(word))
		echo.Add("", s)
		s.Wipe()
	}
	return echo.In(said)
}

// shown is a word of a command as it may be shown: it is cleaned, what looks
// like a token is left out, and so is what is assigned to something.
func shown(word string) string {
	if name, _, ok := strings.Cut(word, "="); ok {
		word = name + "=…"
	}
	word = engine.Redact(word)
	if runes := []rune(word); len(runes) > 80 {
		word = string(runes[:80]) + "…"
	}
	return word
}
