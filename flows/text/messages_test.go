package text_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/text"
)

// message is a message as the source has it.
type message struct {
	at       string
	key, one string
	args     int // how many are given; -1 where that can't be seen
}

// sourceMessages reads every message that the program's source makes. A format
// that isn't one literal can't be translated, and fails the test.
func sourceMessages(t *testing.T) []message {
	t.Helper()
	var all []message
	files := token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "bin" || d.Name() == "dist"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		inside := file.Name.Name == "text"
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if m, ok := readMessage(t, files, call, inside); ok {
					all = append(all, m)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no message found")
	}
	return all
}

// readMessage reads a call of text.New or text.Plural.
func readMessage(t *testing.T, files *token.FileSet, call *ast.CallExpr, inside bool) (message, bool) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "text" {
			name = f.Sel.Name
		}
	case *ast.Ident:
		if inside {
			name = f.Name
		}
	}
	m := message{at: files.Position(call.Pos()).String(), args: len(call.Args)}
	if call.Ellipsis.IsValid() {
		m.args = -1
	}
	literal := func(i int) string {
		var b strings.Builder
		if i >= len(call.Args) || !constant(call.Args[i], &b) {
			t.Errorf("%s: a message's format has to be a literal", m.at)
		}
		return b.String()
	}
	switch name {
	case "New":
		m.key = literal(0)
		if m.args > 0 {
			m.args--
		}
	case "Plural":
		m.one, m.key = literal(1), literal(2)
		if m.args > 0 {
			m.args -= 2
		}
	default:
		return message{}, false
	}
	return m, true
}

// constant writes a string literal, or several joined, and reports whether it
// is one.
func constant(e ast.Expr, b *strings.Builder) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		b.WriteString(s)
		return err == nil
	case *ast.BinaryExpr:
		return e.Op == token.ADD && constant(e.X, b) && constant(e.Y, b)
	case *ast.ParenExpr:
		return constant(e.X, b)
	default:
		return false
	}
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0]*\d*(?:\.\d+)?([a-zA-Z%])`)

// placeholders are a format's arguments and their verbs, in the arguments'
// order.
func placeholders(format string) []string {
	var all []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		all = append(all, strconv.Itoa(next)+m[2])
		next++
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestMessagesTakeTheirArguments(t *testing.T) {
	for _, m := range sourceMessages(t) {
		p := placeholders(m.key)
		if m.args >= 0 && len(p) != m.args {
			t.Errorf("%s: %q has %d placeholders and gets %d arguments", m.at, m.key, len(p), m.args)
		}
		for _, one := range placeholders(m.one) {
			if !slices.Contains(p, one) {
				t.Errorf("%s: %q has %s, which %q hasn't", m.at, m.one, one, m.key)
			}
		}
	}
}

func TestTranslations(t *testing.T) {
	used := map[string]string{}
	for _, m := range sourceMessages(t) {
		if strings.Trim(verb.ReplaceAllString(m.key, ""), " ") == "" {
			continue // nothing but arguments
		}
		used[m.key] = m.at
	}
	for _, l := range text.Languages()[1:] {
		translated := text.Translations(l)
		for key, at := range used {
			said, ok := translated[key]
			if !ok || said == "" {
				t.Errorf("%s: no translation to %s of %q", at, l, key)
				continue
			}
			if want, got := placeholders(key), placeholders(said); !slices.Equal(want, got) {
				t.Errorf("%s: %q needs the placeholders %v, its translation to %s has %v: %q", at, key, want, l, got, said)
			}
		}
		for key := range translated {
			if _, ok := used[key]; !ok {
				t.Errorf("the translation to %s of %q belongs to no message", l, key)
			}
		}
	}
}
