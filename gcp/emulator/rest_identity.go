package emulator

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// identityV1beta1 is the one method of Service Usage v1beta1 that is served,
// generateServiceIdentity. It has no gRPC service, so that generate is called
// with what the request says of its caller. See
// https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services/generateServiceIdentity.
type identityV1beta1 struct {
	generate func(ctx context.Context, parent string) (serviceIdentity, error)
}

// parent is the service that a path names, as in "projects/P/services/S".
func (identityV1beta1) parent(path string) (string, bool) {
	name, found := strings.CutPrefix(path, "/v1beta1/")
	parent, isIdentity := strings.CutSuffix(name, ":generateServiceIdentity")
	if plain, err := url.PathUnescape(parent); err == nil {
		parent = plain
	}
	return parent, found && isIdentity
}

// answer is an operation that is done, as Google's is.
func (i identityV1beta1) answer(ctx context.Context, method, parent string) *reply {
	if method != http.MethodPost {
		return errorReply(notFound("/v1beta1/" + parent + ":generateServiceIdentity"))
	}
	identity, err := i.generate(ctx, parent)
	if err != nil {
		return errorReply(err)
	}
	response := map[string]string{"@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity"}
	if identity.email != "" {
		response["email"], response["uniqueId"] = identity.email, identity.uniqueID
	}
	return jsonReply(map[string]any{"name": "operations/finished.DONE_OPERATION", "done": true, "response": response})
}
