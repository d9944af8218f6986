package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/metadata"
)

// DefaultCaller is who a request comes from that says nothing else.
const DefaultCaller = "demo@example.com"

// callerHeader names the caller of a request, in place of credentials.
const callerHeader = "x-emulator-caller"

// tokenPrefix begins the access tokens that the emulator issues; the caller's
// address follows.
const tokenPrefix = "emulator-"

// callers are those whose tokens are known.
type callers struct {
	mu    sync.RWMutex
	known map[string]bool
}

// add makes a caller known, and reports whether there was room for one.
func (c *callers) add(email string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(email) > maxCaller || len(c.known) >= maxCallers && !c.known[email] {
		return false
	}
	c.known[email] = true
	return true
}

// errTooManyCallers says that no credentials of a further caller are made.
var errTooManyCallers = fmt.Errorf("the emulator knows %d callers, of at most %d bytes each, and no more", maxCallers, maxCaller)

func (c *callers) has(email string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.known[email]
}

func (c *callers) all() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.known))
}

type callerKey struct{}

// callerOf is who a request comes from.
func callerOf(ctx context.Context) string {
	if c, ok := ctx.Value(callerKey{}).(string); ok {
		return c
	}
	return DefaultCaller
}

// identify finds the caller in a request's headers. A token that is not
// known is the default caller's: gcloud and the clients may bring real ones.
func (s *Server) identify(md metadata.MD) string {
	if v := md.Get(callerHeader); len(v) > 0 && v[0] != "" {
		return v[0]
	}
	for _, v := range md.Get("authorization") {
		_, credentials, _ := strings.Cut(v, " ")
		if email, ok := strings.CutPrefix(credentials, tokenPrefix); ok && s.callers.has(email) {
			return email
		}
	}
	return DefaultCaller
}

// requestContext carries the headers of an HTTP request as gRPC does, so that
// what is served by plain handlers knows its caller too.
func requestContext(r *http.Request) context.Context {
	md := metadata.MD{}
	for name, values := range r.Header {
		md[strings.ToLower(name)] = values
	}
	return metadata.NewIncomingContext(r.Context(), md)
}

// CredentialsFile returns an application default credentials file, of the kind
// authorized_user, that makes gcloud email. The emulator must be serving: the
// file names its address.
func (s *Server) CredentialsFile(email string) ([]byte, error) {
	if !s.callers.add(email) {
		return nil, errTooManyCallers
	}
	return json.MarshalIndent(map[string]string{
		"type":          "authorized_user",
		"client_id":     "emulator",
		"client_secret": "emulator",
		"refresh_token": tokenPrefix + email,
		"account":       email,
		"token_uri":     "http://" + s.Addr() + "/emulator/v1/token",
	}, "", "  ")
}

// ExternalCredentialsFile is CredentialsFile of the kind external_account,
// for gcloud and the Go client libraries alike: these heed no token_uri in the
// other kind.
func (s *Server) ExternalCredentialsFile(email string) ([]byte, error) {
	if !s.callers.add(email) {
		return nil, errTooManyCallers
	}
	base := "http://" + s.Addr() + "/emulator/v1/"
	return json.MarshalIndent(map[string]any{
		"type":               "external_account",
		"audience":           "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/emulator/providers/emulator",
		"subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
		"token_url":          base + "token",
		"token_info_url":     base + "introspect",
		"credential_source":  map[string]string{"url": base + "subject?caller=" + url.QueryEscape(email)},
	}, "", "  ")
}

// serveToken exchanges a refresh token, or the subject token of an external
// account, for an access token.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	given := r.FormValue("refresh_token")
	if given == "" {
		given = r.FormValue("subject_token")
	}
	email, ok := strings.CutPrefix(given, tokenPrefix)
	if r.Method != http.MethodPost || !ok || !s.callers.has(email) {
		writeJSON(w, http.StatusBadRequest, map[string]string{
			"error": "invalid_grant", "error_description": "Token has been expired or revoked.",
		})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": tokenPrefix + email, "token_type": "Bearer", "expires_in": 3600,
		"issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
		"scope":             "https://www.googleapis.com/auth/cloud-platform",
	})
}

// serveIntrospection tells whose an access token is, as RFC 7662 has it; gcloud
// asks that of an external account's.
func (s *Server) serveIntrospection(w http.ResponseWriter, r *http.Request) {
	email, ok := strings.CutPrefix(r.PostFormValue("token"), tokenPrefix)
	if !ok || !s.callers.has(email) {
		writeJSON(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"active": true, "username": email})
}

// serveSubject is the source that an external account's file names.
func (s *Server) serveSubject(w http.ResponseWriter, r *http.Request) {
	email := r.FormValue("caller")
	if !s.callers.has(email) {
		http.Error(w, "unknown caller", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(tokenPrefix + email)) // the client's loss if it is gone
}

// serveCredentials hands out a credentials file.
func (s *Server) serveCredentials(w http.ResponseWriter, r *http.Request) {
	email := r.FormValue("caller")
	if email == "" {
		email = DefaultCaller
	}
	file := s.CredentialsFile
	if r.FormValue("type") == "external_account" {
		file = s.ExternalCredentialsFile
	}
	b, err := file(email)
	switch {
	case errors.Is(err, errTooManyCallers):
		http.Error(w, err.Error(), http.StatusTooManyRequests)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // the client's loss if it is gone
}

// serveCallers lists the callers that the emulator knows by name.
func (s *Server) serveCallers(w http.ResponseWriter, _ *http.Request) {
	type entry struct {
		Email   string `json:"email"`
		Token   string `json:"token"`
		Default bool   `json:"default,omitempty"`
	}
	list := []entry{}
	for _, email := range s.callers.all() {
		list = append(list, entry{email, tokenPrefix + email, email == DefaultCaller})
	}
	writeJSON(w, http.StatusOK, map[string]any{"callers": list})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client's loss if it is gone
}
