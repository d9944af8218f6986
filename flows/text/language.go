package text

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Language is a language that the product speaks.
type Language string

// The languages, by their BCP 47 tags.
const (
	English  Language = "en"
	Japanese Language = "ja"
)

// Languages are all of them, the one that messages are written in first.
func Languages() []Language { return []Language{English, Japanese} }

// translations holds each language's messages by their English, made when they
// are first asked for: a start in English needs none.
var translations = map[Language]func() map[string]string{Japanese: japanese}

// Translations are a language's messages by their English formats; nil for
// English itself.
func Translations(l Language) map[string]string {
	if all, ok := translations[l]; ok {
		return all()
	}
	return nil
}

// Parse reads a language's tag.
func Parse(tag string) (Language, bool) {
	for _, l := range Languages() {
		if string(l) == tag {
			return l, true
		}
	}
	return "", false
}

// Environment picks the language of an environment: UPSTREAMAUTH_LANG, else
// the first of LC_ALL, LC_MESSAGES and LANG that is set (POSIX.1-2017, 8.2);
// English where that names none of ours.
func Environment(getenv func(string) string) Language {
	if l, ok := Parse(getenv("UPSTREAMAUTH_LANG")); ok {
		return l
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		locale := getenv(name)
		if locale == "" {
			continue
		}
		tag, _, _ := strings.Cut(locale, ".")
		tag, _, _ = strings.Cut(tag, "_")
		if l, ok := Parse(tag); ok {
			return l
		}
		break
	}
	return English
}

var (
	printersMu sync.Mutex
	printers   = map[Language]*message.Printer{}
)

// printer is made once a language.
func (l Language) printer() *message.Printer {
	printersMu.Lock()
	defer printersMu.Unlock()
	if p, ok := printers[l]; ok {
		return p
	}
	tag := language.Make(string(l))
	b := catalog.NewBuilder(catalog.Fallback(language.English))
	for key, translated := range Translations(l) {
		_ = b.SetString(tag, key, translated) // fails only for a tag that Make has refused
	}
	p := message.NewPrinter(tag, message.Catalog(b))
	printers[l] = p
	return p
}

func (l Language) sprintf(format string, args []any) string {
	if len(args) == 0 && !strings.Contains(format, "%") && l == English {
		return format
	}
	return l.printer().Sprintf(format, args...)
}

// join lists things as the language does: "a, b and c".
func (l Language) join(all []string) string {
	switch {
	case len(all) == 0:
		return ""
	case l == Japanese:
		return strings.Join(all, "、")
	case len(all) == 1:
		return all[0]
	default:
		return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
	}
}

// day is a date; the year is there because what ends may end next year.
func (l Language) day(t time.Time) string {
	if l == Japanese {
		return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
	}
	return t.Format("2 January 2006")
}

// name is a string argument: a name under %q, words under every other verb.
type name struct {
	s    string
	mark func(string) string
}

// Format implements fmt.Formatter.
func (n name) Format(f fmt.State, verb rune) {
	s := n.s
	if verb == 'q' {
		s = n.mark(s)
	}
	if width, ok := f.Width(); ok {
		s = fmt.Sprintf("%*s", width, s)
	}
	_, _ = f.Write([]byte(s))
}
