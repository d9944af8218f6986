package engine

import (
	"context"
	"iter"
	"sync"

	"example.com/upstreamauth/flows/parallel"
)

// puller reads a sequence one element at a time, from whichever goroutine, and
// can be stopped while an element is under way.
type puller struct {
	mu      sync.Mutex // held while an element is under way
	pull    func() (Prompt, error, bool)
	end     func()
	cancel  context.CancelFunc
	stopped chan struct{}
	once    sync.Once
}

func pull(seq iter.Seq2[Prompt, error], cancel context.CancelFunc) *puller {
	next, stop := iter.Pull2(seq)
	return &puller{pull: next, end: stop, cancel: cancel, stopped: make(chan struct{})}
}

// next returns the next element; more is false at the end.
func (p *puller) next() (prompt Prompt, more bool, err error) {
	p.mu.Lock()
	defer p.unlock()
	_, err = parallel.Guard(func() (struct{}, error) {
		var failed error
		prompt, failed, more = p.pull()
		return struct{}{}, failed
	})
	return prompt, more, err
}

// unlock ends the sequence if it was stopped meanwhile.
func (p *puller) unlock() {
	select {
	case <-p.stopped:
		p.end()
	default:
	}
	p.mu.Unlock()
}

// stop cancels what is under way. It does not wait for it.
func (p *puller) stop() {
	p.cancel()
	p.once.Do(func() { close(p.stopped) })
	if p.mu.TryLock() {
		p.end()
		p.mu.Unlock()
	}
}
