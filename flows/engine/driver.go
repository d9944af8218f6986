package engine

import (
	"context"
	"sync"
	"time"
)

// Driver runs a machine's jobs side by side for a front end that has no event
// loop of its own, and delivers their results one after the other.
type Driver struct {
	Machine *Machine
	// Tell, if set, is called after each delivery.
	Tell func()
	// Enough, if set, ends Settle a moment later though not all is there, as
	// when the first page of a long list can be shown. The next call goes on.
	Enough func() bool
	// Stopping, if set, is called when the run was asked to stop while it is
	// applying: what is under way comes to its end first.
	Stopping func()

	results chan Result
	waiting int
	group   sync.WaitGroup
	closed  chan struct{}
}

// moment is how long the rest of a list may take without being left for later.
const moment = 200 * time.Millisecond

// NewDriver drives a machine.
func NewDriver(m *Machine) *Driver {
	return &Driver{Machine: m, results: make(chan Result), closed: make(chan struct{})}
}

// Settle runs jobs, and those that follow from them, until the machine waits
// for an answer. It does not wait for jobs that only read ahead. When the
// context ends, the machine is interrupted: what is being applied comes to its
// end, all else is left at once.
func (d *Driver) Settle(ctx context.Context, jobs []Job) {
	start := func(jobs []Job) {
		for _, j := range jobs {
			if !j.Ahead {
				d.waiting++
			}
			d.group.Go(func() {
				r := j.Run()
				if j.Ahead {
					return
				}
				select {
				case d.results <- r:
				case <-d.closed:
				}
			})
		}
	}
	start(jobs)
	done := ctx.Done()
	var over <-chan time.Time
	for d.waiting > 0 {
		if over == nil && d.enough() {
			over = time.After(moment)
		}
		select {
		case <-over:
			if over = nil; d.enough() {
				return
			}
		case r := <-d.results:
			d.waiting--
			start(d.Machine.Deliver(r))
			if d.Tell != nil {
				d.Tell()
			}
		case <-done:
			done = nil
			d.Machine.Interrupt()
			if d.Machine.Phase() != Applying {
				return
			}
			if d.Stopping != nil {
				d.Stopping()
			}
		}
	}
}

func (d *Driver) enough() bool { return d.Enough != nil && d.Enough() }

// Close cancels what is under way and waits for it, and only then closes the
// machine: no token is wiped under the hands of a job.
func (d *Driver) Close() {
	d.Machine.Leave()
	close(d.closed)
	d.group.Wait()
	d.Machine.Close()
}
