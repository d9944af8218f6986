package reliability

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"example.com/upstreamauth/ui/e2e"
	"example.com/upstreamauth/ui/e2e/mutant"
)

// planted is the program with a bug that is put in on purpose, and that a case of
// the matrix must find.
type planted struct {
	name, says string
	changes    []mutant.Change
	// flow and kinds are the cases that are to find it.
	flow  string
	kinds []string
}

// inProgram are the bugs that the matrix is tried on. All of them are in one
// program, where mutant.Variable brings one out.
var inProgram = []planted{
	{
		name: "AddSecretVersion is repeated blindly", says: "the client repeats a call that adds a version whenever its answer is lost",
		changes: one(mutant.In("gcp", "AddVersion").FieldBecomes("needs", "$, repeat: true")),
		flow:    "setup-existing-secret", kinds: []string{"lost", "cut-after"},
	},
	{
		name: "a lost version is not looked for", says: "after a lost answer another version is added without looking for the first",
		changes: one(mutant.In("flows/act", "ours").Begins("return false, false")),
		flow:    "setup-existing-secret", kinds: []string{"lost", "cut-after"},
	},
	{
		name: "the policy is written without its etag", says: "a policy is written over what somebody else has written meanwhile",
		changes: one(mutant.In("gcp", "writePolicy").After("p.Version", "p.Etag = nil")),
		flow:    "setup-existing-secret", kinds: []string{"granted"},
	},
	{
		name: "the policy is read without its conditions", says: "a policy is asked for and written at version 1",
		changes: one(mutant.In("gcp", "").NameBecomes("policyVersion", "1")),
		flow:    "setup-existing-secret", kinds: []string{"unavailable"},
	},
	{
		name: "the update is sent without a mask", says: "the repository is replaced as a whole, its description and labels with it",
		changes: one(mutant.In("gcp", "").FieldBecomes("UpdateMask", "&fieldmaskpb.FieldMask{Paths: paths[:0]}")),
		flow:    "setup-existing-secret", kinds: []string{"unavailable"},
	},
	{
		name: "a repository that was changed meanwhile is updated all the same", says: "nobody compares the time of its last change",
		changes: one(mutant.In("flows/act", "Update").IsFalse("is.UpdateTime")),
		flow:    "setup-existing-secret", kinds: []string{"edited"},
	},
	{
		name: "no receipt is written before an action", says: "a receipt tells of an action only once it has ended",
		changes: one(mutant.In("flows/engine", "begin").CallBecomes("r.save", "error(nil)"), mutant.In("flows/engine", "intend").CallBecomes("r.save", "error(nil)").Everywhere()),
		flow:    "setup-existing-secret", kinds: []string{"killed-after"},
	},
	{
		name: "what may have been written is forgotten", says: "only actions that have come to their end count as changes",
		changes: one(mutant.In("flows/engine", "wrote").DropsAssignment("r.changed")),
		flow:    "setup-existing-secret", kinds: []string{"outage-after", "late"},
	},
}

// finding is the case that found a mutant, and what it said.
type finding struct {
	mutant planted
	by     string
	says   string
}

// mutantsOfProgram are the bugs to build into the program.
func mutantsOfProgram() []mutant.Mutant {
	var all []mutant.Mutant
	for _, m := range inProgram {
		all = append(all, mutant.Mutant{Name: m.name, Changes: m.changes})
	}
	return all
}

// TestMutantsFit tells of a bug that no longer fits the program long before
// `make reliability` would.
func TestMutantsFit(t *testing.T) {
	if _, err := mutant.Overlay(e2e.Root(), t.TempDir(), mutantsOfProgram()...); err != nil {
		t.Error(err)
	}
	for _, m := range inProgram {
		if !slices.ContainsFunc(writeFlows, func(f flow) bool { return f.name == m.flow }) {
			t.Errorf("%s: there is no flow %s", m.name, m.flow)
		}
	}
}

// withBugs is the lab with the program that has every bug in it.
func (l lab) withBugs(ctx context.Context) (lab, error) {
	dir, err := os.MkdirTemp(l.dir, "mutants-")
	if err != nil {
		return l, err
	}
	overlay, err := mutant.Overlay(e2e.Root(), dir, mutantsOfProgram()...)
	if err != nil {
		return l, err
	}
	l.program, err = buildProgram(ctx, dir, "program", overlay)
	return l, err
}

// try brings a bug out and runs cases until one is wrong. It is an error if
// none is: then the matrix would not notice the bug.
func (l lab) try(ctx context.Context, m planted) (finding, error) {
	sound := l
	l.mutant = m.name
	f := writeFlows[slices.IndexFunc(writeFlows, func(f flow) bool { return f.name == m.flow })]
	if _, red := l.course(ctx, f); red != nil {
		return finding{m, f.name + " without any fault", red.Error()}, nil // that a run fails is what was hoped for
	}
	// What a run leads to is what it leads to without the bug.
	c, err := sound.course(ctx, f)
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
