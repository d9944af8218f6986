package tui

import "example.com/upstreamauth/flows/text"

// The keys that mean the same on several screens.
var (
	helpKey = hint{"f1", text.New("help")}
	quitKey = hint{"ctrl+c", text.New("quit")}
	moveKey = hint{"↑↓", text.New("move")}
	pageKey = hint{"pgup/pgdn", text.New("page")}
)
