package state

import (
	"regexp"
	"strings"
	"time"
)

// truth is what is known of a condition.
type truth int

const (
	unknowable truth = iota
	holds
	fails
)

var (
	timeTerm    = regexp.MustCompile(`^request\.time\s*(<=|<|>=|>)\s*timestamp\(\s*["']([^"']+)["']\s*\)$`)
	timeTermTwo = regexp.MustCompile(`^timestamp\(\s*["']([^"']+)["']\s*\)\s*(<=|<|>=|>)\s*request\.time$`)
)

// conditionNow reports whether a condition holds at a time, as far as that can be
// known without Google's evaluation: none at all, and comparisons of the time
// that are joined by "and"
// (https://cloud.google.com/iam/docs/conditions-attribute-reference#date-time).
// until is when one that holds ends; zero: never, or nobody knows.
func conditionNow(expression string, now time.Time) (is truth, until time.Time) {
	if strings.TrimSpace(expression) == "" {
		return holds, time.Time{}
	}
	if strings.ContainsAny(expression, "|!?") { // more than "and"
		return unknowable, time.Time{}
	}
	is = holds
	for term := range strings.SplitSeq(expression, "&&") {
		op, at, ok := comparison(bare(term))
		switch {
		case !ok:
			if is == holds {
				is = unknowable
			}
		case !compares(now, op, at):
			is = fails
		case op[0] == '<' && (until.IsZero() || at.Before(until)):
			until = at
		}
	}
	if is != holds {
		return is, time.Time{}
	}
	return is, until
}

// bare takes white space and the parentheses around a whole term off.
func bare(term string) string {
	term = strings.TrimSpace(term)
	for strings.HasPrefix(term, "(") && strings.HasSuffix(term, ")") {
		term = strings.TrimSpace(term[1 : len(term)-1])
	}
	return term
}

// comparison reads a comparison of the request's time.
func comparison(term string) (op string, at time.Time, ok bool) {
	op, moment := "", ""
	if m := timeTerm.FindStringSubmatch(term); m != nil {
		op, moment = m[1], m[2]
	} else if m := timeTermTwo.FindStringSubmatch(term); m != nil {
		op, moment = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[m[2]], m[1]
	}
	at, err := time.Parse(time.RFC3339Nano, moment)
	return op, at, op != "" && err == nil
}

func compares(now time.Time, op string, at time.Time) bool {
	switch op {
	case "<":
		return now.Before(at)
	case "<=":
		return !now.After(at)
	case ">":
		return now.After(at)
	default:
		return !now.Before(at)
	}
}
