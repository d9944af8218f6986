package emulator

import (
	"testing"
	"time"

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
	} {
		m, err := parseFilter(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
		} else if m(s) != want {
			t.Errorf("%s: got %v", filter, !want)
		}
	}
	for _, filter := range []string{"name:", "(name:x", "name:x)", "AND", "OR x", "x OR", "name!x", ":x", "name==x", "NOT", "()", "name>(x)"} {
		if _, err := parseFilter(filter); err == nil {
			t.Errorf("%q was accepted", filter)
		}
	}
}

func FuzzSecretFilter(f *testing.F) {
	for _, s := range []string{"name:x", "a AND (b OR NOT c)", `create_time>"2026-01-01"`, "-a:*", "((((", `"`, "a:1:2:3"} {
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
