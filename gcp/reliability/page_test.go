package reliability

import (
	"fmt"
	"strings"
)

// cell is a result in one word.
func (r result) cell() string {
	switch {
	case len(r.wrong) > 0:
		return "WRONG"
	case !r.hit:
		return "–"
	case r.first.Killed:
		return fmt.Sprintf("killed, %d", r.second.Exit)
	case r.first.Exit == 0:
		return "0"
	default:
		return fmt.Sprintf("%d, %d", r.first.Exit, r.second.Exit)
	}
}

func pageOf(courses []course, results []result) string {
	var b strings.Builder
	for _, c := range courses {
		fmt.Fprintf(&b, "%s %d\n", c.flow.name, len(results))
	}
	return b.String()
}
