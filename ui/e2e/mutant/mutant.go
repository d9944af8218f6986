// Package mutant puts bugs into the program on purpose, so that a test can show
// that it finds them. A bug is found by what it changes in the syntax tree: a
// function and a kind of change, such as a call that is dropped. So neither
// formatting nor the name of a variable hides it, and one that finds no place, or
// more than one, is an error.
//
// All bugs of a build are compiled into it, each behind Variable: a function with
// a bug has a second body, which runs where the variable names that bug.
package mutant

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Variable is the environment variable that names the bug to bring out.
const Variable = "MUTANT"

// Mutant is a bug.
type Mutant struct {
	// Name is what Variable brings it out by; empty: it is always there.
	Name    string
	Changes []Change
}

// Change is a change of one function, or a file of its own.
type Change struct {
	// Folder is the package's, from the module's root.
	Folder string
	// Func is a function, or a method with or without its type: Client.AddVersion.
	// Empty: whichever function of the package has the place.
	Func string
	edit edit
	// every: the edit is made at every place in every function that has one.
	every bool
	// added is the text of a file of its own.
	added string
}

// String names the change for an error.
func (c Change) String() string {
	if c.added != "" {
		return "a file of " + c.Folder
	}
	where := c.Folder
	if c.Func != "" {
		where += "." + c.Func
	}
	return c.edit.says + " in " + where
}

// Adds is a file of a package, which is always there.
func Adds(folder, text string) Change { return Change{Folder: folder, added: text} }

// Overlay writes the bugs below dir, for the module at root, and returns the file
// for the go command's -overlay.
func Overlay(root, dir string, mutants ...Mutant) (string, error) {
	o := overlay{root: root, folders: map[string]*folder{}}
	for _, always := range []bool{true, false} { // what is always there is in both bodies
		for _, m := range mutants {
			if (m.Name == "") != always {
				continue
			}
			for _, c := range m.Changes {
				if err := o.change(m.Name, c); err != nil {
					return "", fmt.Errorf("mutant %q: %w", m.Name, err)
				}
			}
		}
	}
	replace, err := o.write(dir)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// overlay is a set of changed packages.
type overlay struct {
	root    string
	folders map[string]*folder
}

// folder is a package.
type folder struct {
	files map[string]*source // by their paths
	added []string
}

// source is a file: what it holds, and what it would hold with one bug each.
type source struct {
	original, base string
	mutated        map[string]string
}

func (o *overlay) folder(name string) (*folder, error) {
	if f := o.folders[name]; f != nil {
		return f, nil
	}
	paths, err := filepath.Glob(filepath.Join(o.root, filepath.FromSlash(name), "*.go"))
	if err != nil {
		return nil, err
	}
	f := &folder{files: map[string]*source{}}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path) //nolint:gosec // a source file of the module
		if err != nil {
			return nil, err
		}
		f.files[path] = &source{original: string(text), base: string(text), mutated: map[string]string{}}
	}
	if len(f.files) == 0 {
		return nil, fmt.Errorf("there is no package %s", name)
	}
	o.folders[name] = f
	return f, nil
}

func (o *overlay) change(name string, c Change) error {
	f, err := o.folder(c.Folder)
	if err != nil {
		return err
	}
	if c.added != "" {
		f.added = append(f.added, c.added)
		return nil
	}
	places, functions := 0, 0
	for _, path := range slices.Sorted(maps.Keys(f.files)) {
		s := f.files[path]
		text := s.base
		if changed, ok := s.mutated[name]; ok {
			text = changed
		}
		p, err := parse(text)
		if err != nil {
			return err
		}
		var splices []splice
		for _, d := range p.functions() {
			if is := nameOf(d); c.Func != "" && c.Func != is && !strings.HasSuffix(is, "."+c.Func) {
				continue
			}
			functions++
			splices = append(splices, c.edit.find(p, d.Body)...)
		}
		if len(splices) == 0 {
			continue
		}
		places += len(splices)
		text = apply(text, splices)
		if name == "" {
			s.base = text
		} else {
			s.mutated[name] = text
		}
	}
	switch {
	case functions == 0:
		return fmt.Errorf("%s: there is no such function", c)
	case places == 0 || places > 1 && !c.every:
		return fmt.Errorf("%s: it has %d places, and must have one", c, places)
	}
	return nil
}

// write writes the changed files and returns what each is in the place of.
func (o *overlay) write(dir string) (map[string]string, error) {
	replace := map[string]string{}
	put := func(original, text string) error {
		path := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		replace[original] = path
		return os.WriteFile(path, []byte(text), 0o600)
	}
	for name, f := range o.folders {
		here := filepath.Join(o.root, filepath.FromSlash(name))
		for i, text := range f.added {
			if err := put(filepath.Join(here, fmt.Sprintf("mutant_added_%d.go", i)), text); err != nil {
				return nil, err
			}
		}
		chosen := ""
		for path, s := range f.files {
			text, err := s.text()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if text == s.original {
				continue
			}
			if err := put(path, text); err != nil {
				return nil, err
			}
			if len(s.mutated) > 0 {
				p, err := parse(text)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", path, err)
				}
				chosen = fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar %s = os.Getenv(%q)\n", p.file.Name.Name, chosenName, Variable)
			}
		}
		if chosen != "" {
			if err := put(filepath.Join(here, "mutant_chosen.go"), chosen); err != nil {
				return nil, err
			}
		}
	}
	return replace, nil
}

// chosenName is the package's variable that holds the name of the bug to bring out.
const chosenName = "mutantChosen"

// text is the file with a second body in each function that has a bug.
func (s *source) text() (string, error) {
	base, err := parse(s.base)
	if err != nil {
		return "", err
	}
	var splices []splice
	for _, name := range slices.Sorted(maps.Keys(s.mutated)) {
		mutated, err := parse(s.mutated[name])
		if err != nil {
			return "", fmt.Errorf("with the bug %q: %w", name, err)
		}
		with := mutated.functions()
		for i, d := range base.functions() {
			body, own := mutated.of(with[i].Body), base.of(d.Body)
			if body == own {
				continue
			}
			at := base.offset(d.Body.Lbrace) + 1
			second := fmt.Sprintf("\nif %s == %q {%s", chosenName, name, strings.TrimSuffix(strings.TrimPrefix(body, "{"), "}"))
			if d.Type.Results == nil {
				second += "\nreturn\n"
			}
			splices = append(splices, splice{at, at, second + "}\n"})
		}
	}
	return apply(s.base, splices), nil
}

// parsed is a file's text and its tree.
type parsed struct {
	text string
	set  *token.FileSet
	file *ast.File
}

func parse(text string) (*parsed, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
	return &parsed{text, set, file}, err
}

func (p *parsed) offset(at token.Pos) int { return p.set.Position(at).Offset }

func (p *parsed) of(n ast.Node) string { return p.text[p.offset(n.Pos()):p.offset(n.End())] }

func (p *parsed) functions() []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, d := range p.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			all = append(all, f)
		}
	}
	return all
}

// nameOf is a function's name, with that of its receiver's type.
func nameOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name + "." + d.Name.Name
	}
	return d.Name.Name
}

// splice is a text in the place of another.
type splice struct {
	from, to int
	text     string
}

// apply makes splices, those at the same place in their order.
func apply(text string, splices []splice) string {
	slices.SortStableFunc(splices, func(a, b splice) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, s := range splices {
		b.WriteString(text[at:s.from] + s.text)
		at = s.to
	}
	return b.String() + text[at:]
}
