package reliability

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// story is one case beside the matrix: a flow, what happens to it, and what must
// hold in the end.
type story struct {
	flow, at, kind string
	run            func(ctx context.Context) (wrong []string, err error)
}

func (s story) name() string { return s.flow + "/" + s.at + "/" + s.kind }

// column is the group of stories that a story counts in.
type column struct{ name, says string }

// afterwards are the faults that an undo follows: the answer is lost, and nothing
// can be asked any more until the run has ended.
var afterwards = []kind{
	{name: "outage-after, undo", code: codes.Unavailable, outage: true, after: true},
	{name: "outage, undo", code: codes.Unavailable, outage: true},
	{name: "killed-after, undo", kill: true, after: true},
	{name: "killed, undo", kill: true},
}

// storyColumns are the columns of the page's table.
func storyColumns() []column {
	var all []column
	for _, h := range hands {
		all = append(all, column{h.name, h.says + ", just before a write; all that they use or made stays as they left it"})
	}
	for _, k := range afterwards {
		says := "a write has happened, its answer is lost and Google is out; then `undo`, which leads back to what was before"
		switch {
		case k.kill && k.after:
			says = "SIGKILL when a write has happened; then `undo`, which leads back to what was before"
		case k.kill:
			says = "SIGKILL right before a write; then `undo`, which leads back to what was before"
		case !k.after:
			says = "Google is out from a write on, which has not happened; then `undo`, which leads back to what was before"
		}
		all = append(all, column{k.name, says})
	}
	for _, h := range madeAnew {
		all = append(all, column{h.name + ", undo", h.says + " after the run; then `undo`, which leaves it as it is"})
	}
	return all
}

// madeAnew are the things that others create anew between a run and its undo.
var madeAnew = hands[2:]

// stories are all cases beside the matrix, of one course.
func (l lab) stories(c course) []story {
	var all []story
	for _, at := range c.distinct() {
		if !at.writes() {
			continue
		}
		for _, h := range hands {
			if at.Method == "ArtifactRegistry.UpdateRepository" && h.anew == "repository" {
				continue // between the last look and the write: Artifact Registry has no etags
			}
			all = append(all, story{c.flow.name, at.String(), h.name, func(ctx context.Context) ([]string, error) { return l.meets(ctx, c, at, h) }})
		}
		for _, k := range afterwards {
			all = append(all, story{c.flow.name, at.String(), k.name, func(ctx context.Context) ([]string, error) { return l.undoes(ctx, c, at, k) }})
		}
	}
	for _, h := range madeAnew {
		all = append(all, story{c.flow.name, "end", h.name + ", undo", func(ctx context.Context) ([]string, error) { return l.undoesBeside(ctx, c, h) }})
	}
	return all
}

// meets lets somebody else act just before a write.
func (l lab) meets(ctx context.Context, c course, at call, h hand) (wrong []string, err error) {
	err = l.inWorld(ctx, c.flow, func(w *world) error {
		before, err := w.look(ctx, c.flow)
		if err != nil {
			return err
		}
		f := newFault(at, kind{name: h.name, foreign: edits})
		var stays func(context.Context) error
		f.meanwhile = func(ctx context.Context) (err error) {
			stays, err = h.do(ctx, w, c.flow, before)
			return err
		}
		o, err := w.run(ctx, l.program, l.args(w, c.flow.command), f)
		if err != nil || f.err != nil {
			return fmt.Errorf("%w, %w", err, f.err)
		}
		if stays == nil { // the call did not come this time
			return nil
		}
		if lost := stays(ctx); lost != nil {
			wrong = append(wrong, fmt.Sprintf("%v; it ended with %d, %+v", lost, o.Exit, o.Report.Problem))
		}
		if o.Exit != exitDone && (o.Report.Problem == nil || len(o.Report.Problem.Hints) == 0) {
			wrong = append(wrong, fmt.Sprintf("it ends with %d and does not say what to do: %+v", o.Exit, o.Report.Problem))
		}
		return nil
	})
	return wrong, err
}

// undo takes the newest run back. Of an undo that did not get through it finishes
// the rest.
var undo = []string{"undo"}

// undoes loses a write, and takes the run back when Google answers again.
func (l lab) undoes(ctx context.Context, c course, at call, k kind) (wrong []string, err error) {
	err = l.inWorld(ctx, c.flow, func(w *world) error {
		before, err := w.look(ctx, c.flow)
		if err != nil {
			return err
		}
		f := newFault(at, k)
		if _, err := w.run(ctx, l.program, l.args(w, c.flow.command), f); err != nil {
			return err
		}
		if !f.hit() {
			return nil
		}
		back, command := before, undo
		if c.flow.command[0] == "undo" {
			back, command = c.goal, c.flow.command
		}
		o, err := w.run(ctx, l.program, l.args(w, command), nil)
		if err != nil {
			return err
		}
		now, err := w.look(ctx, c.flow)
		if err != nil {
			return err
		}
		j := judge{flow: c.flow, fault: f, before: before, goal: c.goal}
		if diff := j.differ(standing(back, back, j.flow.agent()), standing(back, now, j.flow.agent())); diff != "" {
			wrong = append(wrong, fmt.Sprintf("undo ends with %d and leaves something (-before +now):\n%s\n%+v", o.Exit, diff, o.Report))
		}
		if o.Exit != exitDone && (o.Report.Problem == nil || len(o.Report.Problem.Hints) == 0) {
			wrong = append(wrong, fmt.Sprintf("undo ends with %d and does not say what to do: %+v", o.Exit, o.Report.Problem))
		}
		return nil
	})
	return wrong, err
}

// standing is what is in anybody's way: without the versions that are disabled
// and were not there before, the secrets that hold nothing else, and the APIs,
// which an undo leaves on; and without the order of members.
func standing(before, now snapshot, agent string) snapshot {
	now.Services, now.Token = nil, ""
	secrets := map[string]secretState{}
	for name, s := range now.Secrets {
		was, existed := before.Secrets[name]
		old := len(was.Versions)
		kept := slices.Clone(s.Versions[:min(old, len(s.Versions))])
		for _, v := range s.Versions[min(old, len(s.Versions)):] {
			if v.State != "DISABLED" {
				kept = append(kept, v)
			}
		}
		s.Policy = proto.CloneOf(s.Policy) // a member that is given back comes last
		for _, b := range s.Policy.GetBindings() {
			slices.Sort(b.Members)
		}
		if s.Versions = kept; existed || len(kept) > 0 || granted(s.Policy, agent) {
			secrets[name] = s
		}
	}
	now.Secrets = secrets
	return now
}

// undoesBeside lets somebody create something anew after a run, and takes the run
// back.
func (l lab) undoesBeside(ctx context.Context, c course, h hand) (wrong []string, err error) {
	err = l.inWorld(ctx, c.flow, func(w *world) error {
		command := c.flow.command
		if command[0] != "undo" { // else what it takes back has been run already
			if _, err := w.run(ctx, l.program, l.args(w, command), nil); err != nil {
				return err
			}
			command = undo
		}
		now, err := w.look(ctx, c.flow)
		if err != nil {
			return err
		}
		stays, err := h.do(ctx, w, c.flow, now)
		if err != nil {
			return err
		}
		o, err := w.run(ctx, l.program, l.args(w, command), nil)
		if err != nil {
			return err
		}
		if lost := stays(ctx); lost != nil {
			wrong = append(wrong, fmt.Sprintf("%v; undo ended with %d, %+v", lost, o.Exit, o.Report.Problem))
		}
		return nil
	})
	return wrong, err
}

// tellAll runs stories side by side; it returns how many of a flow's and a
// column's were told.
func tellAll(ctx context.Context, t *testing.T, all []story) map[[2]string]int {
	t.Helper()
	told := map[[2]string]int{}
	next := make(chan story)
	var mu sync.Mutex
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for s := range next {
				wrong, err := s.run(ctx)
				mu.Lock()
				if err != nil {
					wrong = append(wrong, err.Error())
				}
				for _, w := range wrong {
					t.Errorf("%s: %s", s.name(), w)
				}
				told[[2]string{s.flow, s.kind}]++
				mu.Unlock()
			}
		})
	}
	for _, s := range all {
		next <- s
	}
	close(next)
	group.Wait()
	return told
}

// TestStories tells the cases beside the matrix: a few of them, and all with
// `make reliability`.
func TestStories(t *testing.T) {
	if os.Getenv(pageVariable) != "" {
		t.Skip("TestReliability runs all cases")
	}
	l := newLab(t)
	courses, err := l.courses(t.Context(), func(f flow) bool { return f.name == "remove" || f.name == "setup-existing-secret" })
	if err != nil {
		t.Fatal(err)
	}
	var all []story
	for _, c := range courses {
		for i, s := range l.stories(c) {
			if i%3 == 0 || s.at == "end" {
				all = append(all, s)
			}
		}
	}
	tellAll(t.Context(), t, all)
	t.Logf("%d stories", len(all))
}

const pageStories = `
## Other hands, and undo

What others do between a plan and one of its writes, or between a run and its undo, and an undo after a write whose answer was lost.
A cell is how many cases there are, one for each write of the flow; in all of them what others use or made stays as they left it,
and undo leads back to what was before, or says what is left.

| column | what happens |
|---|---|
`

// storiesPage is the table of the stories.
func storiesPage(courses []course, told map[[2]string]int) string {
	var b strings.Builder
	b.WriteString(pageStories)
	for _, c := range storyColumns() {
		fmt.Fprintf(&b, "| %s | %s |\n", c.name, c.says)
	}
	b.WriteString("\n| flow |")
	for _, c := range storyColumns() {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(storyColumns())) + "\n")
	for _, c := range courses {
		b.WriteString("| " + c.flow.name + " |")
		for _, col := range storyColumns() {
			fmt.Fprintf(&b, " %d |", told[[2]string{c.flow.name, col.name}])
		}
		b.WriteString("\n")
	}
	return b.String()
}
