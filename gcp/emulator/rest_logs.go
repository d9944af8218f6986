package emulator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// platformLogsV1 are two methods of Artifact Registry that have no gRPC
// service in a released proto: reading and setting which pulls are logged, of
// a repository or a location
// (cloud.google.com/artifact-registry/docs/reference/rest/v1/PlatformLogsConfig).
type platformLogsV1 struct{ server *Server }

// logsConfig is a PlatformLogsConfig.
type logsConfig struct {
	Name          string `json:"name"`
	LoggingState  string `json:"loggingState,omitempty"`
	SeverityLevel string `json:"severityLevel,omitempty"`
}

// platformLogsService is what the log of calls and faults name them by.
const platformLogsService = "/google.devtools.artifactregistry.v1.ArtifactRegistry/"

// parent is the repository or location that a path names.
func (platformLogsV1) parent(path string) (string, bool) {
	name, found := strings.CutPrefix(path, "/v1/")
	parent, isConfig := strings.CutSuffix(name, "/platformLogsConfig")
	return parent, found && isConfig
}

func (l platformLogsV1) answer(ctx context.Context, r *http.Request, parent string) *reply {
	var method string
	var serve func(context.Context) (any, error)
	switch r.Method {
	case http.MethodGet:
		method = "GetPlatformLogsConfig"
		serve = func(ctx context.Context) (any, error) { return l.get(ctx, parent) }
	case http.MethodPatch:
		method = "UpdatePlatformLogsConfig"
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return errorReply(invalid("Request payload size exceeds the limit: %d bytes.", maxRESTBody))
		}
		mask := r.URL.Query().Get("updateMask")
		serve = func(ctx context.Context) (any, error) { return l.update(ctx, parent, body, mask) }
	default:
		return errorReply(notFound(r.URL.Path))
	}
	answer, err := l.server.intercept(ctx, platformLogsService+method, serve)
	if err != nil {
		return errorReply(err)
	}
	return jsonReply(answer)
}

// find is the project and the place of a configuration in it.
func (l platformLogsV1) find(ctx context.Context, parent, verb string) (*project, string, error) {
	s := l.server
	if parts, ok := split("projects/*/locations/*/repositories/*", parent); ok {
		r, err := s.repository(ctx, parent, "artifactregistry.repositories."+verb)
		if err != nil {
			return nil, "", err
		}
		return r.project, repositoryKey(parts[1], parts[2]), nil
	}
	p, location, err := s.registryLocation(ctx, parent, "artifactregistry.projectconfigs."+verb)
	return p, location, err
}

func (l platformLogsV1) get(ctx context.Context, parent string) (logsConfig, error) {
	l.server.world.mu.RLock()
	defer l.server.world.mu.RUnlock()
	p, place, err := l.find(ctx, parent, "get")
	if err != nil {
		return logsConfig{}, err
	}
	return l.shown(parent, p.logging[place]), nil
}

func (platformLogsV1) shown(parent string, held platformLogs) logsConfig {
	return logsConfig{Name: parent + "/platformLogsConfig", LoggingState: held.state, SeverityLevel: held.severity}
}

func (l platformLogsV1) update(ctx context.Context, parent string, body []byte, mask string) (logsConfig, error) {
	var asked logsConfig
	if len(body) > 0 {
		if err := json.Unmarshal(body, &asked); err != nil {
			return logsConfig{}, status.Error(codes.InvalidArgument, "Invalid JSON payload received.")
		}
	}
	asked.LoggingState, asked.SeverityLevel = strings.ToUpper(asked.LoggingState), strings.ToUpper(asked.SeverityLevel)
	l.server.world.mu.Lock()
	defer l.server.world.mu.Unlock()
	p, place, err := l.find(ctx, parent, "update")
	if err != nil {
		return logsConfig{}, err
	}
	next := p.logging[place]
	if mask == "" || mask == "*" {
		mask = "loggingState,severityLevel"
	}
	for path := range strings.SplitSeq(mask, ",") {
		switch camelMask(path) {
		case "loggingState":
			next.state = asked.LoggingState
		case "severityLevel":
			next.severity = asked.SeverityLevel
		default:
			return logsConfig{}, invalid("Invalid field mask path %q.", path) // modelled
		}
	}
	level, ok := severities[next.severity]
	switch next.state {
	case "", "LOGGING_STATE_UNSPECIFIED", "ENABLED", "DISABLED":
	default:
		ok = false
	}
	if !ok {
		return logsConfig{}, invalid("Invalid value of platform_logs_config: %q, %q.", next.state, next.severity) // modelled
	}
	next.level = level
	p.setLogging(place, next)
	return l.shown(parent, next), nil
}
