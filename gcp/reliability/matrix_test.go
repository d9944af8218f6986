package reliability

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// workers is how many cases run at once: most of a case is waiting.
const workers = 8

// course is a flow as it goes where nothing goes wrong.
type course struct {
	flow flow
	goal snapshot
	// asked are the calls in their order, calls the same by their names.
	asked, calls []call
}

// overtakes tells whether an edit of the repository just before the call must
// stop the run: the plan is made, and the repository is still to be updated.
func (c course) overtakes(at call, k kind) bool {
	update := slices.IndexFunc(c.asked, func(other call) bool { return other.Method == "ArtifactRegistry.UpdateRepository" })
	return k.foreign == edits && at.writes() && slices.Index(c.asked, at) < update
}

// result is how a case ended.
type result struct {
	flow   flow
	at     call
	kind   kind
	hit    bool
	first  outcome
	wrong  []string
	second outcome
}

func (r result) name() string { return r.flow.name + "/" + r.at.String() + "/" + r.kind.name }

// lab is what a matrix is run with.
type lab struct {
	site    *site
	program string
	mutant  string // the bug to bring out; empty: none
	dir     string
}

// course runs a flow without a fault.
func (l lab) course(ctx context.Context, f flow) (course, error) {
	c := course{flow: f}
	err := l.inWorld(ctx, f, func(w *world) error {
		o, err := w.run(ctx, l.program, l.args(w, f.command), nil)
		if err != nil {
			return err
		}
		if o.Exit != 0 {
			return fmt.Errorf("a clean run of %s ends with %d: %+v", f.name, o.Exit, o.Report.Problem)
		}
		c.asked = w.proxy.asked()
		c.calls = slices.Clone(c.asked)
		slices.SortFunc(c.calls, func(a, b call) int {
			if d := strings.Compare(a.Method, b.Method); d != 0 {
				return d
			}
			return a.N - b.N
		})
		c.goal, err = w.look(ctx, f)
		return err
	})
	return c, err
}

// args puts the files in their places.
func (l lab) args(w *world, command []string) []string {
	all := slices.Clone(command)
	for i, a := range all {
		switch a {
		case "TOKEN":
			all[i] = l.site.token()
		case "RECEIPT":
			if kept, _ := w.receipts().List(); len(kept) > 0 {
				all[i] = kept[len(kept)-1].Path // the oldest
			}
		}
	}
	return all
}

// inWorld makes a world for a flow and brings it to where the flow begins.
func (l lab) inWorld(ctx context.Context, f flow, use func(*world) error) error {
	state, err := os.MkdirTemp(l.dir, "state-")
	if err != nil {
		return err
	}
	w, err := l.site.newWorld(ctx, state)
	if err != nil {
		return err
	}
	defer w.close()
	w.mutant = l.mutant
	for _, command := range f.before {
		o, err := w.run(ctx, l.program, l.args(w, command), nil)
		if err != nil || o.Exit != 0 {
			return fmt.Errorf("%v, which comes before, ends with %d: %w", command, o.Exit, err)
		}
	}
	return use(w)
}

// attempt runs one case: the flow meets the fault, and is then run again.
func (l lab) attempt(ctx context.Context, c course, at call, k kind) result {
	r := result{flow: c.flow, at: at, kind: k}
	err := l.inWorld(ctx, c.flow, func(w *world) error {
		before, err := w.look(ctx, c.flow)
		if err != nil {
			return err
		}
		f := newFault(at, k)
		switch k.foreign {
		case grants:
			f.meanwhile = func(ctx context.Context) error { return w.foreign(ctx, c.flow) }
		case edits:
			f.meanwhile = func(ctx context.Context) error { return w.describe(ctx, c.flow) }
		case nobody:
		}
		if r.first, err = w.run(ctx, l.program, l.args(w, c.flow.command), f); err != nil {
			return err
		}
		if f.err != nil {
			return f.err
		}
		r.hit = f.hit()
		after, err := w.look(ctx, c.flow)
		if err != nil {
			return err
		}
		j := judge{flow: c.flow, fault: f, before: before, goal: c.goal, overtaken: r.hit && c.overtakes(at, k)}
		j.anyMoment(after)
		j.receipts(w.receipts(), after, len(c.flow.before))
		j.saidTruly(r.first, after)
		if c.flow.once && r.first.Exit == 0 {
			r.wrong = j.wrong
			return nil
		}
		if r.second, err = w.run(ctx, l.program, l.args(w, c.flow.command), nil); err != nil {
			return err
		}
		if after, err = w.look(ctx, c.flow); err != nil {
			return err
		}
		j.finished(r.second, after)
		j.anyMoment(after)
		r.wrong = j.wrong
		return nil
	})
	if err != nil {
		r.wrong = append(r.wrong, err.Error())
	}
	return r
}

// task is one case to run.
type task struct {
	course course
	at     call
	kind   kind
}

// manyCalls is from how many calls of one method on three stand for all: so
// many are made side by side, one for each of Google's locations.
const manyCalls = 20

// distinct are the calls without those for which others stand: the first, one
// in the middle and the last.
func (c course) distinct() []call {
	count := map[string]int{}
	for _, at := range c.calls {
		count[at.Method] = max(count[at.Method], at.N)
	}
	return slices.DeleteFunc(slices.Clone(c.calls), func(at call) bool {
		n := count[at.Method]
		return n >= manyCalls && at.N != 1 && at.N != n/2 && at.N != n
	})
}

// tasks are the cases of a course that choose lets through.
func (c course) tasks(choose func(call, kind) bool) []task {
	var all []task
	for _, at := range c.distinct() {
		for _, k := range kinds {
			if (at.writes() || !k.writes) && choose(at, k) {
				all = append(all, task{c, at, k})
			}
		}
	}
	return all
}

// attemptAll runs cases side by side, and stops when tell says so.
func (l lab) attemptAll(ctx context.Context, all []task, tell func(result) bool) []result {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	results := make([]result, len(all))
	next := make(chan int)
	var mu sync.Mutex
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				r := l.attempt(ctx, all[i].course, all[i].at, all[i].kind)
				mu.Lock()
				results[i] = r
				if ctx.Err() == nil && !tell(r) {
					stop()
				}
				mu.Unlock()
			}
		})
	}
	for i := range all {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
	return results
}

func newLab(t *testing.T) lab {
	t.Helper()
	l := lab{dir: t.TempDir()}
	var err error
	if l.site, err = newSite(l.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.site.close(); err != nil {
			t.Error(err)
		}
	})
	if l.program, err = program(); err != nil {
		t.Fatal(err)
	}
	return l
}

// shared is the folder of the program that all tests run.
var shared string

// program builds it for the first test that asks.
var program = sync.OnceValues(func() (string, error) {
	return buildProgram(context.Background(), shared, "upstreamauth", "")
})

func TestMain(m *testing.M) {
	var err error
	if shared, err = os.MkdirTemp("", "upstreamauth-reliability-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(shared) // the system's to clean
	os.Exit(code)
}

// courses runs all flows that choose lets through without a fault.
func (l lab) courses(ctx context.Context, choose func(flow) bool) ([]course, error) {
	var all []course
	for _, f := range writeFlows {
		if !choose(f) {
			continue
		}
		c, err := l.course(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// complain reports what is wrong with a case.
func complain(t *testing.T, r result) {
	t.Helper()
	for _, w := range r.wrong {
		t.Errorf("%s: %s\n\tit ended with %d and said: %+v %s", r.name(), w, r.first.Exit, r.first.Report, r.first.Stderr)
	}
}

// TestMatrix makes calls of every flow fail: those that are hardest, and all
// with `make reliability`.
func TestMatrix(t *testing.T) {
	if os.Getenv(pageVariable) != "" {
		t.Skip("TestReliability runs all cases")
	}
	l := newLab(t)
	courses, err := l.courses(t.Context(), func(flow) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	var all []task
	for _, c := range courses {
		all = append(all, c.tasks(representative)...)
	}
	for _, r := range l.attemptAll(t.Context(), all, func(result) bool { return true }) {
		complain(t, r)
	}
	t.Logf("%d cases of %d flows", len(all), len(courses))
}

// representative are the cases that every test run looks at: what is hardest,
// at the calls that write.
func representative(at call, k kind) bool {
	return at.writes() && slices.Contains([]string{"lost", "outage-after", "killed-after", "granted"}, k.name)
}
