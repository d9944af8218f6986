package emulator

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/asset/apiv1/assetpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// assetsAPI is Cloud Asset Inventory as far as it searches resources. What it
// says of a repository holds no credentials (magic-modules#17959), and is as
// old as the world's assetDelay.
type assetsAPI struct {
	assetpb.UnimplementedAssetServiceServer
	*Server
}

// assetTypes are the types that are found here.
var assetTypes = []string{repositoryAsset, projectAsset, folderAsset, organizationAsset, secretAsset}

const (
	repositoryAsset   = "artifactregistry.googleapis.com/Repository"
	projectAsset      = "cloudresourcemanager.googleapis.com/Project"
	folderAsset       = "cloudresourcemanager.googleapis.com/Folder"
	organizationAsset = "cloudresourcemanager.googleapis.com/Organization"
	secretAsset       = "secretmanager.googleapis.com/Secret"
)

// Sizes of pages (google.cloud.asset.v1.SearchAllResourcesRequest.page_size
// has the greatest; the usual one is modelled).
const usualAssets, mostAssets = 100, 500

// SearchAllResources finds resources in a project, a folder or an organisation.
func (a *assetsAPI) SearchAllResources(ctx context.Context, req *assetpb.SearchAllResourcesRequest) (*assetpb.SearchAllResourcesResponse, error) {
	wanted, err := wantedAssets(req.GetAssetTypes())
	if err != nil {
		return nil, err
	}
	matches, err := parseTerms(req.GetQuery(), false, compareAsset)
	if err != nil {
		return nil, err
	}
	order, err := assetOrder(req.GetOrderBy())
	if err != nil {
		return nil, err
	}
	shown, err := assetMask(req.GetReadMask().GetPaths())
	if err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	in, err := a.assetScope(ctx, req.GetScope())
	if err != nil {
		return nil, err
	}
	var all []*assetpb.ResourceSearchResult
	for found := range a.assets(in, wanted) {
		if matches(found) {
			all = append(all, found)
		}
	}
	slices.SortStableFunc(all, order)
	some, next, err := page(all, pageOf(positive{req}, req.GetScope(), req.GetQuery(), req.GetOrderBy(), fmt.Sprint(req.GetAssetTypes())), usualAssets, mostAssets)
	if err != nil {
		return nil, err
	}
	answer := &assetpb.SearchAllResourcesResponse{NextPageToken: next}
	for _, found := range some {
		answer.Results = append(answer.Results, shown(found))
	}
	return answer, nil
}

// positive takes a negative page size for none, as this API does.
type positive struct {
	*assetpb.SearchAllResourcesRequest
}

func (p positive) GetPageSize() int32 { return max(0, p.SearchAllResourcesRequest.GetPageSize()) }

// wantedAssets reads the list of types, each a regular expression.
func wantedAssets(types []string) (map[string]bool, error) {
	wanted := map[string]bool{}
	for _, t := range types {
		re, err := regexp.Compile("^(?:" + t + ")$")
		if err != nil {
			return nil, invalid("Invalid asset type: %q.", t) // modelled
		}
		known := false
		for _, name := range assetTypes {
			if re.MatchString(name) {
				wanted[name], known = true, true
			}
		}
		// A type of Google's that is not found here is none, and no error.
		if !known && !strings.Contains(t, ".googleapis.com") {
			return nil, invalid("No supported asset type matches: %q.", t) // modelled
		}
	}
	if len(types) == 0 {
		for _, name := range assetTypes {
			wanted[name] = true
		}
	}
	return wanted, nil
}

// assetScope checks that the caller may search a scope, and answers whether a
// project, or a container if that is nil, is in it.
func (s *Server) assetScope(ctx context.Context, scope string) (func(*project, *container) bool, error) {
	const permission = "cloudasset.assets.searchAllResources"
	if parts, ok := split("projects/*", scope); ok {
		p := s.world.byName[parts[0]]
		if p == nil || !s.world.may(callerOf(ctx), permission, p.policy) {
			return nil, permissionDenied(cloudAsset, permission, scope)
		}
		return func(other *project, _ *container) bool { return other == p }, nil
	}
	if !isContainerName(scope) {
		return nil, invalid("Invalid scope: %q. It must be projects/{project}, folders/{folder} or organizations/{organization}.", scope) // modelled
	}
	c := s.world.hierarchy.byName[scope]
	if c == nil || !s.world.may(callerOf(ctx), permission, c.policy) {
		return nil, permissionDenied(cloudAsset, permission, scope)
	}
	return func(p *project, in *container) bool {
		if p != nil {
			in = p.parent
		}
		return in.isIn(scope)
	}, nil
}

// assets yields everything in a scope that is of a wanted type, and old enough
// to be known.
func (s *Server) assets(in func(*project, *container) bool, wanted map[string]bool) func(func(*assetpb.ResourceSearchResult) bool) {
	known := s.now().Add(-s.world.assetDelay)
	return func(yield func(*assetpb.ResourceSearchResult) bool) {
		give := func(r *assetpb.ResourceSearchResult) bool {
			return r.GetCreateTime().AsTime().After(known) || yield(r)
		}
		for _, c := range s.world.hierarchy.containers {
			if r := c.asset(); in(nil, c) && wanted[r.GetAssetType()] && !give(r) {
				return
			}
		}
		for _, p := range s.world.projects {
			if !in(p, nil) {
				continue
			}
			if wanted[projectAsset] && !give(p.asset()) {
				return
			}
			if wanted[repositoryAsset] {
				for _, r := range p.repositories.values {
					if !give(r.asset()) {
						return
					}
				}
			}
			if wanted[secretAsset] {
				for _, found := range p.secrets.values {
					if !found.expired(s.now()) && !give(found.asset()) {
						return
					}
				}
			}
		}
	}
}

// placed says of an asset where it is.
func (p *project) placed(r *assetpb.ResourceSearchResult) *assetpb.ResourceSearchResult {
	r.Project = "projects/" + p.numberText()
	p.parent.placed(r)
	return r
}

func (c *container) placed(r *assetpb.ResourceSearchResult) {
	for ; c != nil; c = c.parent {
		if c.org != nil {
			r.Organization = c.name
		} else {
			r.Folders = append(r.Folders, c.name)
		}
	}
}

func (c *container) asset() *assetpb.ResourceSearchResult {
	r := &assetpb.ResourceSearchResult{Name: "//" + resourceManager.host + "/" + c.name, State: "ACTIVE"}
	if c.org != nil {
		r.AssetType, r.DisplayName, r.CreateTime, r.UpdateTime = organizationAsset, c.org.GetDisplayName(), c.org.GetCreateTime(), c.org.GetUpdateTime()
	} else {
		r.AssetType, r.DisplayName, r.CreateTime, r.UpdateTime = folderAsset, c.folder.GetDisplayName(), c.folder.GetCreateTime(), c.folder.GetUpdateTime()
	}
	if c.parent != nil {
		r.ParentFullResourceName = "//" + resourceManager.host + "/" + c.parent.name
	}
	c.placed(r)
	return r
}

func (p *project) asset() *assetpb.ResourceSearchResult {
	r := &assetpb.ResourceSearchResult{
		Name: p.fullName(), AssetType: projectAsset, DisplayName: p.pb.GetDisplayName(), Location: "global",
		Labels: p.pb.GetLabels(), State: p.pb.GetState().String(), CreateTime: p.pb.GetCreateTime(), UpdateTime: p.pb.GetUpdateTime(),
	}
	if p.parent != nil {
		r.ParentFullResourceName = "//" + resourceManager.host + "/" + p.parent.name
	}
	return p.placed(r)
}

// fullName is the project's full resource name.
func (p *project) fullName() string { return "//" + resourceManager.host + "/projects/" + p.id }

func (r *repository) asset() *assetpb.ResourceSearchResult {
	found := &assetpb.ResourceSearchResult{
		Name: "//" + artifactRegistry.host + "/" + r.pb.GetName(), AssetType: repositoryAsset, DisplayName: r.id,
		Description: r.pb.GetDescription(), Location: r.location, Labels: r.pb.GetLabels(),
		CreateTime: r.pb.GetCreateTime(), UpdateTime: r.pb.GetUpdateTime(),
		ParentFullResourceName: r.project.fullName(), ParentAssetType: projectAsset,
	}
	if key := r.pb.GetKmsKeyName(); key != "" {
		found.KmsKeys = []string{key}
	}
	return r.project.placed(found)
}

func (s *secret) asset() *assetpb.ResourceSearchResult {
	return s.project.placed(&assetpb.ResourceSearchResult{
		Name: "//" + secretManager.host + "/projects/" + s.project.numberText() + "/secrets/" + s.id, AssetType: secretAsset, DisplayName: s.id,
		Location: "global", Labels: s.pb.GetLabels(), CreateTime: s.pb.GetCreateTime(), UpdateTime: s.pb.GetCreateTime(),
		ParentFullResourceName: s.project.fullName(), ParentAssetType: projectAsset,
	})
}

// assetField is a field of a result by either of its names.
func assetField(name string) protoreflect.FieldDescriptor {
	fields := (&assetpb.ResourceSearchResult{}).ProtoReflect().Descriptor().Fields()
	if f := fields.ByJSONName(name); f != nil {
		return f
	}
	return fields.ByName(protoreflect.Name(name))
}

// compareAsset makes a matcher of one term of the query language, as far as it
// is understood here
// (cloud.google.com/asset-inventory/docs/query-syntax): a colon finds words,
// with a star for what they begin with; an equals sign the whole text; times
// are in seconds since 1970 or as dates.
func compareAsset(path []string, operator, value string) (matcher, error) {
	if len(path) == 0 { // a word alone
		path, operator = []string{"name"}, ":"
	}
	field := assetField(path[0])
	if field == nil || operator == "!" || operator == "!=" || len(path) > 1 && !field.IsMap() {
		return nil, invalid("Invalid query: %q is not understood.", strings.Join(path, ".")+operator+value) // modelled
	}
	return func(m proto.Message) bool {
		v := m.ProtoReflect().Get(field)
		switch {
		case field.IsMap():
			return holdsLabel(v.Map(), path[1:], operator, value)
		case field.IsList():
			for i := range v.List().Len() {
				if holdsWords(v.List().Get(i).String(), operator, value) {
					return true
				}
			}
			return false
		case field.Kind() == protoreflect.MessageKind:
			t, ok := v.Message().Interface().(*timestamppb.Timestamp)
			return ok && v.Message().IsValid() && holdsMoment(t.AsTime(), operator, value)
		default:
			return holdsWords(v.String(), operator, value)
		}
	}, nil
}

// holdsLabel looks for a key or value of any label, or at that of one key.
func holdsLabel(labels protoreflect.Map, key []string, operator, value string) bool {
	found := false
	labels.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		if len(key) == 0 {
			found = holdsWords(k.String(), operator, value) || holdsWords(v.String(), operator, value)
		} else {
			found = k.String() == strings.Join(key, ".") && (value == "*" || holdsWords(v.String(), operator, value))
		}
		return !found
	})
	return found
}

var wordBreak = regexp.MustCompile(`[^\p{L}\p{N}*]+`)

// holdsWords compares without regard to case.
func holdsWords(held, operator, value string) bool {
	held, value = strings.ToLower(held), strings.ToLower(value)
	switch operator {
	case ":":
		words := wordBreak.Split(held, -1)
		for _, want := range wordBreak.Split(value, -1) {
			if want != "" && !slices.ContainsFunc(words, func(w string) bool { return matchesPattern(w, want) }) {
				return false
			}
		}
		return held != "" || value == ""
	default:
		return ordered(strings.Compare(held, value), operator)
	}
}

func holdsMoment(held time.Time, operator, value string) bool {
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return ordered(held.Compare(time.Unix(seconds, 0)), operator)
	}
	return holdsTime(held, operator, value)
}

// assetOrders are the fields that results can be sorted by.
var assetOrders = map[string]func(a, b *assetpb.ResourceSearchResult) int{
	"name":      func(a, b *assetpb.ResourceSearchResult) int { return cmp.Compare(a.GetName(), b.GetName()) },
	"assetType": func(a, b *assetpb.ResourceSearchResult) int { return cmp.Compare(a.GetAssetType(), b.GetAssetType()) },
	"project":   func(a, b *assetpb.ResourceSearchResult) int { return cmp.Compare(a.GetProject(), b.GetProject()) },
	"displayName": func(a, b *assetpb.ResourceSearchResult) int {
		return cmp.Compare(a.GetDisplayName(), b.GetDisplayName())
	},
	"description": func(a, b *assetpb.ResourceSearchResult) int {
		return cmp.Compare(a.GetDescription(), b.GetDescription())
	},
	"location": func(a, b *assetpb.ResourceSearchResult) int { return cmp.Compare(a.GetLocation(), b.GetLocation()) },
	"state":    func(a, b *assetpb.ResourceSearchResult) int { return cmp.Compare(a.GetState(), b.GetState()) },
	"createTime": func(a, b *assetpb.ResourceSearchResult) int {
		return a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime())
	},
	"updateTime": func(a, b *assetpb.ResourceSearchResult) int {
		return a.GetUpdateTime().AsTime().Compare(b.GetUpdateTime().AsTime())
	},
	"parentFullResourceName": func(a, b *assetpb.ResourceSearchResult) int {
		return cmp.Compare(a.GetParentFullResourceName(), b.GetParentFullResourceName())
	},
	"parentAssetType": func(a, b *assetpb.ResourceSearchResult) int {
		return cmp.Compare(a.GetParentAssetType(), b.GetParentAssetType())
	},
}

// assetOrder reads a list of fields, each with DESC or not.
func assetOrder(by string) (func(a, b *assetpb.ResourceSearchResult) int, error) {
	var orders []func(a, b *assetpb.ResourceSearchResult) int
	for term := range strings.SplitSeq(by, ",") {
		name, direction, _ := strings.Cut(strings.TrimSpace(term), " ")
		if name == "" && by == "" {
			continue
		}
		order, ok := assetOrders[name]
		direction = strings.ToUpper(strings.TrimSpace(direction))
		if !ok || direction != "" && direction != "ASC" && direction != "DESC" {
			return nil, invalid("Invalid order_by: %q.", by) // modelled
		}
		if direction == "DESC" {
			up := order
			order = func(a, b *assetpb.ResourceSearchResult) int { return up(b, a) }
		}
		orders = append(orders, order)
	}
	return func(a, b *assetpb.ResourceSearchResult) int {
		for _, order := range orders {
			if c := order(a, b); c != 0 {
				return c
			}
		}
		return 0
	}, nil
}

// assetMask reads which fields of a result are asked for.
func assetMask(paths []string) (func(*assetpb.ResourceSearchResult) *assetpb.ResourceSearchResult, error) {
	wanted := map[protoreflect.Name]bool{}
	for _, path := range paths {
		top, _, _ := strings.Cut(path, ".")
		f := assetField(top)
		if f == nil && path != "*" {
			return nil, invalid("Invalid field path in read_mask: %q.", path) // modelled
		}
		if f != nil {
			wanted[f.Name()] = true
		}
	}
	return func(r *assetpb.ResourceSearchResult) *assetpb.ResourceSearchResult {
		if len(wanted) == 0 {
			return r
		}
		m := r.ProtoReflect()
		m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			if !wanted[f.Name()] {
				m.Clear(f)
			}
			return true
		})
		return r
	}, nil
}
