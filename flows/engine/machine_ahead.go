package engine

import (
	"context"
	"sync"

	"example.com/upstreamauth/flows/parallel"
)

// warm makes a job that only reads ahead. It outlives the question, but not the
// token that it looks at.
func (m *Machine) warm(name string, read func(ctx context.Context)) Job {
	if cancel := m.warms[name]; cancel != nil {
		cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.warms[name] = cancel
	ahead := m.ahead
	return Job{Ahead: true, run: func() Result {
		defer cancel()
		if ahead.begin() {
			defer ahead.end()
			_, _ = parallel.Guard(func() (struct{}, error) { read(ctx); return struct{}{}, nil })
		}
		return Result{}
	}}
}

// ahead are the jobs under way that only read ahead.
type ahead struct {
	mu     sync.Mutex
	group  sync.WaitGroup
	closed bool
}

// begin counts a job in, unless it comes too late.
func (a *ahead) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.group.Add(1)
	}
	return !a.closed
}

func (a *ahead) end() { a.group.Done() }

// close lets no further job begin and waits for those under way, which have
// been cancelled and wait for nothing.
func (a *ahead) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.group.Wait()
}

// stopAhead ends all reading ahead.
func (m *Machine) stopAhead() {
	for _, cancel := range m.warms {
		cancel()
	}
	m.ahead.close()
	m.ahead = &ahead{}
}

// warmGiven reads, side by side, what the checks of all given answers and the
// plan will need; they find it there when their turn comes.
func (m *Machine) warmGiven() []Job {
	d := m.draft.clone()
	for _, s := range m.steps {
		if a, ok := m.answers[s.ID]; ok && s.Record(&d, a) != nil {
			return nil
		}
	}
	var jobs []Job
	complete := m.plan != nil
	for _, s := range m.steps {
		_, ok := m.answers[s.ID]
		arises := s.When == nil || s.When(d)
		complete = complete && (ok || !arises || s.Ask == nil)
		if s.Check != nil && arises && (ok || s.Ask == nil) {
			jobs = append(jobs, m.warm("check "+s.ID, func(ctx context.Context) { _, _ = s.Check(ctx, m.env, d) }))
		}
	}
	if complete {
		jobs = append(jobs, m.warm("plan", func(ctx context.Context) { _, _ = m.plan(ctx, m.env, d) }))
	}
	return jobs
}

// warmNext reads ahead what the prompt after this one needs, while the person
// still looks at an answer that is good.
func (m *Machine) warmNext() []Job {
	for _, s := range m.steps[m.at+1:] {
		if s.Ask == nil || (s.When != nil && !s.When(m.tentative)) {
			continue
		}
		d := m.tentative
		return []Job{m.warm("next", func(ctx context.Context) {
			for _, err := range s.Ask(ctx, m.env, d) {
				if err != nil {
					return
				}
			}
		})}
	}
	return nil
}
