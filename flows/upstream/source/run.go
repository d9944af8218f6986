package source

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"example.com/upstreamauth/flows/parallel"
)

const (
	// patience is how long a program may take to print its answer.
	patience = 10 * time.Second
	// grace is how long its output may stay open once it has ended: what it has
	// printed is read well within that.
	grace = time.Second
	// maxComplaint is how much of what it says on standard error is read.
	maxComplaint = 8 << 10
)

// outcome is how a program ended.
type outcome int

const (
	ended      outcome = iota // by itself; code says how
	notStarted                // err says why
	hung
	flooded
	lingered
)

// program is one run of another program.
type program struct {
	words []string // its name and its arguments
	stdin string
	limit int // how many bytes it may print
	// patience and grace are the constants of those names; a test shortens them.
	patience, grace time.Duration
}

// result is what came of it. Its output belongs to the receiver, who wipes it.
type result struct {
	outcome outcome
	code    int    // of its exit; -1: a signal ended it
	ended   string // how it ended, in the system's words
	err     error  // why it wasn't started; missing: there is no such program
	missing bool
	out     []byte
	says    []byte // standard error
}

// run runs a program without a shell, without a terminal and in a process group
// of its own, and reads what it prints. A program that doesn't end well is
// killed, along with all that it has started. An error is the context's.
func (p program) run(ctx context.Context) (result, error) {
	limited, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	cmd := exec.Command(p.words[0], p.words[1:]...) //nolint:gosec,noctx // a person names it; its group is killed below
	cmd.Env = environment(os.Environ())
	cmd.Stdin = strings.NewReader(p.stdin)
	cmd.WaitDelay = p.grace // for a program that never reads
	group := ownGroup(cmd)

	out, outEnd, err := os.Pipe()
	if err != nil {
		return result{outcome: notStarted, err: err}, nil
	}
	defer out.Close()
	says, saysEnd, err := os.Pipe()
	if err != nil {
		_ = outEnd.Close()
		return result{outcome: notStarted, err: err}, nil
	}
	defer says.Close()
	cmd.Stdout, cmd.Stderr = outEnd, saysEnd
	err = cmd.Start()
	_, _ = outEnd.Close(), saysEnd.Close()
	if err != nil {
		group.release()
		// A program that is there may still lack the one that interprets it.
		_, gone := os.Stat(cmd.Path)
		missing := errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) && errors.Is(gone, os.ErrNotExist)
		return result{outcome: notStarted, err: err, missing: missing}, nil
	}
	group.started(cmd)
	defer group.release()

	printed := readAll(out, p.limit, nil)
	complained := readAll(says, maxComplaint, io.Discard)
	waited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its state says more
		close(waited)
	}()

	r := result{outcome: ended, code: -1}
	select {
	case <-waited:
		select {
		case <-printed.done:
		case <-time.After(p.grace):
			r.outcome = lingered
		case <-limited.Done():
			r.outcome = lingered
		}
	case <-printed.full:
	case <-limited.Done():
		r.outcome = hung
	}
	select {
	case <-printed.full:
		r.outcome = flooded
	default:
	}
	if r.outcome != ended {
		group.kill()
	}
	if passed(waited, p.grace) { // else the system can't end it, and nobody waits for it
		r.code, r.ended = cmd.ProcessState.ExitCode(), cmd.ProcessState.String()
	}
	if r.outcome == lingered && r.code != 0 {
		r.outcome = ended // that it failed says more
	}
	if r.outcome == ended && (r.code != 0 || printed.n == 0) {
		passed(complained.done, p.grace) // all that explains it
	}
	// Whoever still holds an end of a pipe is no longer listened to.
	_, _ = out.Close(), says.Close()
	r.out, r.says = printed.bytes(p.grace), complained.bytes(p.grace)
	if err := ctx.Err(); err != nil {
		r.wipe()
		return result{}, err
	}
	return r, nil
}

// passed waits for a channel to be closed, but not longer than that.
func passed(c <-chan struct{}, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}

// wipe overwrites what the program printed.
func (r *result) wipe() {
	clear(r.out)
	clear(r.says)
}

// reading is a pipe that is read into one buffer, of which no copies are made.
type reading struct {
	buffer     []byte
	n          int
	done, full chan struct{}
}

// readAll reads a pipe until its end. What comes after limit bytes goes to
// rest; where that is nil, the reading ends there and is full.
func readAll(pipe *os.File, limit int, rest io.Writer) *reading {
	r := &reading{buffer: make([]byte, limit+1), done: make(chan struct{}), full: make(chan struct{})}
	go func() {
		defer close(r.done)
		_, _ = parallel.Guard(func() (struct{}, error) {
			var err error
			r.n, err = io.ReadFull(pipe, r.buffer)
			switch {
			case err != nil: // its end, or nobody wants to hear more
			case rest == nil:
				close(r.full)
			default:
				_, _ = io.Copy(rest, pipe)
			}
			return struct{}{}, nil
		})
	}()
	return r
}

// bytes waits for the end of the reading, and returns what was read; nothing
// where a system can't let go of a pipe that somebody else keeps open.
func (r *reading) bytes(most time.Duration) []byte {
	if !passed(r.done, most) {
		return nil
	}
	return r.buffer[:r.n]
}

// environment is this program's own without its settings: those are nobody
// else's business.
func environment(all []string) []string {
	var theirs []string
	for _, v := range all {
		if !strings.HasPrefix(strings.ToUpper(v), "UPSTREAMAUTH_") {
			theirs = append(theirs, v)
		}
	}
	return theirs
}
