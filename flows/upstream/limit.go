package upstream

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/wording"
)

// PullLimit is how much an account may pull, as Docker Hub tells it:
// https://docs.docker.com/docker-hub/usage/pulls/.
type PullLimit struct {
	Limit, Remaining int           // pulls per Window
	Window           time.Duration // 0 where it is not told
	Source           string        // what is counted: an account's id, or an address
}

// String is the limit in words.
func (l *PullLimit) String() string {
	s := fmt.Sprintf("%d of %d pulls are left", l.Remaining, l.Limit)
	if l.Window > 0 {
		s += fmt.Sprintf(" in the present %s", wording.Count(int(l.Window.Hours()), "hour"))
	}
	return s
}

// limit reads an answer's pull limit, as far as it may be quoted.
func (v *visit) limit(a *answer) *PullLimit {
	l := pullLimit(a.header)
	if l != nil {
		l.Source = v.quote(l.Source)
	}
	return l
}

// pullLimit reads an answer's ratelimit headers, as in "100;w=21600"; nil where
// there are none.
func pullLimit(h http.Header) *PullLimit {
	limit, window, told := pullCount(h.Get("Ratelimit-Limit"))
	remaining, sameWindow, left := pullCount(h.Get("Ratelimit-Remaining"))
	if !told || !left || remaining > limit {
		return nil
	}
	return &PullLimit{Limit: limit, Remaining: remaining, Window: max(window, sameWindow), Source: clean.Text(h.Get("Docker-Ratelimit-Source"))}
}

// maxSpan is the longest span of time that a header is believed to mean.
const maxSpan = 31 * 24 * time.Hour

// pullCount reads one such header: a number of pulls, and the time that it is for.
func pullCount(s string) (n int, window time.Duration, ok bool) {
	number, rest, _ := strings.Cut(s, ";")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 0 {
		return 0, 0, false
	}
	if w, found := strings.CutPrefix(strings.TrimSpace(rest), "w="); found {
		window = seconds(w)
	}
	return n, window, true
}

// retryAfter reads how long to wait, where that is told in seconds.
func retryAfter(h http.Header) time.Duration { return seconds(h.Get("Retry-After")) }

func seconds(s string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > int(maxSpan.Seconds()) {
		return 0
	}
	return time.Duration(n) * time.Second
}
