//go:build linux || darwin

package robust

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
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

// A trial on such an upstream comes to its end, in ten seconds at most, proves
// nothing, and is no reason not to make a plan.
func TestStuckUpstreams(t *testing.T) {
	t.Parallel()
	for name, handler := range stuckUpstreams {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(handler)
			defer server.Close()
			defer server.CloseClientConnections()
			p, g := behindGate(t)
			g.standIn(server.URL)
			e, peak := p.measured(p.complete("--dry-run")...)
			if e.code != 0 || !strings.Contains(e.out, "warning: ") || !strings.Contains(e.out, "Docker Hub") {
				t.Errorf("exit code %d: %s%s", e.code, e.out, e.err)
			}
			p.checkMemory(peak)
			if w := p.writes(); len(w) > 0 {
				t.Errorf("it has written %v", w)
			}
			t.Logf("%d MiB: %s", peak>>20, e.out[max(0, strings.Index(e.out, "warning: ")):])
		})
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

// Whatever is at Google's address, the run ends when its time is over, and says
// what did not answer.
func TestStuckGoogles(t *testing.T) {
	t.Parallel()
	for name, answer := range stuckGoogles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := noPlace(t, listen(t, answer))
			began := time.Now()
			e, peak := p.measured(p.complete("--timeout", "2s")...)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			p.checkMemory(peak)
			p.refused(e, 1, "")
			if !strings.Contains(e.err, "--timeout is over") && !strings.Contains(e.err, "Google could not be reached") {
				t.Errorf("it says: %s", e.err)
			}
			t.Logf("%d MiB: %s", peak>>20, e.err)
		})
	}
}
