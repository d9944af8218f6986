package cloud

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

// Reads shares Google's answers among the steps of a flow: whoever asks the
// same thing gets the same answer, and a question that is under way is not
// asked again. An answer that says nothing for good (a lost connection, a
// deadline) is not kept.
type Reads struct {
	now func() time.Time

	Mu      sync.Mutex
	Kept    map[string]*read
	streams map[string]any // of *stream[T]

	// wiping is held while the payloads that were read are wiped, and shared
	// while one of them is copied; wiped counts.
	Wiping sync.RWMutex
	Wiped  int
}

type read struct {
	Done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	at      time.Time
	Value   any
	err     error
}

// NewReads makes an empty store of answers, which asks now for the time.
func NewReads(now func() time.Time) *Reads {
	return &Reads{now: now, Kept: map[string]*read{}, streams: map[string]any{}}
}

// Forget drops all answers, so that the next question reaches Google.
func (r *Reads) Forget() {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	for key, one := range r.Kept {
		select {
		case <-one.Done:
			delete(r.Kept, key)
		default: // somebody waits for it
		}
	}
	clear(r.streams) // whoever reads one goes on with it
}

// Once answers key by fetch, or by what an earlier fetch answered. The fetch
// is cancelled when nobody waits for it any more.
func Once[T any](ctx context.Context, r *Reads, key string, fetch func(context.Context) (T, error)) (T, error) {
	return OnceOr(ctx, r, key, fetch, func() {})
}

// OnceOr is once with something to do where another's fetch answers, and this
// one is not used.
func OnceOr[T any](ctx context.Context, r *Reads, key string, fetch func(context.Context) (T, error), unused func()) (T, error) {
	one, started := r.join(ctx, key, func(ctx context.Context) (any, error) { return fetch(ctx) })
	if !started {
		unused()
	}
	select {
	case <-one.Done:
		value, _ := one.Value.(T)
		return value, one.err
	case <-ctx.Done():
		r.leave(key, one)
		var none T
		return none, &Error{Kind: Cancelled, Message: "no longer needed", Err: ctx.Err()}
	}
}

// Known answers key from what was read before, without asking.
func Known[T any](r *Reads, key string) (T, bool) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	var none T
	one := r.Kept[key]
	if one == nil {
		return none, false
	}
	select {
	case <-one.Done:
		value, ok := one.Value.(T)
		return value, ok && one.err == nil
	default:
		return none, false
	}
}

// Recent is known, but of what still answers the next question.
func Recent[T any](r *Reads, key string) (T, bool) {
	value, ok := Known[T](r, key)
	r.Mu.Lock()
	defer r.Mu.Unlock()
	one := r.Kept[key]
	return value, ok && one != nil && r.now().Sub(one.at) < readsLast
}

func (r *Reads) join(ctx context.Context, key string, fetch func(context.Context) (any, error)) (one *read, started bool) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	if one := r.Kept[key]; one != nil {
		select {
		case <-one.Done:
			if r.now().Sub(one.at) < readsLast {
				return one, false
			}
		default:
			one.waiting++
			return one, false
		}
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	one = &read{Done: make(chan struct{}), cancel: cancel, waiting: 1}
	r.Kept[key] = one
	go r.run(own, key, one, fetch)
	return one, true
}

func (r *Reads) run(ctx context.Context, key string, one *read, fetch func(context.Context) (any, error)) {
	defer one.cancel()
	value, err := parallel.Guard(func() (any, error) { return fetch(ctx) })
	r.Mu.Lock()
	defer r.Mu.Unlock()
	one.Value, one.err, one.at = value, err, r.now()
	if Lost(err) || KindOf(err) == Exhausted {
		if r.Kept[key] == one {
			delete(r.Kept, key)
		}
	}
	close(one.Done)
}

func (r *Reads) leave(key string, one *read) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	select {
	case <-one.Done: // an answer stays, whoever has lost interest
		return
	default:
	}
	if one.waiting--; one.waiting > 0 {
		return
	}
	one.cancel()
	if r.Kept[key] == one {
		delete(r.Kept, key)
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

// Pages answers a streamed list, reading it once for all who ask. A list that
// failed, or that nobody read to its end, is not kept.
func Pages[T any](ctx context.Context, r *Reads, key string, list func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
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

func joinStream[T any](ctx context.Context, r *Reads, key string, list func(context.Context) iter.Seq2[T, error]) *stream[T] {
	r.Mu.Lock()
	defer r.Mu.Unlock()
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

func leaveStream[T any](r *Reads, key string, s *stream[T]) {
	r.Mu.Lock()
	defer r.Mu.Unlock()
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

// Key names a question.
func Key(parts ...string) string { return strings.Join(parts, "\x00") }
