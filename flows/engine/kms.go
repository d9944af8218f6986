package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
)

// KmsAPI is the host name of Cloud KMS.
const (
	KmsAPI  = "cloudkms.googleapis.com"
	keyRole = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
)

// UnfitKeys says why the keys can't encrypt the new secret; nil: they can.
// Everything that it needs is in their names.
func UnfitKeys(spec cloud.SecretSpec) *check.Finding {
	if len(spec.KMSKeys) == 0 {
		return nil
	}
	places := slices.Clone(spec.Locations)
	if len(places) == 0 {
		places = []string{cloud.Anywhere}
	}
	block := func(code check.Code, says, why, fix string) *check.Finding {
		return &check.Finding{ID: StepSecret, Code: code, Level: check.Block, Says: text.Verbatim(says), Why: text.Verbatim(why), Remedy: &check.Hint{Says: text.Verbatim(fix)}}
	}
	var held []string
	for _, k := range spec.KMSKeys {
		n, ok := cloud.ParseKeyName(k)
		switch {
		case !ok && strings.Contains(k, "/cryptoKeyVersions/"):
			return block(check.KMSKeyName, fmt.Sprintf("%q is a version of a KMS key", k),
				"a secret is encrypted with the key's primary version at the time", "leave out /cryptoKeyVersions/ and what follows")
		case !ok:
			return block(check.KMSKeyName, fmt.Sprintf("%q isn't the full name of a KMS key", k),
				"such a name is projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY", "give --kms-key the full name")
		case !slices.Contains(places, n.Location) && len(spec.Locations) == 0:
			return block(check.KMSKeyLocation, fmt.Sprintf("The KMS key %q is in %q, and this secret needs one in %q", n.ID, n.Location, cloud.Anywhere),
				"a secret whose replicas Google places needs a global key",
				fmt.Sprintf("give a key in %q, or keep the secret in the key's location: --replication-locations=%s", cloud.Anywhere, n.Location))
		case !slices.Contains(places, n.Location):
			return block(check.KMSKeyLocation, fmt.Sprintf("The KMS key %q is in %q, where the secret has no replica", n.ID, n.Location),
				"each replica needs a key of its own location", "give one key for each of "+strings.Join(spec.Locations, ", ")+", separated by commas")
		case slices.Contains(held, n.Location):
			return block(check.KMSKeyLocation, fmt.Sprintf("Two KMS keys are given for %q", n.Location), "a replica has one key", "give one key for each location")
		}
		held = append(held, n.Location)
	}
	for _, l := range places {
		if !slices.Contains(held, l) {
			return block(check.KMSKeyLocation, fmt.Sprintf("No KMS key is given for the replica in %q", l),
				"each replica needs a key of its own location", "give --kms-key one key for each location, separated by commas")
		}
	}
	return nil
}

// keyProblem explains that a service can't use a KMS key. The caller isn't at
// fault: the service's own agent encrypts.
func keyProblem(e *cloud.Error) *Problem {
	service := cmp.Or(apiTitle(e.Service), "Secret Manager")
	n, known := cloud.ParseKeyName(e.Key)
	if !known {
		n = cloud.KeyName{Project: "KEY_PROJECT", Location: "LOCATION", Ring: "RING", ID: "KEY"}
	}
	ofRing := fmt.Sprintf("--keyring=%s --location=%s --project=%s", n.Ring, n.Location, n.Project)
	switch e.Kind {
	case cloud.KeyDenied:
		p := &Problem{Title: text.New("%s may not use the KMS key", service)}
		if known {
			p.Title = text.New("%s may not use the KMS key %q", service, n.ID)
		}
		agent := cmp.Or(e.Member, "service-NUMBER@"+agentDomain(e.Service))
		p.Detail = text.New("its service agent %s needs %s on that key", agent, keyRole)
		return p.with(text.New("whoever runs the key can grant it; then run the same command again:"),
			fmt.Sprintf("gcloud kms keys add-iam-policy-binding %s %s --member=%s%s --role=%s", n.ID, ofRing, cloud.MemberPrefix, agent, keyRole))
	case cloud.KeyUnusable:
		p := &Problem{Title: text.New("The KMS key %q can't be used: it is disabled, destroyed or not there", n.ID), Detail: text.Verbatim(e.Message)}
		return p.with(text.New("enable its primary version again, or use another key; this shows the versions:"),
			fmt.Sprintf("gcloud kms keys versions list --key=%s %s", n.ID, ofRing))
	default:
		return &Problem{Title: text.New("The KMS key %q is in the wrong location", n.ID), Detail: text.Verbatim(e.Message), Hints: []check.Hint{
			check.Hint{Says: text.New(`a secret whose replicas Google places needs a key in "global": --kms-key=%s`, kmsKeyOfAutomatic)},
			check.Hint{Says: text.New("a secret with --replication-locations needs a key of each of them")}}}
	}
}

// agentDomain is the domain of a service's agents.
func agentDomain(service string) string {
	if service == cloud.ArtifactRegistryAPI {
		return "gcp-sa-artifactregistry.iam.gserviceaccount.com"
	}
	return "gcp-sa-secretmanager.iam.gserviceaccount.com"
}

// BlameAgent completes an error about a secret's KMS key: whose agent it is, and
// which key, where Google names neither.
func (e *Env) BlameAgent(ctx context.Context, err error, secret cloud.SecretName, keys []string) error {
	known, ok := errors.AsType[*cloud.Error](err)
	if !ok || known.Service != cloud.SecretManagerAPI {
		return err
	}
	switch known.Kind {
	case cloud.KeyDenied, cloud.KeyUnusable, cloud.KeyMisplaced, cloud.AgentMissing:
	default:
		return err
	}
	full := *known
	if len(keys) == 1 {
		full.Key = cmp.Or(full.Key, keys[0])
	}
	full.Consumer = cmp.Or(full.Consumer, "projects/"+secret.Project)
	if home, err := e.Project(ctx, secret.Project); err == nil {
		full.Member = cmp.Or(full.Member, e.Cloud.SecretManagerAgent(home.Number))
	}
	return &full
}

// ReplicationFile is what gcloud is given where its flags don't do: they take a
// key for automatic replication alone.
func ReplicationFile(spec cloud.SecretSpec) string {
	var replicas []string
	for _, l := range spec.Locations {
		replicas = append(replicas, fmt.Sprintf(`{"location":%q,"customerManagedEncryption":{"kmsKeyName":%q}}`, l, spec.KeyFor(l)))
	}
	return wording.Quote(`{"userManaged":{"replicas":[` + strings.Join(replicas, ",") + `]}}`)
}
