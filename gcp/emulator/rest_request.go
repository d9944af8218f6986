package emulator

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/clean"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// systemParameters are what a query says to Google's front end rather than to
// a method: https://cloud.google.com/apis/docs/system-parameters.
type systemParameters struct {
	enumNumbers bool           // enums as numbers in the answer
	compact     bool           // no indentation
	fields      fieldSelection // the part of the answer that is asked for
}

// apiPrefixes may stand before a path, so that endpoints can be told apart in
// logs. They change nothing: the path decides, as newREST documents.
var apiPrefixes = []string{"/artifactregistry/", "/secretmanager/", "/cloudresourcemanager/", "/serviceusage/"}

// openRequest returns r as a method should see it: without prefix, system
// parameters, and headers that belong to the transport.
func openRequest(w http.ResponseWriter, r *http.Request) (*http.Request, systemParameters, error) {
	var params systemParameters
	in := r.Clone(r.Context())
	in.Body = http.MaxBytesReader(w, r.Body, maxRESTBody)
	path, prefix := trimPrefix(r.URL.EscapedPath())
	in.URL.Path, in.URL.RawPath = pathToMatch(path), ""
	if prefix != "" {
		in.Header.Set(apiHeader, prefix)
	}
	for name := range in.Header {
		// What gRPC reads of its own accord, and what would choose another
		// protocol or encoding in the transcoder.
		if strings.HasSuffix(name, "-Bin") || strings.HasPrefix(name, "Grpc-") || strings.HasPrefix(name, "Connect-") || name == "Accept-Encoding" {
			in.Header.Del(name)
		}
	}
	// net/url takes no bare semicolon, as in "$alt=json;enum-encoding=int".
	query, err := url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B"))
	if err != nil {
		return nil, params, status.Error(codes.InvalidArgument, "The query of the request cannot be read.")
	}
	if err := override(in, query); err != nil {
		return nil, params, err
	}
	if err := contentType(in); err != nil {
		return nil, params, err
	}
	if fields := in.Header.Get("X-Goog-Fieldmask"); fields != "" && !query.Has("fields") && !query.Has("$fields") {
		query.Set("fields", fields)
	}
	if err := params.take(in, query); err != nil {
		return nil, params, err
	}
	joinMasks(query)
	in.URL.RawQuery = query.Encode()
	return in, params, nil
}

// take moves the system parameters from query into p, and a token into r's
// Authorization header.
func (p *systemParameters) take(r *http.Request, query url.Values) error {
	for name, values := range query {
		value := values[len(values)-1]
		switch strings.TrimPrefix(name, "$") {
		case "alt":
			format, encoding, _ := strings.Cut(value, ";")
			if format != "json" {
				return status.Errorf(codes.Unimplemented, "The emulator answers JSON only, not alt=%q.", format)
			}
			p.enumNumbers = p.enumNumbers || strings.EqualFold(encoding, "enum-encoding=int")
		case "prettyPrint":
			p.compact = strings.EqualFold(value, "false")
		case "fields":
			fields, err := parseFields(value)
			if err != nil {
				return err
			}
			p.fields = fields
		case "callback":
			return status.Error(codes.Unimplemented, "The emulator does not answer JSONP.")
		case "access_token", "oauth_token", "bearer_token":
			if r.Header.Get("Authorization") == "" {
				r.Header.Set("Authorization", "Bearer "+value)
			}
		case "userProject":
			if r.Header.Get("X-Goog-User-Project") == "" {
				r.Header.Set("X-Goog-User-Project", value)
			}
		case "connect": // would choose another protocol in the transcoder
			return unknownParameter(name)
		case "key", "quotaUser", "uploadType", "upload_protocol", ".xgafv", "unique", "trace":
		default:
			continue
		}
		delete(query, name)
	}
	return nil
}

// override follows X-HTTP-Method-Override, with which Google's clients send a
// query that is too long for a URL as the form of a POST.
func override(r *http.Request, query url.Values) error {
	method := r.Header.Get("X-Http-Method-Override")
	if method == "" {
		return nil
	}
	r.Header.Del("X-Http-Method-Override")
	if r.Method != http.MethodPost {
		return status.Error(codes.InvalidArgument, "Only a POST can override its method.")
	}
	r.Method = strings.ToUpper(method)
	if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return nil
	}
	form, err := io.ReadAll(r.Body)
	if err != nil {
		return status.Error(codes.InvalidArgument, "The form of the request is too long.")
	}
	values, err := url.ParseQuery(string(form))
	if err != nil {
		return status.Error(codes.InvalidArgument, "The form of the request cannot be read.")
	}
	for name := range values {
		query[name] = append(query[name], values[name]...)
	}
	r.Body, r.ContentLength = http.NoBody, 0
	r.Header.Del("Content-Type")
	return nil
}

// contentType brings r's type into the one form that the transcoder knows. A
// body without a type is read as JSON, as Google does; where there is no body
// its type does not matter (curl says that it is a form).
func contentType(r *http.Request) error {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	if r.ContentLength == 0 {
		media = ""
	}
	switch media {
	case "", "application/json", "text/json":
		r.Header["Content-Type"] = []string{"application/json"}
		return nil
	default:
		return status.Errorf(codes.InvalidArgument, "The emulator reads application/json, not %q.", media)
	}
}

// apiHeader tells which API a prefix or a host asked for, where the path alone
// does not: in the list of locations.
const apiHeader = "X-Emulator-Api"

// trimPrefix takes off a path what names its API.
func trimPrefix(path string) (rest, prefix string) {
	for _, prefix := range apiPrefixes {
		if rest, found := strings.CutPrefix(path, prefix); found {
			return "/" + rest, strings.Trim(prefix, "/")
		}
	}
	return path, ""
}

// pathToMatch is an escaped path as the transcoder takes it apart. It unescapes
// each element, while Google leaves an escaped slash in a resource name alone
// (google.api.http); and it takes a colon in the last element for the beginning
// of a verb, which it is not in a project of a domain (example.com:project).
func pathToMatch(path string) string {
	path = strings.NewReplacer("%2F", "%252F", "%2f", "%252f").Replace(path)
	before, rest, found := strings.Cut(path, "/projects/")
	if !found {
		return path
	}
	id, after, more := strings.Cut(rest, "/")
	if domain, local, scoped := strings.Cut(id, ":"); scoped && strings.Contains(domain, ".") {
		id = domain + "%3A" + local
	}
	if more {
		after = "/" + after
	}
	// What is in a repository may have colons in its name, and no verbs.
	if i := strings.LastIndex(after, "/"); inRepository.MatchString(after) && !strings.HasSuffix(after, ":download") {
		after = after[:i] + strings.ReplaceAll(after[i:], ":", "%3A")
	}
	return before + "/projects/" + id + after
}

// inRepository is the path of something in a repository, below its project.
var inRepository = regexp.MustCompile(`^/locations/[^/]+/repositories/[^/]+/[a-zA-Z]+/`)

// shownPath is a path of pathToMatch as its sender wrote it.
func shownPath(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return clean.Text(path)
}

// joinMasks makes one mask of all that a query brings, in the camel case that
// the transcoder knows. None and a star ask for the same; it reads neither.
func joinMasks(query url.Values) {
	for _, name := range []string{"updateMask", "update_mask"} {
		paths := slices.DeleteFunc(slices.Clone(query[name]), func(p string) bool { return p == "" || p == "*" })
		if len(paths) < len(query[name]) && len(paths) == 0 || !query.Has(name) {
			query.Del(name)
			continue
		}
		query.Set(name, camelMask(strings.Join(paths, ",")))
	}
}

// camelMask turns the names of a field mask into the camel case of JSON; Google
// takes both, the transcoder one.
func camelMask(mask string) string {
	var b strings.Builder
	upper := false
	for _, r := range mask {
		switch {
		case r == '_':
			upper = true
			continue
		case upper && 'a' <= r && r <= 'z':
			r += 'A' - 'a'
		}
		upper = false
		b.WriteRune(r)
	}
	return b.String()
}
