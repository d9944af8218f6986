package reliability

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mutant is the program with a bug that is put in on purpose.
type mutant struct {
	name, says string
	// file, from the top of the repository, holds right, once, and is
	// compiled with wrong in its place.
	file, right, wrong string
	// flow and kinds are the cases that are to find it.
	flow  string
	kinds []string
}

// mutants are the bugs that the matrix was tried on.
var mutants = []mutant{
	{
		name: "AddSecretVersion is repeated blindly", says: "the client repeats a call that adds a version whenever its answer is lost",
		file:  "gcp/secrets.go",
		right: `needs: "secretmanager.versions.add"}`,
		wrong: `needs: "secretmanager.versions.add", repeat: true}`,
		flow:  "setup-existing-secret", kinds: []string{"lost", "cut-after"},
	},
	{
		name: "a lost version is not looked for", says: "after a lost answer another version is added without looking for the first",
		file:  "flows/act/store.go",
		right: `ours(ctx, r, v.Name, name, secret); ours {`,
		wrong: `ours(ctx, r, v.Name, name, secret); ours && false {`,
		flow:  "setup-existing-secret", kinds: []string{"lost", "cut-after"},
	},
	{
		name: "the policy is written without its etag", says: "a policy is written over what somebody else has written meanwhile",
		file:  "gcp/iam.go",
		right: `p.Version = policyVersion`,
		wrong: `p.Version, p.Etag = policyVersion, nil`,
		flow:  "setup-existing-secret", kinds: []string{"granted"},
	},
	{
		name: "the policy is read without its conditions", says: "a policy is asked for and written at version 1",
		file:  "gcp/iam.go",
		right: `const policyVersion = 3`,
		wrong: `const policyVersion = 1`,
		flow:  "setup-existing-secret", kinds: []string{"unavailable"},
	},
	{
		name: "the update is sent without a mask", says: "the repository is replaced as a whole, its description and labels with it",
		file:  "gcp/registry.go",
		right: `UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}`,
		wrong: `UpdateMask: &fieldmaskpb.FieldMask{Paths: paths[:0]}`,
		flow:  "setup-existing-secret", kinds: []string{"unavailable"},
	},
	{
		name: "a repository that was changed meanwhile is updated all the same", says: "nobody compares the time of its last change",
		file:  "flows/act/repository.go",
		right: `!is.UpdateTime.Equal(was.UpdateTime)`,
		wrong: `false`,
		flow:  "setup-existing-secret", kinds: []string{"edited"},
	},
	{
		name: "no receipt is written before an action", says: "a receipt tells of an action only once it has ended",
		file:  "flows/engine/receipt.go",
		right: "r.Actions[i].State = Running\n\treturn r.save()",
		wrong: "r.Actions[i].State = Running\n\treturn nil",
		flow:  "setup-existing-secret", kinds: []string{"killed-after"},
	},
	{
		name: "what may have been written is forgotten", says: "only actions that have come to their end count as changes",
		file:  "flows/engine/run.go",
		right: "defer r.mu.Unlock()\n\tr.changed = true",
		wrong: "defer r.mu.Unlock()",
		flow:  "setup-existing-secret", kinds: []string{"outage-after", "late"},
	},
}

// finding is the case that found a mutant, and what it said.
type finding struct {
	mutant mutant
	by     string
	says   string
}

// source is where the mutant's file is, and what it holds with the bug.
func (m mutant) source() (path, text string, err error) {
	if path, err = filepath.Abs(filepath.Join("..", "..", m.file)); err != nil {
		return "", "", err
	}
	right, err := os.ReadFile(path)
	if err != nil {
		return "", "", err
	}
	if n := strings.Count(string(right), m.right); n != 1 {
		return "", "", fmt.Errorf("%s holds %q %d times, so the bug cannot be put in", m.file, m.right, n)
	}
	return path, strings.Replace(string(right), m.right, m.wrong, 1), nil
}

// TestMutantsFit tells of a bug that no longer fits the program long before
// `make reliability` would.
func TestMutantsFit(t *testing.T) {
	for _, m := range mutants {
		if _, _, err := m.source(); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		if !slices.ContainsFunc(writeFlows, func(f flow) bool { return f.name == m.flow }) {
			t.Errorf("%s: there is no flow %s", m.name, m.flow)
		}
	}
}

// try builds a mutant and runs cases until one is wrong. It is an error if
// none is: then the matrix would not notice the bug.
func (l lab) try(ctx context.Context, m mutant) (finding, error) {
	path, source, err := m.source()
	if err != nil {
		return finding{}, err
	}
	dir, err := os.MkdirTemp(l.dir, "mutant-")
	if err != nil {
		return finding{}, err
	}
	bad := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(bad, []byte(source), 0o600); err != nil {
		return finding{}, err
	}
	healthy := l.program
	if l.program, err = buildProgram(ctx, dir, "program", map[string]string{path: bad}); err != nil {
		return finding{}, err
	}
	f := writeFlows[slices.IndexFunc(writeFlows, func(f flow) bool { return f.name == m.flow })]
	if _, red := l.course(ctx, f); red != nil {
		return finding{m, f.name + " without any fault", red.Error()}, nil // that a run fails is what was hoped for
	}
	// What a run leads to is what it leads to without the bug.
	c, err := lab{l.site, healthy, l.dir}.course(ctx, f)
	if err != nil {
		return finding{}, err
	}
	red := finding{mutant: m}
	l.attemptAll(ctx, c.tasks(func(_ call, k kind) bool { return slices.Contains(m.kinds, k.name) }), func(r result) bool {
		if len(r.wrong) > 0 {
			red.by, red.says = r.name(), r.wrong[0]
		}
		return red.by == ""
	})
	if red.by == "" {
		return red, fmt.Errorf("no case of %v notices it", m.kinds)
	}
	return red, nil
}
