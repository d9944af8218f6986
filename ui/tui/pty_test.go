package tui

func child() {}
