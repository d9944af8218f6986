package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows/text"
)

// sheet is text that scrolls.
type sheet struct {
	w, h, top, length int
	lines             func(w int) []string // the text at a width
}

// SetSize gives it its room.
func (s *sheet) SetSize(w, h int) {
	s.w, s.h = w, h
	s.length = len(s.lines(w))
	s.top = max(min(s.top, s.length-h), 0)
}

// View draws the lines on show.
func (s *sheet) View() []string {
	lines := s.lines(s.w)
	top := min(s.top, len(lines))
	return lines[top:min(top+s.h, len(lines))]
}

// scroll moves by a key; false: the key means something else.
func (s *sheet) scroll(k tea.KeyMsg) bool {
	switch name(k) {
	case "up", "k":
		s.top--
	case "down", "j":
		s.top++
	case "pgup", "b":
		s.top -= max(s.h-1, 1)
	case "pgdown", " ", "f":
		s.top += max(s.h-1, 1)
	case "home", "g":
		s.top = 0
	case "end", "G":
		s.top = s.length
	default:
		return false
	}
	s.top = max(min(s.top, s.length-s.h), 0)
	return true
}

// reveal scrolls so that the lines from a to b are seen, or the first of them
// where they are too many.
func (s *sheet) reveal(a, b int) {
	s.top = max(min(s.top, a), min(b, a+s.h)-s.h, 0)
}

// scrolls reports whether only a part is seen.
func (s *sheet) scrolls() bool { return s.length > s.h }

// where says which lines are seen, if not all are.
func (s *sheet) where() text.Text {
	last := min(s.top+s.h, s.length)
	switch {
	case !s.scrolls():
		return text.Text{}
	case last < s.length:
		return text.New("Lines %d to %d of %d, more below", s.top+1, last, s.length)
	default:
		return text.New("Lines %d to %d of %d", s.top+1, last, s.length)
	}
}

// hints are the keys of a sheet that scrolls.
func (s *sheet) hints() []hint {
	if !s.scrolls() {
		return nil
	}
	return []hint{{"↑↓", text.New("scroll")}, {"pgup/pgdn", text.New("page")}}
}
