package state

import (
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// owner is a tool that keeps a resource as its own code describes it: what
// somebody else changes, its next run changes back.
type owner struct {
	tool string
	// labels mark what it made; a value of "false" is no mark.
	labels []string
	// credentials, version and member are where its code has a repository's
	// secret version, a version of a secret, and one member's grant on it;
	// binding is what removes the grants that the code doesn't have.
	credentials, version, member, binding text.Text
}

// either names two things of a tool's code, of which there is one.
func either(a, b string) text.Text { return text.New("%s or %s", a, b) }

// owners are the tools that mark what they make: Terraform's and Pulumi's
// providers for Google, Config Connector and Deployment Manager
// (https://developer.hashicorp.com/terraform/cloud-docs, attribution label of the
// google provider; Pulumi's gcp 8.0; https://cloud.google.com/config-connector/docs).
var owners = []owner{
	{"Terraform", []string{"goog-terraform-provisioned"},
		text.Verbatim("remote_repository_config.upstream_credentials.username_password_credentials.password_secret_version"),
		text.Verbatim("google_secret_manager_secret_version"), text.Verbatim("google_secret_manager_secret_iam_member"),
		either("google_secret_manager_secret_iam_binding", "google_secret_manager_secret_iam_policy")},
	{"Pulumi", []string{"goog-pulumi-provisioned"},
		text.Verbatim("remoteRepositoryConfig.upstreamCredentials.usernamePasswordCredentials.passwordSecretVersion"),
		text.Verbatim("gcp.secretmanager.SecretVersion"), text.Verbatim("gcp.secretmanager.SecretIamMember"),
		either("gcp.secretmanager.SecretIamBinding", "gcp.secretmanager.SecretIamPolicy")},
	{"Config Connector", []string{"managed-by-cnrm"},
		text.Verbatim("ArtifactRegistryRepository.spec.remoteRepositoryConfig.upstreamCredentials"),
		text.Verbatim("SecretManagerSecretVersion"), text.Verbatim("IAMPolicyMember"), either("IAMPolicy", "IAMPartialPolicy")},
	{"Deployment Manager", []string{"goog-dm"},
		text.Verbatim("remoteRepositoryConfig.upstreamCredentials.usernamePasswordCredentials.passwordSecretVersion"),
		text.New("the secret's version"), text.New("the service agent's grant"), text.Verbatim("accessControl")},
}

// managedBy are the labels by which people and other tools name the owner.
var managedBy = []string{"managed-by", "managed_by", "managedby", "provisioned-by", "provisioned_by", "provisioner", "created-by-tool"}

// ownersByName are the tools as the value of such a label has them.
var ownersByName = map[string]string{
	"terraform": "Terraform", "tf": "Terraform", "opentofu": "Terraform", "tofu": "Terraform", "terragrunt": "Terraform",
	"pulumi": "Pulumi", "cnrm": "Config Connector", "kcc": "Config Connector", "config-connector": "Config Connector", "configconnector": "Config Connector",
}

// nobody are values of such a label that name no tool.
var nobody = []string{"", "false", "none", "manual", "manually", "hand", "human", "console", "gcloud", "ui", "upstreamauth"}

// ownerOf is the tool that a resource's labels name; false: none.
func ownerOf(labels map[string]string) (owner, bool) {
	for _, o := range owners {
		for _, l := range o.labels {
			if v, ok := labels[l]; ok && v != "false" {
				return o, true
			}
		}
	}
	for _, l := range managedBy {
		v := strings.ToLower(labels[l])
		if slices.Contains(nobody, v) {
			continue
		}
		if i := slices.IndexFunc(owners, func(o owner) bool { return o.tool == ownersByName[v] }); i >= 0 {
			return owners[i], true
		}
		return owner{labels[l], nil, text.New("the repository's user name and secret version"),
			text.New("the secret's version"), text.New("the service agent's grant"), text.New("a full list of members")}, true
	}
	return owner{}, false
}

// OwnedRepository warns that a tool will change a repository's credentials back;
// nil: none is known to.
func OwnedRepository(r cloud.Repository) *check.Finding {
	o, ok := ownerOf(r.Labels)
	if !ok {
		return nil
	}
	return &check.Finding{ID: "owner", Code: check.OwnedRepository, Level: check.Warning,
		Says:   text.New("%s manages the repository %q", o.tool, r.Name.ID),
		Why:    text.New("Its next run resets the credentials to those in its code"),
		Remedy: &check.Hint{Says: text.New("Change its code too: %s", o.credentials)}}
}

// OwnedSecret is the same of a secret, and of the grants on it.
func OwnedSecret(s cloud.SecretInfo) *check.Finding {
	o, ok := ownerOf(s.Labels)
	if !ok {
		return nil
	}
	return &check.Finding{ID: "owner", Code: check.OwnedSecret, Level: check.Warning,
		Says:   text.New("%s manages the secret %q", o.tool, s.Name.ID),
		Why:    text.New("Its next run may add or disable versions, and with %s it removes every grant that isn't in its code", o.binding),
		Remedy: &check.Hint{Says: text.New("Change its code too: %s and %s", o.version, o.member)}}
}

// AboutOwners warns of the tools that manage what a plan changes.
func AboutOwners(s cloud.SecretInfo, rs ...cloud.Repository) []check.Finding {
	var fs []check.Finding
	for _, r := range rs {
		if f := OwnedRepository(r); f != nil {
			fs = append(fs, *f)
		}
	}
	if f := OwnedSecret(s); f != nil {
		fs = append(fs, *f)
	}
	return fs
}

// AsNote is what a link of the chain says of an owner: it is nothing wrong.
func AsNote(f *check.Finding) []check.Finding {
	if f == nil {
		return nil
	}
	f.Level = check.Note
	return []check.Finding{*f}
}
