package upstream

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"example.com/upstreamauth/flows/token"
)

// Refusals remembers which credentials were rejected, so that none is sent to
// the same host twice: wrong logins lock accounts, and many repositories may
// share one credential. The zero value is empty. It may be used by several
// goroutines at once.
type Refusals struct {
	// Lasts is how long a rejection is remembered; 0: for ever.
	Lasts time.Duration

	mu   sync.Mutex
	salt []byte
	kept map[[sha256.Size]byte]*refusal
}

// refusal is what is known of one credential at one host.
type refusal struct {
	turn    chan struct{} // held while nothing is known yet, and one trial finds out
	known   bool          // it was tried, whatever came of it
	outcome *Outcome      // its rejection; nil: it was not rejected
	at      time.Time
}

// enter waits until no other trial of the same credential at the same host is
// the first one. It returns that one's rejection, or else what has to be told
// of the trial that follows. The error is the context's.
func (r *Refusals) enter(ctx context.Context, host, username string, s token.Secret) (rejected *Outcome, tell func(Outcome), err error) {
	one := r.of(host, username, s)
	select {
	case one.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if one.outcome != nil && (r.Lasts == 0 || time.Since(one.at) < r.Lasts) {
		<-one.turn
		return one.outcome, nil, nil
	}
	if one.known && one.outcome == nil { // accepted, as far as can be told: nobody has to wait
		<-one.turn
		return nil, func(o Outcome) { r.note(one, o) }, nil
	}
	return nil, func(o Outcome) {
		r.note(one, o)
		<-one.turn
	}, nil
}

func (r *Refusals) note(one *refusal, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch o.Verdict {
	case Accepted:
		one.known, one.outcome = true, nil
	case Rejected:
		one.known, one.outcome, one.at = true, &o, time.Now()
	default: // nothing is known yet
	}
}

// Forget drops what is known.
func (r *Refusals) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.kept)
}

// of finds a credential by what can't be turned back into it.
func (r *Refusals) of(host, username string, s token.Secret) *refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.salt == nil {
		r.salt = make([]byte, sha256.Size)
		_, _ = rand.Read(r.salt) // never fails
		r.kept = map[[sha256.Size]byte]*refusal{}
	}
	mac := hmac.New(sha256.New, r.salt)
	mac.Write([]byte(host + "\x00" + username + "\x00"))
	mac.Write(s.Reveal())
	var key [sha256.Size]byte
	mac.Sum(key[:0])
	mac.Reset()
	mac.Write(make([]byte, mac.BlockSize()-1)) // over the token in its buffer
	if r.kept[key] == nil {
		r.kept[key] = &refusal{turn: make(chan struct{}, 1)}
	}
	return r.kept[key]
}
