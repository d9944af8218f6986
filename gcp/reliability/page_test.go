package reliability

import (
	"fmt"
	"slices"
	"strings"
)

// cell is a result in one word: the exit code, and after the arrow that of
// running the same command again.
func (r result) cell() string {
	switch {
	case len(r.wrong) > 0:
		return "WRONG"
	case !r.hit:
		return "·"
	case r.first.Killed:
		return fmt.Sprintf("†→%d", r.second.Exit)
	case r.first.Exit == 0:
		return "0"
	default:
		return fmt.Sprintf("%d→%d", r.first.Exit, r.second.Exit)
	}
}

const pageHead = `# What happens when something fails

<!-- Written by "make reliability". Do not edit. -->

Every flow that changes anything was run against the emulator, and each of its calls was made to fail in every way of the list
below: %d cases, %d of which met their fault, and none of which broke a promise. The real program runs in each of them, as a process
of its own; a proxy between it and the emulator fails, loses, cuts or holds one call. Then the same command is run again.

What is held after each case:

- The repository has its old credentials or its new ones, never a mixture, and pulls through it work as they did with the old ones
  or do with the new ones.
- Running the same command again exits with 0 and leads to the very state that a run without any fault leads to. (An undo that
  names no receipt has nothing left to do after a good end, and says so. A rotation that could not prove the new token takes it
  back and disables the version; the next one adds a version of its own.)
- No secret holds the same token in two enabled versions, and running the same command again leaves no more versions than a clean run.
- Every binding of every policy is there once, in its order and with its condition, somebody else's of the same moment included;
  the service agent is in no more than one of them.
- Nothing else of the repository has changed: its description, labels and source.
- Every receipt can be read, and each change is told by a receipt that was written before it was made, even where the program was
  ended by SIGKILL in the middle of it. A write whose answer never came stays in it: undo looks at what has become of that write,
  takes it back, or says what may be left and how to look, and then never ends with 0 (TestUndoAfterALostAnswer loses each write of
  each flow, and kills the program there, whether or not the write has happened).
- The exit code is true: 0 means done and verified, 1 and 4 mean that nothing was changed or all was taken back, 3 means that
  something was or may have been changed, and 5, of doctor, that the repository is still broken. What did not succeed says what
  to do. What a good end leaves as it is, because it could not be found out whether somebody else needs it, is named with the
  reason.
- Somebody else's grant of the same moment never stops a run; an edit of the repository between the plan and its update always does.

Repeat it with

    make reliability                                  # all of it, and this page
    make reliability CASE=%s

where CASE is the beginning of the names of the cases to run: FLOW/CALL#N/FAULT, as in the tables.

## The faults

| fault | what happens |
|---|---|
`

const pageTables = `
## The cases

A cell is the program's exit code. Where it is not 0, the one of running the same command again follows. † means that the program
was ended by SIGKILL, a dot that the call did not come this time, as calls are made side by side, and an empty cell that the fault
would be the same as another one: a read whose answer is lost has changed nothing. Where a method is called once for each of
Google's locations, the first call, one in the middle and the last stand for all.
`

const pageRaces = `
## Many writers at once

Artifact Registry has no etags, and Secret Manager's policies have one for all writers. The same command also runs these:

- 1,000 grants by 8 clients at once to one policy of version 3 with a condition and 400 other members, while somebody else makes
  50 edits: every grant and every edit is there, once, and all else is as it was (TestNoGrantIsLost).
- Four runs of setup at once, two for each of two repositories, all with one secret, while somebody else never stops to edit its
  policy: no binding is lost or doubled, and both repositories pull (TestSetupsAtOnce).
- Two and three setups of one token at once, none of which has found a version with it, leave one enabled version, which every
  repository uses (TestSetupsAtOnceLeaveOneVersion); so do two rotations of one repository (TestRotationsAtOnceLeaveOneVersion).
- A policy with one place left of 1,500 takes the grant; a full one, one that the caller may not write, and one that an
  organisation policy keeps closed are problems with a remedy, and stay as they were (TestPoliciesThatCannotBeChanged).
- A repository whose credentials somebody else takes away between the plan and its update stops the run, and keeps that change
  (TestARepositoryThatChangesStopsTheRun).
- A repository that comes to use a version, a version that is added to a secret, a secret that is made anew, between the plan of
  an undo or a removal and its yes, or in the middle of it: what is used stays, and who uses it is said (TestTakingAwayMeetsARival,
  TestTakingAwayLooksAgain).
- A version that somebody else adds at the moment when ours is lost is not taken for ours (TestALostVersionIsToldFromSomebodyElses).
`

const pageMutants = `
## Bugs put in on purpose

A test that cannot fail proves nothing. Each of these bugs was compiled into the program, and turned a case red:

| bug | what it does | found by | which says |
|---|---|---|---|
`

func pageOf(courses []course, results []result, told map[[2]string]int, found []finding, parts []bug) string {
	var b strings.Builder
	hit := 0
	for _, r := range results {
		if r.hit {
			hit++
		}
	}
	example := "setup-existing-secret/SecretManagerService.AddSecretVersion#1/lost"
	fmt.Fprintf(&b, pageHead, len(results), hit, example)
	for _, k := range kinds {
		fmt.Fprintf(&b, "| %s | %s |\n", k.name, k.says)
	}
	b.WriteString(pageTables)
	for _, c := range courses {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n| call |", c.flow.name, c.flow.says)
		for _, k := range kinds {
			b.WriteString(" " + k.name + " |")
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(kinds)) + "\n")
		for _, at := range c.distinct() {
			b.WriteString("| " + at.String() + " |")
			for _, k := range kinds {
				i := slices.IndexFunc(results, func(r result) bool { return r.flow.name == c.flow.name && r.at == at && r.kind.name == k.name })
				if i < 0 {
					b.WriteString(" |")
					continue
				}
				b.WriteString(" " + results[i].cell() + " |")
			}
			b.WriteString("\n")
		}
	}
	b.WriteString(storiesPage(courses, told))
	b.WriteString(pageRaces)
	b.WriteString(pageMutants)
	for _, f := range found {
		says, _, _ := strings.Cut(f.says, "\n")
		says, _, _ = strings.Cut(says, " (-")  // the difference that follows
		says, _, _ = strings.Cut(says, ": &{") // a problem in full
		fmt.Fprintf(&b, "| %s | %s (`%s`) | %s | %s |\n", f.mutant.name, f.mutant.says, f.mutant.changes[0].Folder, f.by, says)
	}
	b.WriteString(pageParts)
	for _, p := range parts {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.name, strings.TrimPrefix(p.in, "./"), p.test)
	}
	return b.String()
}

const pageParts = `
And each of these was compiled into the tests of one package, and made the test that is named for it fail:

| bug | package | found by |
|---|---|---|
`
