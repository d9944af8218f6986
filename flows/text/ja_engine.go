package text

// japaneseEngine are the messages of flows/engine, cloud, check, state and act.
func japaneseEngine() map[string]string {
	return map[string]string{}
}
