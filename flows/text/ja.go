package text

// japanese holds the Japanese messages by their English, sorted. The terms are
// those of Google's Japanese console.
func japanese() map[string]string {
	return map[string]string{
		"%d days":            "%d 日",
		"%d hours":           "%d 時間",
		"%d minutes":         "%d 分",
		"%d seconds":         "%d 秒",
		"%s ago":             "%s前",
		"less than a second": "1 秒未満",
	}
}
