package token

import (
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

const canary = "canary-0123456789-abcd"

func TestSecretIsNeverPrinted(t *testing.T) {
	s := New([]byte(canary))
	holder := struct {
		Open   Secret
		hidden Secret
		list   []Secret
	}{s, s, []Secret{s}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", holder)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T"} {
		log.WriteString(fmt.Sprintf(verb, s))
		log.WriteString(fmt.Sprintf(verb, &s))
		log.WriteString(fmt.Sprintf(verb, holder))
	}
	log.WriteString(fmt.Errorf("wrapped: %v", s).Error())
	for _, bad := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprint([]byte(canary))} {
		if strings.Contains(log.String(), strings.Trim(bad, "[]")) {
			t.Fatalf("the secret was printed as %q", bad)
		}
	}
}

func TestSecretIsNeverEncoded(t *testing.T) {
	s := New([]byte(canary))
	if _, err := json.Marshal(struct{ S Secret }{s}); !errors.Is(err, ErrEncode) {
		t.Errorf("json: got %v", err)
	}
	if err := gob.NewEncoder(io.Discard).Encode(s); !errors.Is(err, ErrEncode) {
		t.Errorf("gob: got %v", err)
	}
}

func TestWipeReachesCopies(t *testing.T) {
	raw := []byte(canary)
	s := New(raw)
	kept, clone := s, s.Clone()
	if !s.Is(kept) || s.Is(clone) {
		t.Error("a copy is the same secret, a clone is not")
	}
	s.Wipe()
	if !kept.Empty() || strings.Trim(string(raw), "\x00") != "" {
		t.Error("a copy survived the wipe")
	}
	if string(clone.Reveal()) != canary {
		t.Error("a clone must survive it")
	}
	Secret{}.Wipe()
}

func TestTailOfShortSecretsIsKept(t *testing.T) {
	if got := New([]byte("short-password!")).Tail(); got != "" {
		t.Errorf("15 bytes show %q", got)
	}
	if got := New([]byte(canary)).Tail(); got != "abcd" {
		t.Errorf("got %q", got)
	}
}

func TestEqual(t *testing.T) {
	a := New([]byte(canary))
	if !a.Equal(a.Clone()) || a.Equal(New([]byte("other"))) || !(Secret{}).Equal(New(nil)) {
		t.Error("comparison is wrong")
	}
}
