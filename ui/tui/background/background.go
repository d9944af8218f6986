// Package background settles, before anything else is initialised, that the
// terminal is taken to be dark. Importing it is all there is to it.
//
// Bubble Tea v1 asks the terminal for its background colour merely by being
// imported, and waits up to five seconds where the terminal does not answer.
// Lip Gloss does not ask once it has been told. Go initialises packages that
// are ready in the order of their import paths, so the path of this one must
// sort before github.com/charmbracelet/bubbletea.
package background

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
