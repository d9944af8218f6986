package emulator

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestProjectFilter(t *testing.T) {
	shop := projectV1{
		ProjectNumber: "42", ProjectID: "shop-prod", Name: "The shop", LifecycleState: "ACTIVE",
		Labels: map[string]string{"team": "a"}, Parent: &resourceIDV1{Type: "folder", ID: "7"},
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
		{"name:*hop", true},
		{"name:*e*sh*", true},
		{"name:*z*", false},
		{"id:shop-prod", true},
		{"projectId:shop", false},
		{"projectNumber:42", true},
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
	if keep, err := parseProjectFilter("parent.id:*"); err != nil || keep(projectV1{}) {
		t.Error("a project without a parent has one")
	}
	for _, bad := range []string{"shop", "id:", ":x", "colour:red", "labels.:x", "(id:x", "id:x)", "id:x OR", "AND", "NOT", strings.Repeat("(", 1000)} {
		if _, err := parseProjectFilter(bad); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%q: %v, want InvalidArgument", bad, err)
		}
	}
}
