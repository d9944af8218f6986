package clean

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "my-project", "my-project"},
		{"Japanese stays", "日本語プロジェクト", "日本語プロジェクト"},
		{"escape is shown", "a\x1b[31mb", `a\x1b[31mb`},
		{"clipboard sequence", "\x1b]52;c;aGk=\a", `\x1b]52;c;aGk=\x07`},
		{"eight-bit CSI", "a\u009b31m", `a\x9b31m`},
		{"bidirectional override", "a\u202eb", `a\u202eb`},
		{"zero width", "a\u200bb", `a\u200bb`},
		{"carriage return", "good\rbad", `good\x0dbad`},
		{"line end", "one\ntwo", "one two"},
		{"broken encoding", "a\xffb", `a\xffb`},
		{"tag characters", "a\U000e0041", `a\U000e0041`},
		{"line separator", "a\u2028b", `a\u2028b`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLinesKeepsLineEnds(t *testing.T) {
	if got := Lines("one\r\ntwo\x1b"); got != "one\ntwo\\x1b" {
		t.Errorf("got %q", got)
	}
}

func TestLongTextIsCutVisibly(t *testing.T) {
	got := Text(strings.Repeat("x", MaxRunes+1))
	if !strings.HasSuffix(got, " [cut]") || utf8.RuneCountInString(got) != MaxRunes+len(" [cut]") {
		t.Errorf("got %d runes ending in %q", utf8.RuneCountInString(got), got[len(got)-8:])
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\x1b[2J", "\u202e", "\xff\xfe", "日本", "\U000e0041"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Text(s) {
			if r != ' ' && !unicode.IsGraphic(r) {
				t.Fatalf("%U survived in %q", r, s)
			}
		}
		if once := Text(s); utf8.RuneCountInString(once) < MaxRunes/12 && Text(once) != once {
			t.Fatalf("cleaning twice differs for %q", s)
		}
	})
}
