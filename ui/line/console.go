package line

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/token"
)

// Input is where answers come from. Both methods return io.EOF at the end of
// input and the context's error when that ends first.
type Input interface {
	// Line reads one line, without its end.
	Line(ctx context.Context) (string, error)
	// Secret reads one line that is never shown.
	// ask is called once nothing typed is shown any more.
	Secret(ctx context.Context, ask func()) (token.Secret, error)
}

// maxLine is the longest line that is read, in bytes; a secret in Secret
// Manager has no more.
const maxLine = 64 << 10

// ErrTooLong refuses a line of more than 64 KiB.
var ErrTooLong = errors.New("the line is longer than 64 KiB")

// Console reads answers from a terminal or a pipe.
type Console struct {
	in  *os.File
	out io.Writer
	r   *bufio.Reader
	tty bool
	stoppable
}

// NewConsole reads from in; what ends a prompt goes to out.
func NewConsole(in *os.File, out io.Writer) *Console {
	return &Console{in: in, out: out, r: bufio.NewReaderSize(in, maxLine+2), tty: term.IsTerminal(int(in.Fd()))}
}

// Line reads one line, cleaned of what a terminal would act upon.
func (c *Console) Line(ctx context.Context) (string, error) {
	b, err := await(ctx, c.readLine)
	if !c.tty { // nobody has pressed enter
		_, _ = fmt.Fprintln(c.out)
	}
	return strings.TrimSpace(clean.Text(string(b))), err
}

// Secret reads one line with the terminal's echo off, or one line of a pipe.
func (c *Console) Secret(ctx context.Context, ask func()) (secret token.Secret, err error) {
	if !c.tty {
		ask()
		b, err := await(ctx, c.readLine)
		_, _ = fmt.Fprintln(c.out)
		return token.New(b), err
	}
	p, err := c.open(ask)
	if err != nil {
		return token.Secret{}, err
	}
	defer func() {
		if restored := c.close(p); err == nil {
			err = restored
		}
		_, _ = fmt.Fprintln(c.out)
	}()
	ask() // not before: whoever sees the question may begin to type
	b, err := await(ctx, func() ([]byte, error) { return p.typed.read(c.r) })
	return token.New(b), err
}

// await runs a read that cannot be cancelled. Where the context ends first,
// the program is about to end and the read with it.
func await(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		b, err := parallel.Guard(read)
		done <- result{b, err}
	}()
	select {
	case r := <-done:
		if p, ok := errors.AsType[*parallel.Panic](r.err); ok {
			panic(p) // it is no end of input
		}
		return r.b, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// readLine copies a line out of the buffer and wipes it there. A last line
// without an end counts as a line.
func (c *Console) readLine() ([]byte, error) {
	raw, err := c.r.ReadSlice('\n')
	defer clear(raw)
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, ErrTooLong
	case err != nil && len(raw) == 0:
		return nil, io.EOF
	}
	end := len(raw)
	if end > 0 && raw[end-1] == '\n' {
		end--
	}
	if end > 0 && raw[end-1] == '\r' {
		end--
	}
	return append(make([]byte, 0, end), raw[:end]...), nil
}
