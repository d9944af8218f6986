//go:build unix

package security

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/ui/e2e"
)

// marker is a word in every hostile text, to tell whether it came through.
const marker = "EVILMARK"

// hostile holds all that a terminal may act upon, and text that misleads a
// reader: the clipboard (OSC 52), a link (OSC 8), a title, a device control
// string, cursor movement, the other screen, the mouse, eight-bit controls, a
// carriage return, bidirectional and invisible characters, and great length.
var hostile = marker + " \x1b]52;c;aGFja2Vk\x07 \x1b]8;;https://evil.test\x1b\\click\x1b]8;;\x1b\\ \x1b]0;title\x07 \x1bP+q544e\x1b\\ " +
	"\x1b[66;6H\x1b[?1049l\x1b[?1003h\x1b[2J\x1b[31mred \u009b31m\u009d52;c;eA==\u009c \roverwritten\r\n\b\b\b\a\x00\v\f\x7f " +
	"\u202egnp.exe\u202c \u2066a\u2069 \u200b\u200d\ufeff\u00ad\u2028\u2029\U000e0041\ufff9 " + strings.Repeat("long ", 2000)

// argument is the hostile text as far as an argument or the environment can
// hold it.
var argument = strings.ReplaceAll(hostile, "\x00", "")

// hostileSeed is a world in which whatever may hold free text holds that one.
func hostileSeed() string {
	q := strconv.QuoteToASCII // whose escapes YAML knows, too
	return strings.NewReplacer("HOSTILE", q(hostile), "SHORT", q(hostile[:200])).Replace(`
projects:
  - id: hostile-project
    name: HOSTILE
    parent: folders/1
    labels: {evil: HOSTILE, SHORT: x}
    agent: true
    policy:
      - {role: roles/viewer, members: ["user:viewer@example.com"], condition: {title: HOSTILE, description: HOSTILE, expression: HOSTILE}}
    repositories:
      - {name: us-central1/words, format: docker, upstream: "UPSTREAM(words)", description: HOSTILE, labels: {SHORT: HOSTILE}}
      - {name: us-central1/set, format: docker, upstream: "UPSTREAM(words)", description: HOSTILE, username: HOSTILE, password: projects/hostile-project/secrets/labelled/versions/1}
      - {name: us-central1/astray, format: docker, upstream: "UPSTREAM(words)", username: HOSTILE, password: HOSTILE}
      - {name: us-central1/nowhere, format: docker, upstream: HOSTILE, description: HOSTILE}
      - {name: us-central1/npm-words, format: npm, upstream: "UPSTREAM(words)"}
      - {name: us-central1/python-words, format: python, upstream: "UPSTREAM(words)/simple/"}
    secrets:
      - {id: labelled, labels: {evil: HOSTILE}, annotations: {evil: HOSTILE}, versions: [{data: HOSTILE}], policy: [{role: roles/secretmanager.secretAccessor, members: ["user:viewer@example.com"], condition: {title: HOSTILE, expression: HOSTILE}}]}
`)
}

// says is an upstream that answers everything with this status and as many
// hostile words as fit.
func says(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := status
		header := strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(hostile[:300])
		for _, name := range []string{"WWW-Authenticate", "Location", "Npm-Notice", "Docker-Distribution-Api-Version", "Server", "Retry-After"} {
			w.Header()[name] = []string{header}
		}
		if r.Header.Get("Authorization") == "" {
			w.Header()["Www-Authenticate"] = []string{`Basic realm="` + header + `"`}
			code = http.StatusUnauthorized
		}
		body, _ := json.Marshal(map[string]any{"errors": []any{map[string]string{"code": hostile, "message": hostile}}, "message": hostile, "error": hostile, "detail": hostile})
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write(body)
	})
}

func hostileWorld(t *testing.T) *world {
	return serveWorld(t, &world{}, hostileSeed(), map[string]http.Handler{"words": says(http.StatusForbidden)})
}

// ours are the sequences that Bubble Tea and lipgloss send: colours and
// weights, movement, erasing, and the modes of the alternate screen, cursor,
// bracketed paste and mouse. None of them takes text.
var ours = regexp.MustCompile(`\x1b\[[0-9;]{0,12}m|\x1b\[[0-9;]{0,7}[ABCDGHJK]|\x1b\[\?(25|1049|2004|1002|1003|1006)[hl]`)

// pasting is what the token's question line by line sends, too: that the terminal
// is to mark what is pasted.
var pasting = regexp.MustCompile(`\x1b\[\?2004[hl]`)

// notOurs finds what a terminal must not be sent. Line ends are taken for
// harmless; own tells that the full screen was on it.
func notOurs(sent string, own bool) (bad []string) {
	for _, s := range []string{"\x1b[66;6H", "\x1b[?1003h", "\x1b[31mred"} { // ours by their form, but not by their text
		if strings.Contains(sent, s) {
			bad = append(bad, strconv.Quote(s))
		}
	}
	if own {
		sent = ours.ReplaceAllString(sent, "")
	}
	sent = pasting.ReplaceAllString(sent, "")
	sent = strings.NewReplacer("\r\n", "", "\n", "").Replace(sent)
	if own {
		sent = strings.ReplaceAll(sent, "\r", "") // Bubble Tea begins its lines with it
	}
	for i, r := range sent {
		if clean.Text(string(r)) != string(r) {
			bad = append(bad, fmt.Sprintf("%q in %q", r, sent[max(0, i-20):min(len(sent), i+20)]))
		}
	}
	return bad
}

func wantHarmless(t *testing.T, where, sent string, own bool) {
	t.Helper()
	if bad := notOurs(sent, own); len(bad) > 0 {
		t.Errorf("%s holds what a terminal may act upon, %d times, first: %s", where, len(bad), strings.Join(bad[:min(4, len(bad))], "\n"))
	}
}

func TestHostileTextIsSeen(t *testing.T) {
	if bad := notOurs(hostile, true); len(bad) < 20 {
		t.Errorf("only this is noticed: %q", bad)
	}
	if bad := notOurs("\x1b[?25l\x1b[1;36mtitle\x1b[0m\x1b[K\r\n日本語 ✓\n", true); len(bad) > 0 {
		t.Errorf("this should pass: %q", bad)
	}
}

// hostileRows are commands that come upon hostile text, with nobody asked. A
// new flow is a new row.
var hostileRows = []struct {
	name, args string
	more       []string // arguments that hold white space
	env        []string
	quiet      bool // the text need not come through
}{
	{name: "setup", args: on("words", "labelled") + " --yes"},
	{name: "setup of npm", args: on("npm-words", "labelled") + " --yes", quiet: true},
	{name: "setup of python", args: on("python-words", "labelled") + " --yes", quiet: true},
	{name: "setup without a trial", args: on("words", "labelled") + " --yes --skip-trial", quiet: true},
	{name: "setup over hostile credentials", args: on("set", "labelled") + " --dry-run --skip-trial", quiet: true},
	{name: "setup over a reference that leads nowhere", args: on("astray", "labelled") + " --dry-run --skip-trial", quiet: true},
	{name: "setup of an upstream that is no address", args: on("nowhere", "labelled") + " --dry-run", quiet: true},
	{name: "missing answers", args: "setup --yes", quiet: true},
	{name: "rotate", args: "rotate --repository us-central1/set --token-file - --yes", quiet: true},
	{name: "remove", args: "remove --repository us-central1/set --yes", quiet: true},
	{name: "remove astray", args: "remove --repository us-central1/astray --yes", quiet: true},
	{name: "doctor", args: "doctor --repository us-central1/set", quiet: true},
	{name: "doctor astray", args: "doctor --repository us-central1/astray", quiet: true},
	{name: "doctor, mending", args: "doctor --repository us-central1/astray --fix --yes", quiet: true},
	{name: "audit", args: "audit", quiet: true},
	{name: "project", args: "setup", more: []string{"--project", argument}},
	{name: "repository", args: "setup", more: []string{"--repository", argument}},
	{name: "location", args: "setup --repository words", more: []string{"--location", argument}},
	{name: "secret", args: "setup --repository us-central1/words", more: []string{"--secret", argument}},
	{name: "secret project", args: "setup --repository us-central1/words --secret labelled", more: []string{"--secret-project", argument}, quiet: true},
	{name: "version", args: "setup --repository us-central1/words --secret labelled", more: []string{"--secret-version", argument}},
	{name: "user name", args: "setup --repository us-central1/words --secret labelled --token-file - --yes", more: []string{"--username", argument[:200]}, quiet: true},
	{name: "token file", args: "setup --repository us-central1/words --secret labelled --username jane --yes", more: []string{"--token-file", argument}},
	{name: "CA file", args: on("words", "labelled") + " --yes", more: []string{"--ca-file", argument}},
	{name: "log file", args: on("words", "labelled") + " --yes", more: []string{"--log-file", argument + "/x"}},
	{name: "realm", args: on("words", "labelled") + " --yes", more: []string{"--allow-realm", argument}, quiet: true},
	{name: "artifact", args: on("words", "labelled") + " --yes --skip-trial", more: []string{"--verify-with", argument}, quiet: true},
	{name: "key", args: on("words", "fresh") + " --dry-run", more: []string{"--kms-key", argument}, quiet: true},
	{name: "replication", args: on("words", "fresh") + " --dry-run", more: []string{"--replication-locations", argument}, quiet: true},
	{name: "output", args: "setup", more: []string{"--output", argument}},
	{name: "timeout", args: "setup", more: []string{"--timeout", argument}},
	{name: "emulator", args: "setup", more: []string{"--emulator", argument}},
	{name: "impersonation", args: "setup --yes", more: []string{"--impersonate-service-account", argument}, quiet: true},
	{name: "universe", args: "setup --yes", more: []string{"--universe-domain", argument}, quiet: true},
	{name: "quota project", args: on("words", "labelled") + " --yes", more: []string{"--quota-project", argument}, quiet: true},
	{name: "unknown flag", args: "setup", more: []string{"--" + argument}},
	{name: "unknown command", more: []string{argument}},
	{name: "receipt", args: "undo --yes", more: []string{argument[:200]}},
	{name: "environment", args: on("words", "labelled") + " --dry-run", quiet: true, env: []string{
		"GOOGLE_CLOUD_PROJECT=" + argument, "CLOUDSDK_CORE_PROJECT=" + argument, "GOOGLE_CLOUD_QUOTA_PROJECT=" + argument,
		"GOOGLE_APPLICATION_CREDENTIALS=" + argument, "CLOUDSDK_CONFIG=" + argument, "GOOGLE_CLOUD_UNIVERSE_DOMAIN=" + argument}},
	{name: "emulator's environment", args: "setup --yes", env: []string{"UPSTREAMAUTH_EMULATOR=" + argument}, quiet: true},
}

// TestHostileText runs every row, and holds all that is printed to be
// harmless, in JSON as everywhere, and to be seen.
func TestHostileText(t *testing.T) {
	bin := e2e.Program(t)
	for _, row := range hostileRows {
		for _, output := range []string{"text", "json"} {
			t.Run(row.name+"/"+output, func(t *testing.T) {
				t.Parallel()
				w, h := hostileWorld(t), newHome(t)
				args := slices.Concat(strings.Fields(row.args), row.more)
				for flag, value := range map[string]string{"--emulator": w.addr, "--project": "hostile-project", "--output": output, "--log-file": h.log} {
					if row.name != "unknown command" && !(flag == "--project" && strings.HasPrefix(row.args, "undo")) && !slices.Contains(args, flag) && !(flag == "--emulator" && len(row.env) == 1) {
						args = append(args, flag, value)
					}
				}
				h.more = row.env
				x, _ := finish(t, w, h, nil, canary+"\n", bin, args...)
				if strings.Contains(x.text("stderr"), `unknown command: "audit"`) {
					t.Skip("this program has no such command")
				}
				all := x.text("stdout") + x.text("stderr")
				wantHarmless(t, "stdout", x.text("stdout"), false)
				wantHarmless(t, "stderr", x.text("stderr"), false)
				wantHarmless(t, "the log", x.text("file /calls.log"), false)
				wantHarmlessJSON(t, x.text("stdout"))
				if !row.quiet && !strings.Contains(all, marker) {
					t.Errorf("the text did not come through:\n%.2000s", all)
				}
				if len(all) > 400<<10 {
					t.Errorf("%d bytes were printed", len(all))
				}
			})
		}
	}
}

// wantHarmlessJSON holds the strings in a JSON object to be harmless once they
// are decoded.
func wantHarmlessJSON(t *testing.T, text string) {
	t.Helper()
	var object any
	if json.Unmarshal([]byte(text), &object) != nil {
		return
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			wantHarmless(t, "a string of the JSON", v, false)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(object)
}

// TestHostileTextOnATerminal shows the hostile world to a person.
func TestHostileTextOnATerminal(t *testing.T) {
	bin := e2e.Program(t)
	for _, c := range []struct {
		name, args string
		more       []string
		own        bool
		talks      func(p *e2e.Terminal)
	}{
		{name: "projects, full screen", args: "setup", own: true, talks: func(p *e2e.Terminal) { p.Sees("hostile-project").Sees(marker).Types("\x03") }},
		{name: "repositories, full screen", args: "setup --project hostile-project", own: true, talks: func(p *e2e.Terminal) {
			p.Sees("nowhere").Sees("Step 3").Types("\x1b[B").Sees("set").Types("\x1b[B").Types("\x1b[B").Types("?").Types("\x03")
		}},
		{name: "an upstream's words, full screen", args: strings.TrimSuffix(on("words", "fresh"), " --token-file -") + " --project hostile-project", own: true, talks: func(p *e2e.Terminal) {
			p.Sees("enter again").Sees("▸ words").Types("\r").Sees("isn't shown").Pastes(canary).Sees("127.0.0.1").Sees(marker).Types("\x03")
		}},
		{name: "typed, full screen", args: "setup", own: true, talks: func(p *e2e.Terminal) {
			p.Sees("hostile-project").Pastes(strings.ReplaceAll(argument[:400], "\x1b", "")).Sees(marker).Types("\x03")
		}},
		{name: "flags, full screen", args: "setup --project hostile-project", more: []string{"--username", argument}, own: true, talks: func(p *e2e.Terminal) {
			p.Sees("user name")
		}},
		{name: "projects, line by line", args: "setup --plain", talks: func(p *e2e.Terminal) { p.Sees("hostile-project").Sees(marker).Types("\x04") }},
		{name: "repositories, line by line", args: "setup --plain --project hostile-project", talks: func(p *e2e.Terminal) { p.Sees("(? for help)").Types("?\r").Types("\x04") }},
		{name: "an upstream's words, line by line", args: strings.TrimSuffix(on("words", "fresh"), " --token-file -") + " --plain --project hostile-project", talks: func(p *e2e.Terminal) {
			p.Sees("Continue with this warning").Types("y\r").Sees("token (not shown").Types(canary + "\r").Sees(marker).Types("\x04")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, h := hostileWorld(t), newHome(t)
			p := sits(t, h, nil, bin, slices.Concat(strings.Fields(c.args), c.more, []string{"--emulator", w.addr})...)
			c.talks(p)
			p.Ends()
			wantHarmless(t, "the terminal", p.Output(), c.own)
		})
	}
}

// TestHostileReceipt takes a run back by a receipt that was edited by hand.
func TestHostileReceipt(t *testing.T) {
	bin := e2e.Program(t)
	quoted, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	for name, receipt := range map[string]string{
		"all fields": `{"format":1,"flow":HOSTILE,"project":HOSTILE,"projectNumber":HOSTILE,"repository":HOSTILE,"secretVersion":HOSTILE,"undoes":HOSTILE,"actions":[{"id":HOSTILE,"says":HOSTILE,"state":HOSTILE,"changes":[{"kind":HOSTILE,"resource":HOSTILE,"member":HOSTILE,"before":{"username":HOSTILE,"secretVersion":HOSTILE},"after":{"username":HOSTILE,"secretVersion":HOSTILE}}]}]}`,
		"a setup":    `{"format":1,"flow":"setup","project":"hostile-project","projectNumber":"100000000001","repository":"projects/hostile-project/locations/us-central1/repositories/words","secretVersion":HOSTILE,"actions":[{"id":"update-repository","says":HOSTILE,"state":"done","changes":[{"kind":"credentials-set","resource":"projects/hostile-project/locations/us-central1/repositories/words","member":HOSTILE,"before":{"username":HOSTILE,"secretVersion":HOSTILE},"after":{"username":HOSTILE,"secretVersion":HOSTILE}}]},{"id":"create-secret","says":HOSTILE,"state":"done","changes":[{"kind":"secret-created","resource":HOSTILE}]}]}`,
		"no JSON":    hostile,
	} {
		for _, output := range []string{"text", "json"} {
			t.Run(name+"/"+output, func(t *testing.T) {
				w, h := hostileWorld(t), newHome(t)
				file := filepath.Join(h.work, "re\x1b]0;x\a\u202eceipt.json")
				if err := os.WriteFile(file, []byte(strings.ReplaceAll(receipt, "HOSTILE", string(quoted))), 0o600); err != nil {
					t.Fatal(err)
				}
				x, _ := finish(t, w, h, nil, "", bin, "undo", file, "--yes", "--emulator", w.addr, "--output", output)
				wantHarmless(t, "stdout", x.text("stdout"), false)
				wantHarmless(t, "stderr", x.text("stderr"), false)
				wantHarmlessJSON(t, x.text("stdout"))
			})
		}
	}
}
