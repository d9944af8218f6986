package emulator

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	ltype "google.golang.org/genproto/googleapis/logging/type"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// platformLogs says what is logged of a repository's pulls
// (cloud.google.com/artifact-registry/docs/platform-logs).
type platformLogs struct {
	state    string // as in the API; empty: unspecified
	severity string // the same
	level    ltype.LogSeverity
}

// severities are the levels that can be set.
var severities = map[string]ltype.LogSeverity{
	"": 0, "SEVERITY_LEVEL_UNSPECIFIED": 0, "DEBUG": ltype.LogSeverity_DEBUG, "INFO": ltype.LogSeverity_INFO, "NOTICE": ltype.LogSeverity_NOTICE,
	"WARNING": ltype.LogSeverity_WARNING, "ERROR": ltype.LogSeverity_ERROR, "CRITICAL": ltype.LogSeverity_CRITICAL,
	"ALERT": ltype.LogSeverity_ALERT, "EMERGENCY": ltype.LogSeverity_EMERGENCY,
}

func (p *project) setLogging(of string, what platformLogs) {
	if p.logging == nil {
		p.logging = map[string]platformLogs{}
	}
	p.logging[of] = what
}

// logged is what holds for a repository: its own setting, or else that of its
// location.
func (p *project) logged(location, id string) platformLogs {
	if own := p.logging[repositoryKey(location, id)]; own.state != "" && own.state != "LOGGING_STATE_UNSPECIFIED" {
		return own
	}
	return p.logging[location]
}

// maxLogEntries is how many entries are kept.
const maxLogEntries = 10_000

// logEntries are the newest ones, oldest first.
type logEntries struct {
	mu  sync.Mutex
	all []*loggingpb.LogEntry
	// serial makes each entry's id.
	serial int
}

// logPull writes an entry about a pull, where platform logs are on. Which
// information there is is documented; where in the entry it stands is modelled.
func (p pulls) logPull(r *http.Request, wanted pull, from readFrom, status int, failed error) {
	severity := ltype.LogSeverity_INFO
	says := "OK"
	if failed != nil {
		told := refusalOf(failed)
		severity, status, says = ltype.LogSeverity_ERROR, told.status, told.says
	}
	p.world.mu.RLock()
	level := from.project.logged(from.repository.location, from.repository.id)
	p.world.mu.RUnlock()
	if level.state != "ENABLED" || severity < level.level {
		return
	}
	payload, err := structpb.NewStruct(map[string]any{
		"status": map[string]any{"code": status, "message": says}, "path": wanted.path, "principal": p.puller(r),
	})
	if err != nil {
		return // a path that is no UTF-8
	}
	now := timestamppb.New(p.now())
	entry := &loggingpb.LogEntry{
		LogName: "projects/" + from.project.id + "/logs/artifactregistry.googleapis.com%2Frequests",
		Resource: &monitoredres.MonitoredResource{Type: repositoryAsset, Labels: map[string]string{
			"resource_container": from.project.numberText(), "location": from.repository.location, "repository_id": from.repository.id,
		}},
		Timestamp: now, ReceiveTimestamp: now, Severity: severity,
		Labels: map[string]string{
			"method": "DownloadArtifact", "resource_name": from.pb.GetName(), "location": from.repository.location,
			"format": from.pb.GetFormat().String(), "mode": from.pb.GetMode().String(),
		},
		HttpRequest: &ltype.HttpRequest{RequestMethod: r.Method, RequestUrl: r.URL.Path, Status: int32(status), UserAgent: r.UserAgent(), Protocol: r.Proto}, //nolint:gosec // an HTTP status is small
		Payload:     &loggingpb.LogEntry_JsonPayload{JsonPayload: payload},
	}
	p.logs.mu.Lock()
	defer p.logs.mu.Unlock()
	p.logs.serial++
	entry.InsertId = fmt.Sprintf("%012d", p.logs.serial)
	if len(p.logs.all) == maxLogEntries {
		p.logs.all = append(p.logs.all[:0], p.logs.all[maxLogEntries/2:]...)
	}
	p.logs.all = append(p.logs.all, entry)
}

// logsAPI is Cloud Logging as far as entries are read.
type logsAPI struct {
	loggingpb.UnimplementedLoggingServiceV2Server
	*Server
}

// ListLogEntries lists the entries of projects, oldest first unless told
// otherwise.
func (a *logsAPI) ListLogEntries(ctx context.Context, req *loggingpb.ListLogEntriesRequest) (*loggingpb.ListLogEntriesResponse, error) {
	matches, err := parseTerms(req.GetFilter(), false, compareLog)
	if err != nil {
		return nil, err
	}
	order := strings.ToLower(strings.Join(strings.Fields(req.GetOrderBy()), " "))
	if !slices.Contains([]string{"", "timestamp", "timestamp asc", "timestamp desc"}, order) {
		return nil, invalid("Invalid order_by: %q.", req.GetOrderBy()) // modelled, as are the others
	}
	if len(req.GetResourceNames()) == 0 {
		return nil, invalid("No resource names were specified.")
	}
	wanted := map[string]bool{}
	for _, name := range req.GetResourceNames() {
		ids, err := a.logProjects(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			wanted["projects/"+id] = true
		}
	}
	a.logs.mu.Lock()
	entries := slices.Clone(a.logs.all)
	a.logs.mu.Unlock()
	var all []*loggingpb.LogEntry
	for _, e := range entries {
		if project, _, _ := strings.Cut(e.GetLogName(), "/logs/"); wanted[project] && matches(e) {
			all = append(all, e)
		}
	}
	if order == "timestamp desc" {
		slices.Reverse(all)
	}
	some, next, err := page(all, pageOf(req, req.GetFilter(), req.GetOrderBy(), fmt.Sprint(req.GetResourceNames())), 50, 1000)
	if err != nil {
		return nil, err
	}
	return &loggingpb.ListLogEntriesResponse{Entries: some, NextPageToken: next}, nil
}

// logProjects are the ids of the projects that a resource name stands for, of
// which the caller may read the log.
func (s *Server) logProjects(ctx context.Context, name string) ([]string, error) {
	const permission = "logging.logEntries.list"
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	if parts, ok := split("projects/*", name); ok {
		p, err := s.projectWith(cloudLogging, parts[0], permission, name)
		if err != nil {
			return nil, err
		}
		if !s.world.may(callerOf(ctx), permission, p.policy) {
			return nil, permissionDenied(cloudLogging, permission, name)
		}
		return []string{p.id}, nil
	}
	if !isContainerName(name) {
		return nil, invalid("Invalid resource name: %q.", name)
	}
	c := s.world.hierarchy.byName[name]
	if c == nil || !s.world.may(callerOf(ctx), permission, c.policy) {
		return nil, permissionDenied(cloudLogging, permission, name)
	}
	return nil, nil // its own log is empty: pulls are logged in projects
}

// compareLog makes a matcher of one term of the logging query language
// (cloud.google.com/logging/docs/view/logging-query-language), as far as it is
// understood here: fields of an entry, and words anywhere in it.
func compareLog(path []string, operator, value string) (matcher, error) {
	if len(path) == 0 { // a word alone
		return func(m proto.Message) bool {
			text, err := protojson.Marshal(m)
			return err == nil && strings.Contains(strings.ToLower(string(text)), strings.ToLower(value))
		}, nil
	}
	if operator == "!=" {
		equal, err := compareLog(path, "=", value)
		return func(m proto.Message) bool { return !equal(m) }, err
	}
	fields := (&loggingpb.LogEntry{}).ProtoReflect().Descriptor().Fields()
	if fields.ByJSONName(path[0]) == nil && fields.ByTextName(path[0]) == nil || operator == "!" {
		return nil, invalid("Unparseable filter: %q is not understood.", strings.Join(path, ".")+operator+value)
	}
	level, isLevel := ltype.LogSeverity_value[strings.ToUpper(value)]
	if path[0] == "severity" && !isLevel {
		return nil, invalid("Unparseable filter: unknown severity %q.", value)
	}
	return func(m proto.Message) bool {
		e, ok := m.(*loggingpb.LogEntry)
		switch {
		case !ok:
			return false
		case path[0] == "severity":
			return ordered(cmp.Compare(int32(e.GetSeverity()), level), operator)
		case path[0] == "jsonPayload" || path[0] == "json_payload":
			return holdsJSON(structpb.NewStructValue(e.GetJsonPayload()), path[1:], operator, value)
		default:
			return holds(m.ProtoReflect(), path, operator, value)
		}
	}, nil
}

// holdsJSON walks along the path through objects.
func holdsJSON(v *structpb.Value, path []string, operator, value string) bool {
	if len(path) > 0 {
		return holdsJSON(v.GetStructValue().GetFields()[path[0]], path[1:], operator, value)
	}
	switch kind := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return holdsText(kind.StringValue, operator, value)
	case *structpb.Value_NumberValue:
		return holdsText(fmt.Sprint(kind.NumberValue), operator, value)
	default:
		return v != nil && operator == ":" && value == "*"
	}
}
