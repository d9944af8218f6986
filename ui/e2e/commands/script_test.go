// Package commands runs the commands as a person or a script does, on the
// emulator: what they print, what they write, and what they end with.
package commands

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/ui/e2e"
)

// TestMain lends the scripts two commands.
func TestMain(m *testing.M) {
	testscript.Main(e2e.Tests{M: m}, map[string]func(){"code": expectCode, "served": serveAndEnd})
}

// expectCode runs a command and demands its exit code: code 2 upstreamauth …
// An interrupt is passed on.
func expectCode() {
	c := exec.Command(os.Args[2], os.Args[3:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	err := c.Start()
	if err == nil {
		go func() { _ = c.Process.Signal(<-interrupts) }()
		err = c.Wait()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	} else if got := strconv.Itoa(exitCode(exit)); got != os.Args[1] {
		fmt.Fprintf(os.Stderr, "exit code %s, want %s\n", got, os.Args[1])
		os.Exit(1)
	}
}

// serveAndEnd runs an emulator until it has answered, and interrupts it.
func serveAndEnd() {
	c := exec.Command("upstreamauth", append([]string{"emulator"}, os.Args[1:]...)...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	fmt.Println(lines.Text())
	if res, err := http.Get("http://" + strings.TrimPrefix(lines.Text(), "listening on ") + "/emulator/v1/upstreams"); err != nil || res.StatusCode != http.StatusOK {
		fmt.Fprintln(os.Stderr, "it does not serve:", err)
	}
	_ = c.Process.Signal(os.Interrupt)
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
	if err := c.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func exitCode(e *exec.ExitError) int {
	if e == nil {
		return 0
	}
	return e.ExitCode()
}

// TestScripts runs the real program.
func TestScripts(t *testing.T) {
	path := e2e.Program(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(path)+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			e.Setenv("TOKEN", "dckr_pat_DEMOdemoDEMOdemoDEMOdemo123")
			e.Values["emulators"] = &stage{}
			return nil
		},
		Condition: func(cond string) (bool, error) { return cond == "pty" && runtime.GOOS == "linux", nil },
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"emu": emu, "json": jsonValue},
	})
}

// stage holds the emulator of one script.
type stage struct {
	server *emulator.Server
}

// emu starts and looks at an emulator:
//
//	emu start SCENARIO [latency=D] [iam-delay=D] [fault=F]…
//	emu writes                 the write calls since the last time, one a line, sorted
//	emu wait METHOD            until the method has been called
//	emu get PATH               what it answers over REST
//	emu post PATH JSON
//	emu payload PROJECT SECRET VERSION    a version's bytes, quoted
func emu(ts *testscript.TestScript, _ bool, args []string) {
	s, ok := ts.Value("emulators").(*stage)
	if !ok || len(args) == 0 {
		ts.Fatalf("usage: emu start|writes|wait|get|post|payload …")
	}
	if args[0] == "start" {
		s.start(ts, args[1], args[2:])
		return
	}
	out := ts.Stdout()
	switch args[0] {
	case "writes":
		var writes []string
		for _, c := range s.server.Calls() {
			if c.Write {
				writes = append(writes, c.Method)
			}
		}
		slices.Sort(writes) // some are made side by side
		for _, w := range writes {
			_, _ = fmt.Fprintln(out, w)
		}
		s.server.ResetCalls()
	case "wait":
		s.wait(ts, args[1])
	case "get":
		_, _ = out.Write(s.ask(ts, http.MethodGet, args[1], ""))
	case "post":
		_, _ = out.Write(s.ask(ts, http.MethodPost, args[1], args[2]))
	case "payload":
		var answer struct{ Payload struct{ Data string } }
		ts.Check(json.Unmarshal(s.ask(ts, http.MethodGet, fmt.Sprintf("/v1/projects/%s/secrets/%s/versions/%s:access", args[1], args[2], args[3]), ""), &answer))
		data, err := base64.StdEncoding.DecodeString(answer.Payload.Data)
		ts.Check(err)
		_, _ = fmt.Fprintf(out, "%q\n", data)
	default:
		ts.Fatalf("emu %s: unknown", args[0])
	}
}

func (s *stage) start(ts *testscript.TestScript, scenario string, settings []string) {
	o := emulator.Options{Scenario: scenario}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		var err error
		switch name {
		case "latency":
			o.Latency, err = time.ParseDuration(value)
		case "iam-delay":
			o.IAMDelay, err = time.ParseDuration(value)
		case "fault":
			var f emulator.Fault
			f, err = emulator.ParseFault(value)
			o.Faults = append(o.Faults, f)
		default:
			ts.Fatalf("emu start: no setting %s", name)
		}
		ts.Check(err)
	}
	server, err := emulator.Start(context.Background(), o)
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Close()) })
	s.server = server
	ts.Setenv("EMU", server.Addr())
	ts.Setenv("UPSTREAMAUTH_EMULATOR", server.Addr())
}

// wait asks again and again, but never without end.
func (s *stage) wait(ts *testscript.TestScript, method string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 6000 {
		for _, c := range s.server.Calls() {
			if c.Method == method {
				return
			}
		}
		<-tick.C
	}
	ts.Fatalf("%s was never called", method)
}

func (s *stage) ask(ts *testscript.TestScript, method, path, body string) []byte {
	req, err := http.NewRequestWithContext(context.Background(), method, "http://"+s.server.Addr()+path, strings.NewReader(body))
	ts.Check(err)
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ts.Check(err)
	return b
}

// jsonValue looks at the JSON on the last command's standard output:
//
//	json status=done actions.0.state=already problem=null
//	json checks[upstream].level=ok
//	json keys=flow,status,…
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	var object any
	ts.Check(d.Decode(&object))
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("more than one object on standard output")
	}
	for _, arg := range args {
		path, want, _ := strings.Cut(arg, "=")
		got := lookUp(object, path)
		if (got == want) == neg {
			ts.Fatalf("%s is %s, want %s", path, got, want)
		}
	}
}

// lookUp finds a value by keys, indexes, and ids in brackets.
func lookUp(v any, path string) string {
	for _, key := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			v = element(at, key)
		default:
			return "(nothing)"
		}
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func element(list []any, key string) any {
	if i, err := strconv.Atoi(key); err == nil && i < len(list) {
		return list[i]
	}
	for _, e := range list {
		if m, ok := e.(map[string]any); ok && m["id"] == key {
			return e
		}
	}
	return nil
}
