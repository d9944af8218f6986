package gcp

import (
	"cmp"
	"os"
	"strings"
)

// defaultUniverse is the domain of the public Google Cloud.
const defaultUniverse = "googleapis.com"

// universePrefixes begin the project ids, and so the addresses of service
// accounts, of other universes. Google documents S3NS's in
// https://documentation.s3ns.fr/iam/help/service-accounts/default.
var universePrefixes = map[string]string{"s3nsapis.fr": "s3ns"}

func universeDomain(given string) string {
	return cmp.Or(given, os.Getenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN"), defaultUniverse)
}

// ServiceAgent is the address of Artifact Registry's service agent of the
// project with that number:
// service-NUMBER@gcp-sa-artifactregistry.iam.gserviceaccount.com. In another
// universe its domain begins with that universe's prefix and "-system.", as
// gcloud computes it.
func (c *Client) ServiceAgent(projectNumber string) string {
	return c.agent("gcp-sa-artifactregistry", projectNumber)
}

// SecretManagerAgent is that of Secret Manager, which encrypts and decrypts with
// the KMS keys of the project's secrets
// (https://cloud.google.com/secret-manager/docs/cmek).
func (c *Client) SecretManagerAgent(projectNumber string) string {
	return c.agent("gcp-sa-secretmanager", projectNumber)
}

func (c *Client) agent(service, projectNumber string) string {
	domain := service + "."
	if p := c.universePrefix(); p != "" {
		domain += p + "-system."
	}
	return "service-" + projectNumber + "@" + domain + "iam.gserviceaccount.com"
}

// universePrefix is empty in the public Google Cloud. Elsewhere it is known, or
// learned from the ids of the projects seen so far.
func (c *Client) universePrefix() string {
	if c.universe == defaultUniverse {
		return ""
	}
	if p, ok := universePrefixes[c.universe]; ok {
		return p
	}
	if p := c.prefix.Load(); p != nil {
		return *p
	}
	return ""
}

// learnPrefix reads the prefix off a project id such as "s3ns:my-project". The
// public Google Cloud has ids with a colon too, where it is a domain's.
func (c *Client) learnPrefix(projectID string) {
	if prefix, _, ok := strings.Cut(projectID, ":"); ok && c.universe != defaultUniverse {
		c.prefix.Store(&prefix)
	}
}
