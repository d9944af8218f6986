package origin

import (
	"strings"
	"testing"
)

func TestRobotsDisallow(t *testing.T) {
	for _, c := range []struct {
		text, path string
		want       bool
	}{
		{"", "/a", false},
		{"User-agent: *\nDisallow: /", "/a", true},
		{"User-agent: *\nDisallow:", "/a", false},
		{"user-agent:*\r\ndisallow: /v2/ # all\r\n", "/v2/a", true},
		{"User-agent: *\nDisallow: /v2/", "/maven/a", false},
		{"User-agent: somebody\nDisallow: /", "/a", false},
		{"User-agent: somebody\nUser-agent: *\nDisallow: /", "/a", true},
		{"User-agent: *\nDisallow: /\nUser-agent: somebody\nDisallow:", "/a", true},
		{"User-agent: *\nDisallow: /\nAllow: /public/", "/public/a", false},
		{"User-agent: *\nAllow: /a\nDisallow: /a", "/a", false},
		{"User-agent: *\nDisallow: /*.tgz", "/a", true},
		{"Disallow: /", "/a", false},
		{strings.Repeat("x", 100_000), "/a", false},
	} {
		if got := robotsDisallow(strings.NewReader(c.text), c.path); got != c.want {
			t.Errorf("%.60q of %s: %v, want %v", c.text, c.path, got, c.want)
		}
	}
}
