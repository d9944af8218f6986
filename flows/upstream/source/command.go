package source

import (
	"bytes"
	"context"
	"strconv"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// maxToken is what Secret Manager takes for one version, in bytes.
const maxToken = 64 << 10

// Command runs a command without a shell and returns what it printed, without
// the end of its last line, as the token. With asIs it is taken whatever it
// looks like; else it has to be one line, or several that are known to hold a
// token, as a key in JSON does.
//
// An error is an *engine.Usage where the command can't be read, an
// *engine.Problem where it didn't print a token, and the context's.
func Command(ctx context.Context, command string, asIs bool) (token.Secret, error) {
	words, err := Split(command)
	if err != nil {
		return token.Secret{}, err
	}
	return runCommand(ctx, program{words: words, limit: maxToken + len("\r\n"), patience: patience, grace: grace},
		asIs)
}

func runCommand(ctx context.Context, p program, asIs bool) (token.Secret, error) {
	r, err := p.run(ctx)
	if err != nil {
		return token.Secret{}, err
	}
	defer r.wipe()
	// What is no text may still be text in UTF-16, or what was asked for.
	known := r.outcome == ended && r.code == 0 && len(r.out) > 0 && (asIs || upstream.Holds(r.out))
	if trouble := r.trouble(p.words, p.limit, p.patience); trouble != nil && (!known ||
		trouble.Code != check.ProgramNotText) {
		return token.Secret{}, trouble
	}
	all := bytes.TrimSuffix(r.out, []byte("\n"))
	if len(all) < len(r.out) {
		all = bytes.TrimSuffix(all, []byte("\r"))
	}
	if !known && bytes.ContainsAny(bytes.TrimSpace(all), "\n\r") {
		return token.Secret{}, problem(check.ProgramSeveral,
			text.New("%q printed more than one line", shown(p.words[0])), r.complaint(),
			append(shellHint(p.words), hint(text.New("it has to print the token and nothing else")))...)
	}
	if !known {
		// Empty lines before and after the only one are not part of the token.
		all = bytes.Trim(all, "\r\n")
	}
	if len(all) > maxToken {
		return token.Secret{}, problem(check.ProgramFlooded,
			text.New("%q printed more than %d bytes", shown(p.words[0]), maxToken), text.Text{},
			hint(text.New("Secret Manager keeps at most 64 KiB in a secret version")))
	}
	return token.New(bytes.Clone(all)), nil
}

func decimal(n int) string { return strconv.Itoa(n) }
