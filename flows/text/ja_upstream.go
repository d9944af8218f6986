package text

// japaneseUpstream are the messages of flows/upstream.
func japaneseUpstream() map[string]string {
	return map[string]string{}
}
