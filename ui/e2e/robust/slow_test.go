//go:build linux || darwin

package robust

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// maxMemory is what the program may take at its peak, in bytes, whatever it is
// sent.
const maxMemory = 150 << 20

// measured runs the program and tells how much memory it took at its peak.
func (p *place) measured(args ...string) (e ended, peak int64) {
	p.t.Helper()
	cmd := p.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limited{b: &out}, &limited{b: &errs}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	e = p.wait(cmd)
	e.out, e.err = out.String(), errs.String()
	p.sane(args, e.out+e.err)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = peakOf(usage)
	}
	return e, peak
}

// checkMemory holds that a peak is bounded. A process begins with the peak of
// the one that started it, so that less than that cannot be told.
func (p *place) checkMemory(peak int64) {
	p.t.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		p.t.Fatal(err)
	}
	if peak > max(maxMemory, peakOf(&own)) {
		p.t.Errorf("it took %d MiB of memory", peak>>20)
	}
}

// peakOf is the peak of a process's memory in bytes; Linux counts kilobytes.
func peakOf(u *syscall.Rusage) int64 {
	if runtime.GOOS == "linux" {
		return u.Maxrss << 10
	}
	return u.Maxrss
}

// stuckUpstreams are registries that nobody should wait for.
var stuckUpstreams = map[string]http.HandlerFunc{
	"never answers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"a byte a second": func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("x"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-tick.C:
			case <-r.Context().Done():
			}
		}
	},
	"ten gigabytes": func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte("x"), 1<<20)
		for range 10 << 10 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	},
	"ten gigabytes of challenge": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+strings.Repeat("x", 900<<10)+`"`)
		w.WriteHeader(http.StatusUnauthorized)
	},
	"redirects for ever": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+r.URL.Path+"x", http.StatusFound)
	},
	"closes in the middle": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("{"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
}

// provenNothing is what is said of a trial that has told nothing.
var provenNothing = regexp.MustCompile(`warning: .*(can't be reached from here|can't be checked)`)

// noRegistry is what is said of an upstream that answers as something else: no
// plan is made for it.
var noRegistry = regexp.MustCompile(`does not answer as a registry`)

// kinds are a repository for each way of trying a credential.
var kinds = map[string]string{
	"docker": "us-central1/docker-hub", "a registry of one's own": "europe-west1/private-images", "npm": "us-central1/npm-private",
	"python": "europe-west1/python-private", "maven": "us/maven-private", "apt": "us-central1/apt-private", "yum": "asia-northeast1/yum-private",
}

// A trial on such an upstream comes to its end, in ten seconds at most, proves
// nothing, and is no reason not to make a plan.
func TestStuckUpstreams(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	defer all.Wait()
	for name, handler := range stuckUpstreams {
		for kind, repository := range kinds {
			all.Go(func() {
				t.Run(name+", "+kind, func(t *testing.T) {
					server := httptest.NewServer(handler)
					defer server.Close()
					defer server.CloseClientConnections()
					p, g := behindGate(t)
					g.standIn(server.URL)
					token := p.path("token")
					if kind != "docker" {
						token = p.write("other", "a-token-of-no-known-kind-0123456789", 0o600)
					}
					e, peak := p.measured(p.complete("--dry-run", "--repository", repository, "--token-file", token)...)
					judged := e.code == 0 && provenNothing.MatchString(e.out) || e.code == 1 && noRegistry.MatchString(e.err)
					if !judged {
						t.Errorf("exit code %d: %s%s", e.code, e.out, e.err)
					}
					p.checkMemory(peak)
					if w := p.writes(); len(w) > 0 {
						t.Errorf("it has written %v", w)
					}
					t.Logf("%d MiB: %s", peak>>20, e.out[max(0, strings.Index(e.out, "warning: ")):])
				})
			})
		}
	}
}

// stuckGoogles are answers to whoever connects.
var stuckGoogles = map[string]func(ctx context.Context, c net.Conn){
	"never answers": func(ctx context.Context, _ net.Conn) { <-ctx.Done() },
	"never reads":   func(ctx context.Context, _ net.Conn) { <-ctx.Done() },
	"resets": func(_ context.Context, c net.Conn) {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	},
	"closes": func(context.Context, net.Conn) {},
	"speaks HTTP/1": func(_ context.Context, c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	},
	"speaks another language": func(_ context.Context, c net.Conn) { _, _ = io.WriteString(c, "220 mail.example.com ESMTP\r\n") },
	"garbage for ever": func(ctx context.Context, c net.Conn) {
		block := bytes.Repeat([]byte("\x1b]0;x\x07\x00\xff"), 1<<16)
		for ctx.Err() == nil {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	},
	"frames without an end": func(_ context.Context, c net.Conn) {
		// HTTP/2: settings, and the beginning of a frame of 16 MB.
		_, _ = c.Write([]byte("\x00\x00\x00\x04\x00\x00\x00\x00\x00\xff\xff\xff\x01\x00\x00\x00\x00\x01"))
		_, _ = io.Copy(io.Discard, c)
	},
}

// listen answers every connection so until the test is over.
func listen(t *testing.T, answer func(context.Context, net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(ctx, func() { _ = c.Close() })
			go func() {
				answer(ctx, c)
				stop()
				_ = c.Close()
			}()
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		<-served
	})
	return l.Addr().String()
}

// Whatever is at Google's address, a run ends by itself, and says which call
// was not answered, by whom, and what to do.
func TestStuckGoogles(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	defer all.Wait()
	for name, answer := range stuckGoogles {
		for _, output := range []string{"text", "json"} {
			all.Go(func() {
				t.Run(name+", "+output, func(t *testing.T) {
					p := noPlace(t, listen(t, answer))
					e, peak := p.measured(p.complete("--output", output)...)
					p.checkMemory(peak)
					said := problemOf(t, e, output)
					if e.code != 1 || !strings.HasPrefix(said.Title, "Google ") || !strings.Contains(said.Detail, "look up project demo-healthy (Projects.GetProject): ") || len(said.Hints) == 0 {
						t.Errorf("exit code %d: %+v", e.code, said)
					}
					t.Logf("%d MiB: %+v", peak>>20, said)
				})
			})
		}
	}
}

// The time that a person gives to a run ends it as well, and is what is said.
func TestATimeoutOnAStuckGoogle(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"text", "json"} {
		p := noPlace(t, listen(t, stuckGoogles["never answers"]))
		e := p.run(p.complete("--timeout", "3s", "--output", output)...)
		if said := problemOf(t, e, output); e.code != 1 || said.Title != "The run took longer than --timeout allows" || !strings.HasPrefix(said.Detail, "at the step ") {
			t.Errorf("exit code %d: %+v", e.code, said)
		}
	}
}

// said is a problem as it is told.
type said struct {
	Title, Detail string
	Hints         []string
}

// problemOf reads the problem that a run has ended with, from JSON or from text.
func problemOf(t *testing.T, e ended, output string) said {
	t.Helper()
	var report struct{ Problem said }
	if output == "json" {
		if err := json.Unmarshal([]byte(e.out), &report); err != nil {
			t.Errorf("%v: %s", err, e.out)
		}
		return report.Problem
	}
	_, text, _ := strings.Cut(e.err, "problem: ")
	text, hints, _ := strings.Cut(text, "\nhint: ")
	report.Problem.Title, report.Problem.Detail, _ = strings.Cut(text, ": ")
	report.Problem.Hints = strings.Split(hints, "\nhint: ")
	return report.Problem
}
