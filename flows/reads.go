package flows

import (
	"context"
	"iter"
	"strings"
	"sync"
	"time"

	"example.com/upstreamauth/flows/parallel"
)

// readsLast is how long an answer of Google's is believed while a person
// thinks. What is about to be written is read again in any case.
const readsLast = time.Minute

// reads shares Google's answers among the steps of a flow: whoever asks the
// same thing gets the same answer, and a question that is under way is not
// asked again. An answer that says nothing for good (a lost connection, a
// deadline) is not kept.
type reads struct {
	now func() time.Time

	mu      sync.Mutex
	kept    map[string]*read
	streams map[string]any // of *stream[T]

	// wiping is held while the payloads that were read are wiped, and shared
	// while one of them is copied; wiped counts.
	wiping sync.RWMutex
	wiped  int
}

type read struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	at      time.Time
	value   any
	err     error
}

func newReads(now func() time.Time) *reads {
	return &reads{now: now, kept: map[string]*read{}, streams: map[string]any{}}
}

// forget drops all answers, so that the next question reaches Google.
func (r *reads) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, one := range r.kept {
		select {
		case <-one.done:
			delete(r.kept, key)
		default: // somebody waits for it
		}
	}
	clear(r.streams) // whoever reads one goes on with it
}

// once answers key by fetch, or by what an earlier fetch answered. The fetch
// is cancelled when nobody waits for it any more.
func once[T any](ctx context.Context, r *reads, key string, fetch func(context.Context) (T, error)) (T, error) {
	return onceOr(ctx, r, key, fetch, func() {})
}

// onceOr is once with something to do where another's fetch answers, and this
// one is not used.
func onceOr[T any](ctx context.Context, r *reads, key string, fetch func(context.Context) (T, error), unused func()) (T, error) {
	one, started := r.join(ctx, key, func(ctx context.Context) (any, error) { return fetch(ctx) })
	if !started {
		unused()
	}
	select {
	case <-one.done:
		value, _ := one.value.(T)
		return value, one.err
	case <-ctx.Done():
		r.leave(key, one)
		var none T
		return none, &Error{Kind: Cancelled, Message: "no longer needed", Err: ctx.Err()}
	}
}

// known answers key from what was read before, without asking.
func known[T any](r *reads, key string) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var none T
	one := r.kept[key]
	if one == nil {
		return none, false
	}
	select {
	case <-one.done:
		value, ok := one.value.(T)
		return value, ok && one.err == nil
	default:
		return none, false
	}
}

func (r *reads) join(ctx context.Context, key string, fetch func(context.Context) (any, error)) (one *read, started bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.kept[key]; one != nil {
		select {
		case <-one.done:
			if r.now().Sub(one.at) < readsLast {
				return one, false
			}
		default:
			one.waiting++
			return one, false
		}
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	one = &read{done: make(chan struct{}), cancel: cancel, waiting: 1}
	r.kept[key] = one
	go r.run(own, key, one, fetch)
	return one, true
}

func (r *reads) run(ctx context.Context, key string, one *read, fetch func(context.Context) (any, error)) {
	defer one.cancel()
	value, err := parallel.Guard(func() (any, error) { return fetch(ctx) })
	r.mu.Lock()
	defer r.mu.Unlock()
	one.value, one.err, one.at = value, err, r.now()
	if lost(err) || KindOf(err) == Exhausted {
		if r.kept[key] == one {
			delete(r.kept, key)
		}
	}
	close(one.done)
}

func (r *reads) leave(key string, one *read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-one.done: // an answer stays, whoever has lost interest
		return
	default:
	}
	if one.waiting--; one.waiting > 0 {
		return
	}
	one.cancel()
	if r.kept[key] == one {
		delete(r.kept, key)
	}
}

// stream is a list that arrives page by page and that several may read at
// once, each from its beginning.
type stream[T any] struct {
	mu      sync.Mutex
	pages   []T
	ended   bool
	err     error
	at      time.Time
	grown   chan struct{} // closed and replaced at each change
	readers int
	cancel  context.CancelFunc
}

// pages answers a streamed list, reading it once for all who ask. A list that
// failed, or that nobody read to its end, is not kept.
func pages[T any](ctx context.Context, r *reads, key string, list func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		s := joinStream(ctx, r, key, list)
		defer leaveStream(r, key, s)
		for i := 0; ; i++ {
			page, more, err := s.page(ctx, i)
			if !more && err == nil {
				return
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// page waits for the i-th page; more is false at the end.
func (s *stream[T]) page(ctx context.Context, i int) (page T, more bool, err error) {
	for {
		s.mu.Lock()
		grown := s.grown
		switch {
		case i < len(s.pages):
			page = s.pages[i]
			s.mu.Unlock()
			return page, true, nil
		case s.ended:
			err = s.err
			s.mu.Unlock()
			return page, false, err
		}
		s.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return page, false, &Error{Kind: Cancelled, Message: "no longer needed", Err: ctx.Err()}
		}
	}
}

func joinStream[T any](ctx context.Context, r *reads, key string, list func(context.Context) iter.Seq2[T, error]) *stream[T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.streams[key].(*stream[T]); ok && s.fresh(r.now()) {
		s.readers++
		return s
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx)) //nolint:gosec // the last reader cancels
	s := &stream[T]{grown: make(chan struct{}), readers: 1, cancel: cancel}
	r.streams[key] = s
	go s.fill(own, r.now, list)
	return s
}

func (s *stream[T]) fresh(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended || (s.err == nil && now.Sub(s.at) < readsLast)
}

func (s *stream[T]) fill(ctx context.Context, now func() time.Time, list func(context.Context) iter.Seq2[T, error]) {
	defer s.cancel()
	_, err := parallel.Guard(func() (struct{}, error) {
		for page, err := range list(ctx) {
			if err != nil {
				return struct{}{}, err
			}
			s.change(func() { s.pages = append(s.pages, page) })
		}
		return struct{}{}, nil
	})
	s.change(func() { s.ended, s.err, s.at = true, err, now() })
}

func (s *stream[T]) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.grown)
	s.grown = make(chan struct{})
}

func leaveStream[T any](r *reads, key string, s *stream[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.readers--
	s.mu.Lock()
	abandoned := s.readers == 0 && !s.ended
	s.mu.Unlock()
	if abandoned {
		s.cancel()
		if r.streams[key] == any(s) {
			delete(r.streams, key)
		}
	}
}

// key names a question.
func key(parts ...string) string { return strings.Join(parts, "\x00") }
