package emulator

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxBatch is how many requests one batch may hold
// (cloud.google.com/storage/docs/batch: 100 calls).
const maxBatch = 100

// isBatch reports whether a path is one that clients send batches to: "/batch",
// or "/batch/API/VERSION".
func isBatch(path string) bool { return path == "/batch" || strings.HasPrefix(path, "/batch/") }

// serveBatch answers many requests in one, as multipart/mixed of
// application/http, in their order. A part without credentials of its own has
// the batch's.
func (d *restDoor) serveBatch(w http.ResponseWriter, r *http.Request) {
	parts, err := batchParts(w, r)
	if err != nil {
		writeREST(w, systemParameters{}, errorReply(err))
		return
	}
	var body bytes.Buffer
	out := multipart.NewWriter(&body)
	for _, p := range parts {
		header := textproto.MIMEHeader{"Content-Type": {"application/http"}}
		if p.id != "" {
			header.Set("Content-Id", responseID(p.id))
		}
		if err := d.answerPart(out, header, p.request); err != nil {
			writeREST(w, systemParameters{}, errorReply(status.Errorf(codes.Internal, "write the batch: %v", err)))
			return
		}
	}
	_ = out.Close() // a buffer takes everything
	w.Header().Set("Content-Type", "multipart/mixed; boundary="+out.Boundary())
	_, _ = w.Write(body.Bytes()) // the client may have gone; there is nobody to tell
}

// responseID is the id of the answer to a part.
func responseID(id string) string {
	if inner, bracketed := strings.CutPrefix(id, "<"); bracketed {
		return "<response-" + inner
	}
	return "response-" + id
}

type batchPart struct {
	id      string
	request *http.Request
}

// batchParts reads the requests of a batch.
func batchParts(w http.ResponseWriter, r *http.Request) ([]batchPart, error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || media != "multipart/mixed" || params["boundary"] == "" {
		return nil, invalid("Failed to parse batch request, error: want a POST of multipart/mixed with a boundary.") // modelled
	}
	in := multipart.NewReader(http.MaxBytesReader(w, r.Body, maxRESTBody), params["boundary"])
	var all []batchPart
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, invalid("Failed to parse batch request, error: a part cannot be read.")
		}
		whole := bufio.NewReader(io.MultiReader(part, strings.NewReader("\r\n\r\n")))
		inner, err := http.ReadRequest(whole)
		if err != nil {
			return nil, invalid("Failed to parse batch request, error: a part is no HTTP request.")
		}
		text, err := io.ReadAll(inner.Body)
		if err == nil && inner.ContentLength <= 0 { // without a length, the rest of the part is the body
			var rest []byte
			rest, err = io.ReadAll(whole)
			text = bytes.TrimSpace(append(text, rest...))
		}
		if err != nil {
			return nil, invalid("Failed to parse batch request, error: a body cannot be read.")
		}
		inner.Body, inner.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		if len(text) == 0 {
			inner.Body = http.NoBody
		}
		for _, name := range []string{"Authorization", "X-Emulator-Caller", "X-Goog-User-Project"} {
			if inner.Header.Get(name) == "" && r.Header.Get(name) != "" {
				inner.Header.Set(name, r.Header.Get(name))
			}
		}
		if isBatch(inner.URL.Path) {
			return nil, invalid("Failed to parse batch request, error: a batch in a batch.")
		}
		all = append(all, batchPart{part.Header.Get("Content-Id"), inner.WithContext(r.Context())})
		if len(all) > maxBatch {
			return nil, invalid("The batch request could not be processed: it holds more than %d calls.", maxBatch)
		}
	}
	if len(all) == 0 {
		return nil, invalid("Failed to parse batch request, error: 0 items.")
	}
	return all, nil
}

func (d *restDoor) answerPart(out *multipart.Writer, header textproto.MIMEHeader, r *http.Request) error {
	part, err := out.CreatePart(header)
	if err != nil {
		return fmt.Errorf("begin a part: %w", err)
	}
	answer := newReply()
	d.ServeHTTP(answer, r)
	_, err = fmt.Fprintf(part, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", answer.status, http.StatusText(answer.status),
		answer.header.Get("Content-Type"), answer.body.Len(), answer.body.Bytes())
	return err
}
