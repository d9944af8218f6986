package text

import "maps"

// japanese holds the Japanese messages by their English, sorted. The terms are
// those of Google's Japanese console.
func japanese() map[string]string {
	all := map[string]string{
		"%d days":            "%d 日",
		"%d hours":           "%d 時間",
		"%d minutes":         "%d 分",
		"%d seconds":         "%d 秒",
		"%s ago":             "%s前",
		"%s; %s":             "%s。%s",
		"less than a second": "1 秒未満",
	}
	for _, part := range []map[string]string{
		japaneseUpstream(), japaneseEngine(), japaneseFlows(), japaneseDoctor(), japaneseScreen(), japaneseCommands(), japanesePath(),
		japaneseSources(),
	} {
		maps.Copy(all, part)
	}
	return all
}
