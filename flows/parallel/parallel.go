// Package parallel runs functions side by side. A panic of one of them is met
// by whoever waits for them: nobody else could recover it, and it would end the
// program at once, with the terminal as it is and its value, which could hold
// anything, on it.
package parallel

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Panic is a panic that was recovered. Its value is not told: it could hold a
// token.
type Panic struct {
	value any
	// Stack is where it happened, without contents.
	Stack []byte
}

// Recovered is what recover has returned, as a Panic; one that was handed on
// stays as it is.
func Recovered(value any) *Panic {
	if p, ok := value.(*Panic); ok {
		return p
	}
	return &Panic{value, debug.Stack()}
}

// Type is the type of the value.
func (p *Panic) Type() string { return fmt.Sprintf("%T", p.value) }

// Error names the type of the value alone.
func (p *Panic) Error() string { return fmt.Sprintf("internal error (%T)", p.value) }

// Guard turns a panic of f into an error, a *Panic.
func Guard[T any](f func() (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Recovered(p)
		}
	}()
	return f()
}

// Group is an errgroup whose Wait panics where one of its functions did. The
// zero value is usable, as in errgroup.
type Group struct {
	group errgroup.Group
	// cancel ends the context of the group, if it has one.
	cancel context.CancelFunc
	failed atomic.Pointer[Panic]
}

// WithContext makes a group and a context that ends with the first error, and
// when Wait returns.
func WithContext(ctx context.Context) (*Group, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &Group{cancel: cancel}, ctx
}

// SetLimit sets how many functions run at once.
func (g *Group) SetLimit(n int) { g.group.SetLimit(n) }

// Go runs a function beside the others.
func (g *Group) Go(f func() error) {
	g.group.Go(func() error {
		_, err := Guard(func() (struct{}, error) { return struct{}{}, f() })
		if p, ok := err.(*Panic); ok { //nolint:errorlint // what Guard has made, not what f returns
			g.failed.CompareAndSwap(nil, p)
		}
		if err != nil {
			g.end()
		}
		return err
	})
}

// Wait waits for all functions and returns the first error.
func (g *Group) Wait() error {
	defer g.end()
	err := g.group.Wait()
	if p := g.failed.Load(); p != nil {
		panic(p)
	}
	return err
}

func (g *Group) end() {
	if g.cancel != nil {
		g.cancel()
	}
}
