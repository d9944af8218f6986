package text

// japaneseCommands are the messages of ui/cli, ui/headless and main.
func japaneseCommands() map[string]string {
	return map[string]string{}
}
