package text_test

import (
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/text"
)

func TestIn(t *testing.T) {
	end := time.Date(2026, 12, 10, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		say  text.Text
		l    text.Language
		want string
	}{
		{text.Text{}, text.English, ""},
		{text.New("plain"), text.English, "plain"},
		{text.New("100%%"), text.English, "100%"},
		{text.New("the secret %q", "token"), text.English, `the secret "token"`},
		{text.New("%s in %s", text.New("a secret %q", "s"), text.Verbatim("50%d")), text.English, `a secret "s" in 50%d`},
		{text.New("%d bytes at port %s", 65536, "65536"), text.English, "65,536 bytes at port 65536"},
		{text.New("%[2]q before %[1]q", "a", "b"), text.English, `"b" before "a"`},
		{text.Plural(1, "%d secret", "%d secrets"), text.English, "1 secret"},
		{text.Plural(0, "%d secret", "%d secrets"), text.English, "0 secrets"},
		{text.Plural(2, "%d secret of %q", "%d secrets of %q", "p"), text.English, `2 secrets of "p"`},
		{text.New("it ends %s", end), text.English, "it ends 10 December 2026"},
		{text.New("in %s", 30*time.Hour), text.English, "in 30 hours"},
		{text.New("in %s", 12*24*time.Hour), text.English, "in 12 days"},
		{text.New("%s", -90*time.Second), text.English, "90 seconds ago"},
		{text.New("%s", time.Millisecond), text.English, "less than a second"},
		{text.New("%s", text.Names([]string{"a", "b", "c"})), text.English, `"a", "b" and "c"`},
		{text.New("%s", text.Words([]string{"a", "b"})), text.English, "a and b"},
		{text.New("%s", text.Words([]string{})), text.English, ""},
		{text.New("%s", text.Words([]string{"a", "b"})), text.Japanese, "a、b"},
		{text.Join(text.New("One."), text.Text{}, text.New("Two %q.", "x")), text.English, `One. Two "x".`},
		{text.Join(), text.English, ""},
		{text.New("%s", end), text.Japanese, "2026年12月10日"},
		{text.New("%s", 3*time.Minute), text.Japanese, "3 分"},
		{text.Plural(1, "%d second", "%d seconds"), text.Japanese, "1 秒"},
		{text.New("no translation %q", "x"), text.Japanese, `no translation "x"`},
	} {
		if got := c.say.In(c.l); got != c.want {
			t.Errorf("%q in %s: %q, want %q", c.say.Key(), c.l, got, c.want)
		}
	}
}

func TestMarkedNames(t *testing.T) {
	said := text.New("%s keeps %q", text.New("secret %q", "s"), "v%d").Marked(text.English, strings.ToUpper)
	if want := "secret S keeps V%D"; said != want {
		t.Errorf("%q, want %q", said, want)
	}
}

func TestEmpty(t *testing.T) {
	if !(text.Text{}).Empty() || !text.Verbatim("").Empty() || text.New("x").Empty() {
		t.Error("only the text without words is empty")
	}
}

func TestEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want text.Language
	}{
		{nil, text.English},
		{map[string]string{"LANG": "ja_JP.UTF-8"}, text.Japanese},
		{map[string]string{"LANG": "ja"}, text.Japanese},
		{map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "C.UTF-8"}, text.English},
		{map[string]string{"LANG": "C", "LC_MESSAGES": "ja_JP"}, text.Japanese},
		{map[string]string{"LANG": "ja_JP", "UPSTREAMAUTH_LANG": "en"}, text.English},
		{map[string]string{"LANG": "en_US.UTF-8", "UPSTREAMAUTH_LANG": "ja"}, text.Japanese},
		{map[string]string{"LANG": "de_DE.UTF-8"}, text.English},
		{map[string]string{"LANG": "jam_JM"}, text.English},
	} {
		if got := text.Environment(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %s, want %s", c.env, got, c.want)
		}
	}
}
