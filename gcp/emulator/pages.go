package emulator

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
)

// paged is a request for one page of a list.
type paged interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

// pageRequest is which page is asked for, and of what: a token is good for the
// same question only.
type pageRequest struct {
	size     int
	token    string
	question string
}

// pageOf reads a request; its question is the method, by the request's type,
// and what decides which list it is.
func pageOf(req paged, question ...string) pageRequest {
	h := fnv.New64a()
	for _, q := range append(question, string(req.ProtoReflect().Descriptor().FullName())) {
		_, _ = fmt.Fprintf(h, "%d:%s", len(q), q) // a hash takes everything
	}
	return pageRequest{int(req.GetPageSize()), req.GetPageToken(), strconv.FormatUint(h.Sum64(), 36)}
}

// page cuts one page out of a list, and returns the token of the next one.
// Tokens count places (modelled: Google's are opaque).
func page[T any](all []T, p pageRequest, usual, most int) ([]T, string, error) {
	if p.size < 0 {
		return nil, "", invalid("The page size must not be negative.")
	}
	size := min(p.size, most)
	if size == 0 {
		size = usual
	}
	from := 0
	if p.token != "" {
		b, err := base64.RawURLEncoding.DecodeString(p.token)
		question, place, _ := strings.Cut(string(b), ".")
		n, convErr := strconv.Atoi(place)
		if err != nil || convErr != nil || n < 0 || question != p.question {
			return nil, "", invalid("The page token is invalid.")
		}
		from = min(n, len(all))
	}
	to := min(from+size, len(all))
	next := ""
	if to < len(all) {
		next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s.%d", p.question, to))
	}
	return all[from:to], next, nil
}
