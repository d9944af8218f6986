package upstream

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/text"
)

// PullLimit is how much an account may pull, as Docker Hub reports it:
// https://docs.docker.com/docker-hub/usage/pulls/.
type PullLimit struct {
	Limit, Remaining int           // pulls per Window
	Window           time.Duration // 0 where Docker Hub doesn't say
	Source           string        // what is counted: an account's id, or an address
}

// Text is the limit in words.
func (l *PullLimit) Text() text.Text {
	if l.Window < time.Hour {
		return text.New("%d of %d pulls left", l.Remaining, l.Limit)
	}
	return text.New("%d of %d pulls left in this %d-hour window", l.Remaining, l.Limit, int(l.Window.Hours()))
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

// retryAfter reads how long to wait, where that is given in seconds.
func retryAfter(h http.Header) time.Duration { return seconds(h.Get("Retry-After")) }

func seconds(s string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > int(maxSpan.Seconds()) {
		return 0
	}
	return time.Duration(n) * time.Second
}
