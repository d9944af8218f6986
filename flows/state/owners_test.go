package state

import "testing"

func TestOwnersByTheirLabels(t *testing.T) {
	for _, c := range []struct {
		labels map[string]string
		tool   string
	}{
		{nil, ""},
		{map[string]string{"team": "terraform", "env": "prod"}, ""},
		{map[string]string{"goog-terraform-provisioned": "true"}, "Terraform"},
		{map[string]string{"goog-terraform-provisioned": "false"}, ""},
		{map[string]string{"goog-pulumi-provisioned": "true"}, "Pulumi"},
		{map[string]string{"managed-by-cnrm": "true"}, "Config Connector"},
		{map[string]string{"goog-dm": "my-deployment"}, "Deployment Manager"},
		{map[string]string{"managed-by": "terraform"}, "Terraform"},
		{map[string]string{"managed_by": "Terragrunt"}, "Terraform"},
		{map[string]string{"managed-by": "external-secrets"}, "external-secrets"},
		{map[string]string{"managed-by": "gcloud"}, ""},
		{map[string]string{"managed-by": ""}, ""},
		{map[string]string{"managed-by": "somebody", "goog-pulumi-provisioned": "true"}, "Pulumi"},
	} {
		if o, ok := ownerOf(c.labels); o.tool != c.tool || ok != (c.tool != "") {
			t.Errorf("%v: %q, %v, want %q", c.labels, o.tool, ok, c.tool)
		}
	}
}
