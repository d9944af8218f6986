package report

import "strings"

// NeedsASCII tells whether a terminal of this TERM, NO_UNICODE and locale may
// lack signs beyond ASCII, or draw them at a width of two as Chinese, Japanese
// and Korean locales do.
func NeedsASCII(term, noUnicode, locale string) bool {
	if term == "linux" || term == "dumb" || noUnicode != "" {
		return true
	}
	lower := strings.ToLower(locale)
	for _, language := range []string{"zh", "ja", "ko"} {
		if strings.HasPrefix(lower, language) {
			return true
		}
	}
	return locale != "" && !strings.Contains(lower, "utf-8") && !strings.Contains(lower, "utf8")
}
