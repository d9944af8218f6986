package emulator

import (
	"strings"
	"testing"

	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestProjectFilter(t *testing.T) {
	shop := &rmpb.Project{
		Name: "projects/42", ProjectId: "shop-prod", DisplayName: "The shop", State: rmpb.Project_ACTIVE,
		Labels: map[string]string{"team": "a"}, Parent: "folders/7",
	}
	tests := []struct {
		filter string
		want   bool
	}{
		{"", true},
		{"  ", true},
		{"lifecycleState:ACTIVE", true},
		{"lifecyclestate=active", true},
		{"lifecycleState:DELETE_REQUESTED", false},
		{`name:"The Shop"`, true},
		{"name:the*", true},
		{"name:shop", false},
		{"id:shop-prod", true},
		{"projectId:shop", false},
		{"labels.team:*", true},
		{"labels.colour:*", false},
		{"labels.team:b", false},
		{"parent.type:folder parent.id:7", true},
		{"parent.type:folder parent.id:8", false},
		{"lifecycleState:ACTIVE AND (name:x OR id:shop-prod)", true},
		{"lifecycleState:ACTIVE AND (name:x OR id:y)", false},
		{"id:x OR id:y OR id:shop-prod", true},
		{"id:x OR id:shop-prod name:x", false},
		{"NOT id:x", true},
		{"-id:shop-prod", false},
		{"NOT (id:x OR id:shop-prod)", false},
	}
	for _, tt := range tests {
		keep, err := parseProjectFilter(tt.filter)
		if err != nil {
			t.Errorf("%q: %v", tt.filter, err)
			continue
		}
		if got := keep(shop); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.filter, got, tt.want)
		}
	}
	for _, bad := range []string{"id:", ":x", "colour:red", "id>x", "(id:x", "id:x)", "id:x OR", "AND", "NOT", strings.Repeat("(", 1000)} {
		if _, err := parseProjectFilter(bad); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%q: %v, want InvalidArgument", bad, err)
		}
	}
}
