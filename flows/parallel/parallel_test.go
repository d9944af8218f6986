package parallel

import (
	"context"
	"errors"
	"strings"
	"testing"
)

const secret = "what nobody must see"

func TestGuard(t *testing.T) {
	value, err := Guard(func() (int, error) { return 7, nil })
	if value != 7 || err != nil {
		t.Errorf("%d, %v", value, err)
	}
	_, err = Guard(func() (int, error) { panic(secret) })
	p, ok := errors.AsType[*Panic](err)
	if !ok || !strings.Contains(string(p.Stack), "TestGuard") {
		t.Fatalf("%v", err)
	}
	if err.Error() != "internal error (string)" || strings.Contains(string(p.Stack), secret) {
		t.Errorf("it tells the value: %v\n%s", err, p.Stack)
	}
}

// TestAPanicIsMetByWhoWaits also holds that the others come to their end.
func TestAPanicIsMetByWhoWaits(t *testing.T) {
	g, ctx := WithContext(t.Context())
	ended := false
	g.Go(func() error { panic(secret) })
	g.Go(func() error { <-ctx.Done(); ended = true; return ctx.Err() })
	_, err := Guard(func() (int, error) { return 0, g.Wait() })
	p, ok := errors.AsType[*Panic](err)
	if !ok || !ended || !strings.Contains(string(p.Stack), "TestAPanicIsMetByWhoWaits.func1") {
		t.Errorf("%v, the other has ended: %v", err, ended)
	}
}

func TestErrors(t *testing.T) {
	var zero Group
	first := errors.New("first")
	zero.Go(func() error { return first })
	if err := zero.Wait(); !errors.Is(err, first) {
		t.Errorf("%v", err)
	}
	g, ctx := WithContext(t.Context())
	g.SetLimit(1)
	g.Go(func() error { return nil })
	if err := g.Wait(); err != nil || !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("%v, %v", err, ctx.Err())
	}
}
