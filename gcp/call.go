package gcp

import (
	"context"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"example.com/upstreamauth/flows/cloud"
)

// method is what is to be known of a call besides its arguments.
type method struct {
	op    string // what it does, in words that its object follows
	rpc   string // its name for a support ticket
	needs string // the permission that it asks of the caller
	// repeat: a second time does no more than the first, so it is repeated
	// where the answer may come later or was lost.
	repeat bool
	// limit replaces Options.Timeout, if longer, where Google does work of
	// its own before it answers.
	limit time.Duration
	// host is what is asked where it is not the API's own.
	host string
}

// The policy of repetition: at most attempts times, with full jitter up to a
// wait that doubles from firstWait to maxWait, and never past the deadline.
const (
	attempts  = 5
	firstWait = 200 * time.Millisecond
	maxWait   = 4 * time.Second
)

// call runs f once, or as often as the method's policy says, and explains its
// error. on names the object.
func call[T any](ctx context.Context, c *Client, m method, on string, f func(context.Context) (T, error)) (T, error) {
	began := time.Now()
	ctx, cancel := c.bound(ctx, m.limit)
	defer cancel()
	ctx = c.outgoing(ctx)
	for attempt := 0; ; attempt++ {
		_, err := c.identity(ctx)
		var v T
		if err == nil {
			v, err = f(ctx)
		}
		if err == nil {
			return v, nil
		}
		wait, may := again(err, attempt)
		if !m.repeat || !may || !inTime(ctx, wait) || c.sleep(ctx, wait) != nil {
			var none T
			return none, c.explain(m, on, unanswered(ctx, err, began))
		}
	}
}

// unansweredError is a call whose time was over before there was an answer.
type unansweredError struct {
	after time.Duration
	err   error
}

func (e *unansweredError) Error() string { return e.err.Error() }
func (e *unansweredError) Unwrap() error { return e.err }

// skew is by how much a server, which knows the deadline of a call, may find it
// over before we do.
const skew = 100 * time.Millisecond

// unanswered tells a time of ours that was over from one that Google has set
// itself.
func unanswered(ctx context.Context, err error, began time.Time) error {
	if inTime(ctx, skew) || read(err).code != codes.DeadlineExceeded {
		return err
	}
	return &unansweredError{time.Since(began), err}
}

// ask is call with one of the generated clients.
func ask[A, T any](ctx context.Context, c *Client, api func(context.Context) (A, error), m method, on string, f func(context.Context, A) (T, error)) (T, error) {
	return call(ctx, c, m, on, func(ctx context.Context) (T, error) {
		a, err := api(ctx)
		if err != nil {
			var none T
			return none, err
		}
		return f(ctx, a)
	})
}

// bound gives a call its deadline. An earlier one of the caller's stands: it is
// that of a whole run, and no reason to wait longer for one answer.
func (c *Client) bound(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, max(limit, c.options.Timeout))
}

// again tells whether an attempt that failed so is worth another, and after how
// long: at least what the service asks for.
func again(err error, attempt int) (time.Duration, bool) {
	least, transient := transient(err)
	if !transient || attempt+1 >= attempts {
		return 0, false
	}
	return max(least, jitter(attempt)), true
}

// jitter is a random wait, up to one that doubles with each attempt.
func jitter(attempt int) time.Duration {
	most := maxWait
	if attempt < 5 {
		most = min(maxWait, firstWait<<attempt)
	}
	return rand.N(most) //nolint:gosec // spreading load needs no unpredictable numbers
}

func inTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// maxEmptyPages is how many pages in a row may hold nothing. Google's lists
// may have empty pages between others
// (https://google.aip.dev/158), but not without end.
const maxEmptyPages = 100

// pages yields page after page of a list, each a call of its own. A list whose
// page tokens come round again, or that goes on and on without an item, ends
// with an error: it would never end by itself.
func pages[A, T any](ctx context.Context, c *Client, api func(context.Context) (A, error), m method, on string, fetch func(ctx context.Context, api A, token string) ([]T, string, error)) iter.Seq2[[]T, error] {
	type page struct {
		items []T
		next  string
	}
	return func(yield func([]T, error) bool) {
		seen, empty := map[string]bool{}, 0
		for token := ""; ; {
			p, err := ask(ctx, c, api, m, on, func(ctx context.Context, a A) (page, error) {
				items, next, err := fetch(ctx, a, token)
				return page{items, next}, err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(p.items, nil) || p.next == "" {
				return
			}
			if empty++; len(p.items) > 0 {
				empty = 0
			}
			if token = p.next; seen[token] || empty > maxEmptyPages {
				yield(nil, &cloud.Error{Kind: cloud.Internal, Op: strings.TrimSpace(m.op + " " + on), Message: "the list doesn't end: its pages repeat or stay empty"})
				return
			}
			seen[token] = true
		}
	}
}

// onePage takes one page off the iterator of a generated client, and the token
// of the next. The iterator's own Next passes over empty pages by itself, and
// so would never come back from a list of those; its fetch function takes the
// page size and token from the request that it was made with.
func onePage[T any](fetch func(pageSize int, pageToken string) ([]T, string, error)) ([]T, string, error) {
	return fetch(0, "")
}

// Call is what can be told of one attempt of a call: never what was sent or
// answered.
type Call struct {
	// RPC is its name, as in "SecretManagerService.GetSecret", or the method
	// and host of a request over plain HTTP.
	RPC      string
	Duration time.Duration
	// Code is how it ended: "OK", or a status as in "PERMISSION_DENIED".
	Code string
	// RequestID is Google's name for it where it gave one.
	RequestID string
}

func (c *Client) record(ctx context.Context, call Call) {
	c.options.Logger.DebugContext(ctx, "call", "rpc", call.RPC, "code", call.Code, "duration", call.Duration, "request", call.RequestID)
	if c.options.Observe != nil {
		c.options.Observe(call)
	}
}

func (c *Client) observeRPC(ctx context.Context, name string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	var header metadata.MD
	start := time.Now()
	err := invoke(ctx, name, req, reply, cc, append(opts, grpc.Header(&header))...)
	id := requestID(err)
	if v := header.Get("x-request-id"); id == "" && len(v) > 0 {
		id = v[0]
	}
	service, rpc := path.Split(name)
	c.record(ctx, Call{
		RPC:      strings.TrimPrefix(path.Ext(strings.TrimSuffix(service, "/")), ".") + "." + rpc,
		Duration: time.Since(start), Code: codeName(err), RequestID: id,
	})
	return err
}

// maxAnswer is how much is read of an answer over HTTP: as much as gRPC takes of
// one. What is cut cannot be understood, and is an error then.
const maxAnswer = 4 << 20

// errSwitched says that a server answered with 101, which nobody asked for.
var errSwitched = errors.New("the server switched protocols (101) where an answer was expected")

func (c *Client) observeHTTP(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	start := time.Now()
	answer, err := next.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusSwitchingProtocols {
		// What follows is a connection and no body: it has no end, and no deadline.
		_ = answer.Body.Close()
		answer, err = nil, errSwitched
	}
	done := Call{RPC: r.Method + " " + r.URL.Host, Duration: time.Since(start)}
	if err != nil {
		done.Code = codeName(err)
	} else {
		done.Code, done.RequestID = httpCodeName(answer.StatusCode), answer.Header.Get("X-Request-Id")
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	c.record(r.Context(), done)
	return answer, err
}

// apis are the APIs by the first part of a call's name; Locations is asked of
// Artifact Registry alone.
var apis = map[string]string{
	"ArtifactRegistry": "artifactregistry", "Locations": "artifactregistry", "SecretManagerService": "secretmanager",
	"Projects": "cloudresourcemanager", "ServiceUsage": "serviceusage", "IAM": "iam",
}

// hostOf is where a call goes, empty where that is not known.
func (c *Client) hostOf(m method) string {
	service, _, _ := strings.Cut(m.rpc, ".")
	switch api := apis[service]; {
	case c.addr != "":
		return c.addr
	case m.host != "" || api == "":
		return m.host
	default:
		return api + "." + c.universe
	}
}

// explain turns whatever a call ended with into what flows understand.
func (c *Client) explain(m method, on string, err error) error {
	at := origin{op: strings.TrimSpace(m.op + " " + on), rpc: m.rpc, needs: m.needs, on: on, host: c.hostOf(m), addr: c.addr}
	if who, ok := c.signedIn.peek(); ok {
		at.quotaProject = who.quotaProject
	}
	var known *cloud.Error
	if errors.As(err, &known) {
		return known
	}
	return explain(at, err)
}
