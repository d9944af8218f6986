package text

// japaneseDoctor are the messages of flows/doctor and ui/report.
func japaneseDoctor() map[string]string {
	return map[string]string{}
}
