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
	// In its usual mode a terminal cuts a line at 4,096 bytes, or at 1,024.
	state, err := term.MakeRaw(int(c.in.Fd()))
	if err != nil {
		return token.Secret{}, fmt.Errorf("switch the terminal's echo off: %w", err)
	}
	defer func() {
		if restored := term.Restore(int(c.in.Fd()), state); err == nil && restored != nil {
			err = fmt.Errorf("switch the terminal's echo on: %w", restored)
		}
		_, _ = fmt.Fprintln(c.out)
	}()
	ask() // not before: whoever sees the question may begin to type
	b, err := await(ctx, func() ([]byte, error) { return readRaw(c.r) })
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

// The keys that mean something while a token is typed.
const (
	ctrlC, ctrlD, ctrlU = 0x03, 0x04, 0x15
	backspace, del, esc = 0x08, 0x7f, 0x1b
)

// readRaw reads a line from a terminal that leaves all keys to us.
func readRaw(r *bufio.Reader) ([]byte, error) {
	b := make([]byte, 0, maxLine)
	give := func(err error) ([]byte, error) { clear(b[:cap(b)]); return nil, err }
	for {
		key, err := r.ReadByte()
		switch {
		case err != nil:
			return give(io.EOF)
		case key == '\r', key == '\n':
			return b, nil
		case key == ctrlC, key == ctrlD && len(b) == 0:
			return give(io.EOF)
		case key == ctrlU:
			clear(b)
			b = b[:0]
		case key == backspace, key == del:
			if len(b) > 0 {
				b[len(b)-1] = 0
				b = b[:len(b)-1]
			}
		case key == esc:
			skipSequence(r)
		case key < ' ': // a tab or another control key: not part of a token
		case len(b) == cap(b):
			return give(ErrTooLong)
		default:
			b = append(b, key)
		}
	}
}

// skipSequence drops what a function or arrow key sends after its escape.
func skipSequence(r *bufio.Reader) {
	if r.Buffered() == 0 {
		return // the escape key itself
	}
	if next, err := r.ReadByte(); err != nil || (next != '[' && next != 'O') {
		return
	}
	for {
		if b, err := r.ReadByte(); err != nil || b >= 0x40 {
			return
		}
	}
}
