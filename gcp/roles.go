package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"

	"google.golang.org/api/googleapi"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
)

// roleName is the form of a predefined role's name, of a project's and of an
// organisation's (https://cloud.google.com/iam/docs/reference/rest/v1/roles).
var roleName = regexp.MustCompile(`^(?:projects/[A-Za-z0-9.:-]+/|organizations/[0-9]+/)?roles/[A-Za-z0-9_.]+$`)

// RolePermissions returns what a role permits: nothing, where it was deleted.
// One plain request needs no client: IAM's generated one would link its whole
// API for it.
func (c *Client) RolePermissions(ctx context.Context, role string) ([]string, error) {
	m := method{op: "read role", rpc: "IAM.GetRole", needs: "iam.roles.get", repeat: true}
	return call(ctx, c, m, role, func(ctx context.Context) ([]string, error) {
		if !roleName.MatchString(role) {
			return nil, &cloud.Error{Kind: cloud.Invalid, Op: "read role " + clean.Text(role), Message: "that isn't the name of a role"}
		}
		return c.role(ctx, role)
	})
}

func (c *Client) role(ctx context.Context, role string) ([]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.baseURL("iam")+"/v1/"+role, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", c.userAgent())
	answer, err := c.web(c.asCaller(), 0).Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // only read from
	if err := googleapi.CheckResponse(answer); err != nil {
		return nil, err
	}
	var found struct {
		Permissions []string `json:"includedPermissions"`
		Deleted     bool     `json:"deleted"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		return nil, fmt.Errorf("read role %s: %w", role, err)
	}
	if found.Deleted {
		return nil, nil
	}
	all := make([]string, len(found.Permissions))
	for i, p := range found.Permissions {
		all[i] = clean.Text(p)
	}
	return all, nil
}
