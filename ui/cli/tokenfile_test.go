package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/upstream"
)

func TestFromFile(t *testing.T) {
	for _, c := range []struct{ name, content, want, refused string }{
		{"a line", "token\n", "token", ""},
		{"no line end", "token", "token", ""},
		{"a line end of Windows", "token\r\n", "token", ""},
		{"blank lines after it", "token\n\n \n", "token", ""},
		{"white space is left to the question", "  token \n", "  token ", ""},
		{"as long as may be", strings.Repeat("x", maxToken) + "\r\n", strings.Repeat("x", maxToken), ""},
		{"nothing", "", "", "it is empty"},
		{"blank", " \n\n", "", "it is empty"},
		{"two lines", "token\nother\n", "", "more than one line"},
		{"a blank line first", "\ntoken\n", "", "more than one line"},
		{"a configuration file", "{\n \"auths\": {}\n}\n", "{\n \"auths\": {}\n}\n", ""},
		{"a key in JSON", "{\n \"private_key\": \"x\"\n}\n", "{\n \"private_key\": \"x\"\n}\n", ""},
		{"UTF-16", "\xff\xfet\x00o\x00k\x00\n\x00", "\xff\xfet\x00o\x00k\x00\n\x00", ""},
		{"too long", strings.Repeat("x", maxToken+1) + "\n", "", "more than 64 KiB"},
		{"much too long", strings.Repeat("x\n", maxToken)[:maxToken+3], "", "more than 64 KiB"},
	} {
		b := []byte(c.content)
		got, err := fromFile("--token-file t", b)
		switch {
		case c.refused == "" && (err != nil || string(got.Reveal()) != c.want):
			t.Errorf("%s: %v", c.name, err)
		case c.refused != "" && (!engine.IsUsage(err) || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: got %v, want %q", c.name, err, c.refused)
		case c.refused != "" && len(bytes.Trim(b, "\x00")) > 0:
			t.Errorf("%s: what was refused is not wiped", c.name)
		}
	}
}

func FuzzFromFile(f *testing.F) {
	f.Add([]byte("token\r\n"))
	f.Add([]byte("\n\ntoken"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxToken+3 {
			return
		}
		given := bytes.Clone(b)
		got, err := fromFile("t", b)
		if err != nil {
			if len(given) > 3 && strings.Contains(err.Error(), string(given)) {
				t.Error("the error quotes the file")
			}
			return
		}
		if bytes.Contains(got.Reveal(), []byte("\n")) && !upstream.Holds(given) || !bytes.HasPrefix(given,
			got.Reveal()) || got.Len() > maxToken {
			t.Errorf("%q gives %q", given, got.Reveal())
		}
	})
}

// quiet is a command line whose errors go nowhere.
func quiet(t *testing.T, in *os.File) *app {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	return &app{Streams: Streams{In: in, Out: null, Err: null}}
}

func TestReadToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := quiet(t, nil)
	got, err := a.readToken(t.Context(), path, false)
	if err != nil || string(got.Reveal()) != "token" {
		t.Errorf("a file: %v", err)
	}
	if _, err := a.readToken(t.Context(), filepath.Dir(path),
		false); !engine.IsUsage(err) || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := a.readToken(t.Context(), path+"x", false); !engine.IsUsage(err) || strings.Count(err.Error(),
		path) != 1 {
		t.Errorf("no file: %v", err)
	}
}

func TestReadTokenOfAPipeThatDoesNotEnd(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(); _ = r.Close() })
	late := errors.New("too late")
	ctx, cancel := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), late)
	defer cancel()
	if _, err := quiet(t, r).readToken(ctx, "-", false); !engine.IsUsage(err) || !strings.Contains(err.Error(),
		"too late") {
		t.Errorf("after the deadline: %v", err)
	}
	interrupted, interrupt := context.WithCancelCause(t.Context())
	interrupt(errors.New("interrupt signal received"))
	if _, err := quiet(t, r).readToken(interrupted, "-", false); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
