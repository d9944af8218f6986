package gcp

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/protobuf/proto"

	"example.com/upstreamauth/flows/cloud"
)

// lists are the client's lists: what each is asked for, a page of it with a
// next token, and how it is read to its end.
var lists = []struct {
	rpc  string
	page func(items bool, next string) proto.Message
	read func(context.Context, *Client) error
}{
	{"Projects.SearchProjects", func(items bool, next string) proto.Message {
		p := &resourcemanagerpb.SearchProjectsResponse{NextPageToken: next}
		if items {
			p.Projects = []*resourcemanagerpb.Project{{Name: "projects/1", ProjectId: "p", State: resourcemanagerpb.Project_ACTIVE}}
		}
		return p
	}, func(ctx context.Context, c *Client) (failed error) {
		for _, err := range c.Projects(ctx) {
			failed = err
		}
		return failed
	}},
	{"ArtifactRegistry.ListRepositories", func(items bool, next string) proto.Message {
		p := &artifactregistrypb.ListRepositoriesResponse{NextPageToken: next}
		if items {
			p.Repositories = []*artifactregistrypb.Repository{{Name: "projects/p/locations/l/repositories/r"}}
		}
		return p
	}, func(ctx context.Context, c *Client) (failed error) {
		for b, err := range c.Repositories(ctx, "p") {
			if failed = err; err == nil && b.Err != nil {
				failed = b.Err
			}
		}
		return failed
	}},
	{"Locations.ListLocations", func(items bool, next string) proto.Message {
		p := &location.ListLocationsResponse{NextPageToken: next}
		if items {
			p.Locations = []*location.Location{{LocationId: "l"}}
		}
		return p
	}, func(ctx context.Context, c *Client) (failed error) {
		_, failed = c.locations(ctx, "p")
		return failed
	}},
	{"SecretManagerService.ListSecrets", func(items bool, next string) proto.Message {
		p := &secretmanagerpb.ListSecretsResponse{NextPageToken: next}
		if items {
			p.Secrets = []*secretmanagerpb.Secret{{Name: "projects/1/secrets/s"}}
		}
		return p
	}, func(ctx context.Context, c *Client) (failed error) {
		for _, err := range c.Secrets(ctx, "p") {
			failed = err
		}
		return failed
	}},
	{"SecretManagerService.ListSecretVersions", func(items bool, next string) proto.Message {
		p := &secretmanagerpb.ListSecretVersionsResponse{NextPageToken: next}
		if items {
			p.Versions = []*secretmanagerpb.SecretVersion{{Name: "projects/1/secrets/s/versions/1"}}
		}
		return p
	}, func(ctx context.Context, c *Client) (failed error) {
		_, failed = c.Versions(ctx, cloud.SecretName{Project: "p", ID: "s"})
		return failed
	}},
}

// A list whose pages come round again, or stay empty for ever, ends with an
// error; one with a gap in it is read to its end.
func TestListsEnd(t *testing.T) {
	for _, shape := range []struct {
		name  string
		ends  bool
		page  func(n int) (items bool, next string)
		calls int
	}{
		{"one token for ever", false, func(int) (bool, string) { return true, "again" }, 2},
		{"three tokens in a circle", false, func(n int) (bool, string) { return true, fmt.Sprint(n % 3) }, 4},
		{"one token for ever, empty", false, func(int) (bool, string) { return false, "again" }, 2},
		{"new tokens, empty for ever", false, func(n int) (bool, string) { return false, fmt.Sprint(n) }, maxEmptyPages + 1},
		{"a gap of empty pages", true, func(n int) (bool, string) {
			if n == 40 {
				return true, ""
			}
			return false, fmt.Sprint(n)
		}, 41},
	} {
		for _, l := range lists {
			t.Run(shape.name+", "+l.rpc, func(t *testing.T) {
				n := 0
				replies := map[string]reply{l.rpc: func(context.Context, proto.Message) (proto.Message, error) {
					items, next := shape.page(n)
					n++
					return l.page(items, next), nil
				}}
				if l.rpc == "ArtifactRegistry.ListRepositories" {
					replies["Locations.ListLocations"] = func(context.Context, proto.Message) (proto.Message, error) {
						return &location.ListLocationsResponse{Locations: []*location.Location{{LocationId: "l"}}}, nil
					}
				}
				f := newFake(t, nil, replies)
				err := l.read(t.Context(), f.client(t, Options{}))
				if shape.ends != (err == nil) || err != nil && !strings.Contains(err.Error(), "doesn't end") {
					t.Errorf("ended with %v", err)
				}
				if n != shape.calls {
					t.Errorf("asked for %d pages, want %d", n, shape.calls)
				}
			})
		}
	}
}
