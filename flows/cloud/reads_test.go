package cloud

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadsAreSharedAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now
		r := NewReads(now)
		calls := 0
		ended := make(chan struct{})
		slow := func(ctx context.Context) (int, error) {
			calls++
			select {
			case <-time.After(time.Second):
				return 42, nil
			case <-ctx.Done():
				close(ended)
				return 0, ctx.Err()
			}
		}
		results := make(chan int)
		for range 5 {
			go func() { v, _ := Once(t.Context(), r, "k", slow); results <- v }()
		}
		for range 5 {
			if v := <-results; v != 42 {
				t.Errorf("got %d", v)
			}
		}
		if calls != 1 {
			t.Errorf("asked %d times", calls)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = Once(ctx, r, "other", slow) }()
		synctest.Wait()
		cancel()
		<-ended // nobody waits any more: the call itself ends
		time.Sleep(2 * readsLast)
		if v, _ := Once(t.Context(), r, "k", func(context.Context) (int, error) { return 7, nil }); v != 7 {
			t.Errorf("an old answer is believed: %d", v)
		}
	})
}

// Whoever comes for an answer that is there, and is cancelled at that moment,
// must not take it from the others.
func TestAnAnswerSurvivesACancelledReader(t *testing.T) {
	r := NewReads(time.Now)
	calls := 0
	read := func(ctx context.Context) {
		_, _ = Once(ctx, r, "k", func(context.Context) (int, error) { calls++; return 1, nil })
	}
	read(t.Context())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		read(gone)
	}
	read(t.Context())
	if calls != 1 {
		t.Errorf("asked %d times", calls)
	}
}

func TestLostAnswersAreNotKept(t *testing.T) {
	r := NewReads(time.Now)
	for _, c := range []struct {
		kind Kind
		kept bool
	}{{Unavailable, false}, {TimedOut, false}, {Exhausted, false}, {NotFound, true}, {PermissionDenied, true}} {
		calls := 0
		for range 2 {
			_, _ = Once(t.Context(), r, string(c.kind), func(context.Context) (int, error) { calls++; return 0, &Error{Kind: c.kind} })
		}
		if (calls == 1) != c.kept {
			t.Errorf("%s was asked %d times", c.kind, calls)
		}
	}
}

func TestPagesAreReadOnceByTwoReaders(t *testing.T) {
	r := NewReads(time.Now)
	lists := 0
	gate := make(chan struct{})
	list := func(context.Context) iter.Seq2[int, error] {
		lists++
		return func(yield func(int, error) bool) {
			for i := range 3 {
				<-gate
				if !yield(i, nil) {
					return
				}
			}
		}
	}
	sums := make(chan int)
	for range 2 {
		go func() {
			sum := 0
			for v, err := range Pages(t.Context(), r, "k", list) {
				if err == nil {
					sum += v + 1
				}
			}
			sums <- sum
		}()
	}
	for range 3 {
		gate <- struct{}{}
	}
	if a, b := <-sums, <-sums; a != 6 || b != 6 {
		t.Errorf("read %d and %d", a, b)
	}
	if lists != 1 {
		t.Errorf("listed %d times", lists)
	}
}
