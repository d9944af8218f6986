package text

// japaneseScreen are the messages of ui/tui and ui/line.
func japaneseScreen() map[string]string {
	return map[string]string{}
}
