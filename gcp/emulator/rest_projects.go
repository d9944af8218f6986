package emulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// projectsV1 is Resource Manager v1 as gcloud's "projects" commands ask it:
// get and list, made of v3's methods so that callers, permissions, latency and
// faults are theirs. Its IAM methods are bound to v3 in restRules. See
// https://cloud.google.com/resource-manager/reference/rest/v1/projects.
type projectsV1 struct{ v3 http.Handler }

// projectV1 is a v1 Project.
type projectV1 struct {
	ProjectNumber  string            `json:"projectNumber"`
	ProjectID      string            `json:"projectId"`
	LifecycleState string            `json:"lifecycleState"`
	Name           string            `json:"name,omitempty"`
	CreateTime     string            `json:"createTime,omitempty"`
	Labels         map[string]string `json:"labels,omitempty"`
	Parent         *resourceIDV1     `json:"parent,omitempty"`
}

type resourceIDV1 struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// serves tells whether path is v1's collection of projects or one of them,
// custom methods other than IAM's included. Everything below a project belongs
// to other APIs.
func (projectsV1) serves(path string) bool {
	id, found := strings.CutPrefix(path, "/v1/projects")
	if !found || id == "" {
		return found
	}
	_, verb, _ := strings.Cut(id, ":")
	return len(id) > 1 && id[0] == '/' && !strings.Contains(id[1:], "/") &&
		verb != "searchAllResources" && verb != "getIamPolicy" && verb != "setIamPolicy" && verb != "testIamPermissions"
}

func (p projectsV1) answer(r *http.Request) *reply {
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/v1/projects"), "/")
	switch {
	case r.Method != http.MethodGet || strings.Contains(id, ":"):
		return errorReply(status.Errorf(codes.Unimplemented, "The emulator serves get, list and IAM of Resource Manager v1 projects, not %s %s.", r.Method, shownPath(r.URL.Path)))
	case id == "":
		return p.list(r)
	default:
		return p.get(r, id)
	}
}

func (p projectsV1) get(r *http.Request, id string) *reply {
	var project rmpb.Project
	if failed := p.ask(r, "/v3/projects/"+id, nil, &project); failed != nil {
		return failed
	}
	return jsonReply(toProjectV1(&project))
}

// list filters each page after it was fetched: v1 joins its terms by AND where
// v3's search joins them by OR. A page may therefore hold fewer projects than
// were asked for, which the API allows.
func (p projectsV1) list(r *http.Request) *reply {
	asked := r.URL.Query()
	keep, err := parseProjectFilter(asked.Get("filter"))
	if err != nil {
		return errorReply(err)
	}
	query := url.Values{}
	for _, name := range []string{"pageSize", "pageToken"} {
		if asked.Has(name) {
			query.Set(name, asked.Get(name))
		}
	}
	var found rmpb.SearchProjectsResponse
	if failed := p.ask(r, "/v3/projects:search", query, &found); failed != nil {
		return failed
	}
	var out struct {
		Projects      []projectV1 `json:"projects,omitempty"`
		NextPageToken string      `json:"nextPageToken,omitempty"`
	}
	for _, project := range found.GetProjects() {
		if keep(project) {
			out.Projects = append(out.Projects, toProjectV1(project))
		}
	}
	out.NextPageToken = found.GetNextPageToken()
	return jsonReply(out)
}

// ask gets path of v3 into msg, as the caller of r, and returns the failure, if
// there is one.
func (p projectsV1) ask(r *http.Request, path string, query url.Values, msg proto.Message) *reply {
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawQuery = path, query.Encode()
	out := ask(p.v3, inner)
	if out.status != http.StatusOK {
		return out
	}
	if err := protojson.Unmarshal(out.body.Bytes(), msg); err != nil {
		return errorReply(status.Errorf(codes.Internal, "read Resource Manager v3: %v", err))
	}
	return nil
}

func toProjectV1(p *rmpb.Project) projectV1 {
	out := projectV1{
		ProjectNumber:  strings.TrimPrefix(p.GetName(), "projects/"),
		ProjectID:      p.GetProjectId(),
		LifecycleState: p.GetState().String(),
		Name:           p.GetDisplayName(),
		Labels:         p.GetLabels(),
	}
	if p.GetCreateTime() != nil {
		out.CreateTime = p.GetCreateTime().AsTime().Format(time.RFC3339Nano)
	}
	if kind, id, found := strings.Cut(p.GetParent(), "/"); found {
		out.Parent = &resourceIDV1{Type: strings.TrimSuffix(kind, "s"), ID: id}
	}
	return out
}

func jsonReply(v any) *reply {
	out := newReply()
	if err := json.NewEncoder(&out.body).Encode(v); err != nil {
		return errorReply(status.Errorf(codes.Internal, "write the answer: %v", err))
	}
	return out
}
