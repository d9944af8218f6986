//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package line

// flush leaves what was typed: no program is stopped here.
func flush(int) error { return nil }
