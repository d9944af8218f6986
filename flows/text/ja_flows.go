package text

// japaneseFlows are the messages of flows/step, change and the list of flows.
func japaneseFlows() map[string]string {
	return map[string]string{}
}
