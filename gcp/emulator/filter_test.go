package emulator

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestSecretFilter(t *testing.T) {
	s := &secretmanagerpb.Secret{
		Name: "projects/1/secrets/Docker-Token", Labels: map[string]string{"env": "prod", "n": "10"},
		CreateTime: timestamppb.New(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)), Replication: replication(nil),
	}
	for filter, want := range map[string]bool{
		"":                                     true,
		"docker":                               true,
		"name:docker":                          true,
		"name:DOCKER-T":                        true,
		"name:npm":                             false,
		`name:"docker-token"`:                  true,
		"name=docker":                          false,
		"labels.env=prod":                      true,
		"labels.env!=prod":                     false,
		"labels.env:*":                         true,
		"labels.none:*":                        false,
		"labels.n>9":                           true, // as numbers
		"labels.n<9":                           false,
		"labels:env":                           true,
		"create_time>2026-01-01":               true,
		"createTime<2026-01-01":                false,
		"create_time>=2026-05-01T12:00:00Z":    true,
		`create_time<"2026-05-01T12:00:00Z"`:   false,
		"create_time=2026-05-01T12:00:00Z":     true,
		"create_time>yesterday":                false,
		"replication.automatic:*":              true,
		"replication.user_managed:*":           false,
		"nonsense:x":                           false,
		"name:npm OR name:docker":              true,
		"name:npm name:docker":                 false,
		"NOT name:npm":                         true,
		"-name:npm":                            true,
		"name:docker AND (env OR labels.n=10)": true,
		"name:docker AND NOT (labels.n=10)":    false,
		"name:a OR name:b OR name:token":       true,
		"name:(npm OR docker)":                 true,
		"name:(npm OR maven)":                  false,
		"name:(docker token)":                  true,
		"name:(docker AND npm)":                false,
		"name:(docker -npm)":                   true,
		"name:(docker AND NOT (npm OR token))": false,
		"-(name:npm OR name:maven)":            true,
		"labels.env=(dev OR prod)":             true,
		`labels."env":(prod)`:                  true,
		"(name:npm OR name:docker) labels.n=9": false,
		"name:npm name:docker OR labels.n=10":  false, // OR binds closer
		"name:docker OR name:x AND name:npm":   false,
		`name="projects/*/docker-token"`:       true,
		`name:"say \"docker\""`:                false,
	} {
		m, err := parseFilter(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
		} else if m(s) != want {
			t.Errorf("%s: got %v", filter, !want)
		}
	}
	for _, filter := range []string{"name:", "(name:x", "name:x)", "AND", "OR x", "x OR", "name!x", ":x", "name==x", "NOT", "()", "name>(x)", "name:()", "name:(a OR)", "name:(a", "name:(a:b))", "NOT NOT x", "a OR OR b", strings.Repeat("(", 60) + "a" + strings.Repeat(")", 60)} {
		if _, err := parseFilter(filter); err == nil {
			t.Errorf("%q was accepted", filter)
		}
	}
}

// TestVersionFilter holds the filters that clients send for versions.
func TestVersionFilter(t *testing.T) {
	enabled := &secretmanagerpb.SecretVersion{Name: "projects/1/secrets/s/versions/2", State: secretmanagerpb.SecretVersion_ENABLED}
	for filter, want := range map[string]bool{
		"state:ENABLED": true, "state=enabled": true, "state:(ENABLED OR DISABLED)": true, "state:(DISABLED OR DESTROYED)": false,
		"NOT state:DESTROYED": true, "-state:(DISABLED OR DESTROYED)": true, "state:ENABLED AND name:versions/2": true,
		"state!=DESTROYED": true, "state!=ENABLED": false,
	} {
		m, err := parseFilter(filter)
		if err != nil || m(enabled) != want {
			t.Errorf("%s: %v, want %v", filter, err, want)
		}
	}
}

// TestRepositoryFilter holds groups of names.
func TestRepositoryFilter(t *testing.T) {
	r := &artifactregistrypb.Repository{Name: "projects/p/locations/us/repositories/docker-hub"}
	for filter, want := range map[string]bool{
		`name="projects/p/locations/us/repositories/docker-*"`: true, `name=("*/docker-*" OR "*/npm")`: true, `name:(*/npm OR */pypi)`: false,
		`NOT name="*/npm"`: true, `-name:"*/docker-hub"`: false, `name="*/DOCKER*" AND name="*-hub"`: true,
	} {
		m, err := repositoryFilter(filter)
		if err != nil || m(r) != want {
			t.Errorf("%s: %v, want %v", filter, err, want)
		}
	}
	for _, filter := range []string{"docker", "format=DOCKER", "name>a", "name.x=a", "name=(a"} {
		_, err := repositoryFilter(filter)
		wantCode(t, err, codes.InvalidArgument)
	}
}

// TestProjectQuery holds Resource Manager's own rule: what stands side by side
// is joined by OR.
func TestProjectQuery(t *testing.T) {
	p := &resourcemanagerpb.Project{Name: "projects/42", ProjectId: "example.com:shop", DisplayName: "The shop", Labels: map[string]string{"team": "a"},
		State: resourcemanagerpb.Project_ACTIVE, Parent: "folders/7"}
	for query, want := range map[string]bool{
		"": true, "id:x name:the*": true, "id:x AND name:the*": false, "state:ACTIVE AND labels.team:a": true, "id:(x OR y)": false,
		`id:("example.com:shop" OR y)`: true, "id:example.com:shop": true, "NOT id:x": true, "(id:x OR id:y) name:nope": false,
		"name:(the* no*)": false, "labels.team:(a OR b)": true, "parent.type:folder": true, "projectNumber:42": true,
	} {
		m, err := parseProjectQuery(query)
		if err != nil || m(p) != want {
			t.Errorf("%s: %v, want %v", query, err, want)
		}
	}
}

func FuzzSecretFilter(f *testing.F) {
	for _, s := range []string{"name:x", "a AND (b OR NOT c)", `create_time>"2026-01-01"`, "-a:*", "((((", `"`, "a:1:2:3", "a:(b OR c)", `a."b".c:(d`} {
		f.Add(s)
	}
	s := &secretmanagerpb.Secret{Name: "n", Labels: map[string]string{"a": "b"}, CreateTime: timestamppb.New(time.Unix(0, 0)), Replication: replication(nil)}
	f.Fuzz(func(t *testing.T, filter string) {
		m, err := parseFilter(filter)
		if err != nil {
			wantCode(t, err, codes.InvalidArgument)
			return
		}
		m(s)
	})
}
