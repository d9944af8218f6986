package emulator

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// locationIDs are where Artifact Registry keeps repositories: all regions and
// the three multi-regions.
var locationIDs = strings.Fields(`
	africa-south1 asia asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
	asia-southeast1 asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe europe-central2
	europe-north1 europe-north2 europe-southwest1 europe-west1 europe-west10 europe-west12 europe-west2 europe-west3
	europe-west4 europe-west6 europe-west8 europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1
	northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 us us-central1 us-east1 us-east4
	us-east5 us-south1 us-west1 us-west2 us-west3 us-west4`)

func isLocation(id string) bool { return slices.Contains(locationIDs, id) }

// isSecretLocation tells whether Secret Manager has replicas there: in regions,
// and not in multi-regions.
func isSecretLocation(id string) bool { return isLocation(id) && strings.Contains(id, "-") }

// secretLocationIDs are where Secret Manager keeps replicas.
var secretLocationIDs = slices.DeleteFunc(slices.Clone(locationIDs), func(id string) bool { return !isSecretLocation(id) })

// locationsAPI is the locations service, which Google serves on the host of
// each API. On one port a path says nothing of the host: the list is Artifact
// Registry's, unless the request says otherwise by its host or by the prefix
// "secretmanager/" of its path.
type locationsAPI struct {
	location.UnimplementedLocationsServer
	*Server
}

// secretLocations tells whether a request is for Secret Manager's.
func secretLocations(ctx context.Context) bool {
	md, _ := metadata.FromIncomingContext(ctx)
	asked := append(md.Get(apiHeader), md.Get(":authority")...)
	return slices.ContainsFunc(asked, func(name string) bool { return name == "secretmanager" || strings.HasPrefix(name, secretManager.host) })
}

// project finds the project of a request for an API's locations, and which
// they are.
func (a *locationsAPI) project(ctx context.Context, name, verb string) (*project, []string, error) {
	if secretLocations(ctx) {
		p, err := a.secretProject(ctx, name, "secretmanager.locations."+verb)
		return p, secretLocationIDs, err
	}
	p, err := a.registryProject(ctx, name, "artifactregistry.locations."+verb)
	return p, locationIDs, err
}

// ListLocations lists an API's locations, the same for all projects.
func (a *locationsAPI) ListLocations(ctx context.Context, req *location.ListLocationsRequest) (*location.ListLocationsResponse, error) {
	if req.GetFilter() != "" {
		return nil, unimplemented("filters on locations")
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, all, err := a.project(ctx, req.GetName(), "list")
	if err != nil {
		return nil, err
	}
	ids, next, err := page(all, pageOf(req, req.GetName()), 500, 1000)
	if err != nil {
		return nil, err
	}
	r := &location.ListLocationsResponse{NextPageToken: next}
	for _, id := range ids {
		r.Locations = append(r.Locations, locationMessage(ctx, p, id))
	}
	return r, nil
}

// GetLocation answers one of them.
func (a *locationsAPI) GetLocation(ctx context.Context, req *location.GetLocationRequest) (*location.Location, error) {
	parts, ok := split("projects/*/locations/*", req.GetName())
	if !ok {
		return nil, invalidName()
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, all, err := a.project(ctx, "projects/"+parts[0], "get")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(all, parts[1]) {
		return nil, noLocation(parts[1])
	}
	return locationMessage(ctx, p, parts[1]), nil
}

// locationMessage names the project as its API does.
func locationMessage(ctx context.Context, p *project, id string) *location.Location {
	named := p.id
	if secretLocations(ctx) {
		named = p.numberText()
	}
	return &location.Location{Name: "projects/" + named + "/locations/" + id, LocationId: id, DisplayName: id}
}

// noLocation is modelled.
func noLocation(id string) error {
	return fail(codes.NotFound, "Location %s is not found or access is unauthorized.", id)
}
