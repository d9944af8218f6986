package wrapping

import "bytes"

// choose narrows credentials down to those that may be meant: those for the
// upstream's host, then those of the user name that was given, then those whose
// path is closest to the upstream's. It never takes one of several that suit
// equally well. What is left out is overwritten.
func choose(parts []Part, a About) []Part {
	parts = distinct(parts, a.Fits)
	if len(parts) < 2 {
		return parts
	}
	fits := func(p Part) int { return a.Fits(p.For) }
	parts = keep(parts, func(p Part) bool { return fits(p) > 0 })
	parts = keep(parts, func(p Part) bool { return a.Username != "" && p.Username == a.Username })
	closest := 0
	for _, p := range parts {
		closest = max(closest, fits(p))
	}
	return keep(parts, func(p Part) bool { return fits(p) == closest })
}

// keep are those parts that suit, or all of them where none does.
func keep(parts []Part, suits func(Part) bool) []Part {
	var some, others []Part
	for _, p := range parts {
		if suits(p) {
			some = append(some, p)
		} else {
			others = append(others, p)
		}
	}
	if len(some) == 0 {
		return parts
	}
	for _, p := range others {
		clear(p.Token)
	}
	return some
}

// distinct leaves out a credential that stands there twice for the upstream, as
// for its host with and without a path.
func distinct(parts []Part, fits func(string) int) []Part {
	var some []Part
	seen := map[string][]int{}
next:
	for _, p := range parts {
		for _, i := range seen[p.Username] {
			same := some[i].For == p.For || fits(some[i].For) > 0 && fits(p.For) > 0
			if same && bytes.Equal(some[i].Token, p.Token) {
				if fits(p.For) > fits(some[i].For) {
					some[i].For = p.For
				}
				clear(p.Token)
				continue next
			}
		}
		seen[p.Username] = append(seen[p.Username], len(some))
		some = append(some, p)
	}
	return some
}
