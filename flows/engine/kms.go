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
	"example.com/upstreamauth/flows/shell"
	"example.com/upstreamauth/flows/text"
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
	var held []string
	for _, k := range spec.KMSKeys {
		switch name, ok := cloud.ParseKeyName(k); {
		case !ok && strings.Contains(k, "/cryptoKeyVersions/"):
			return unfit(check.KMSKeyName, text.New("%q is a version of a KMS key", k),
				text.New("Secret Manager encrypts with the key's primary version"), text.New("Leave out /cryptoKeyVersions/ and everything after it"))
		case !ok:
			return unfit(check.KMSKeyName, text.New("%q isn't the full name of a KMS key", k),
				text.New("A full name is projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"), text.New("Give --kms-key the full name"))
		case !slices.Contains(places, name.Location) && len(spec.Locations) == 0:
			return unfit(check.KMSKeyLocation, text.New("The KMS key %q is in %q; this secret needs a key in %q", name.ID, name.Location, cloud.Anywhere),
				text.New("Google chooses where this secret's replicas are, which needs a global key"),
				text.New("Use a key in %q, or keep the secret where the key is: --replication-locations=%s", cloud.Anywhere, name.Location))
		case !slices.Contains(places, name.Location):
			return unfit(check.KMSKeyLocation, text.New("The KMS key %q is in %q, where the secret has no replica", name.ID, name.Location),
				perReplica, text.New("Give one key for each of %s, separated by commas", text.Words(places)))
		case slices.Contains(held, name.Location):
			return unfit(check.KMSKeyLocation, text.New("Two KMS keys are in %q", name.Location), perReplica, text.New("Give one key for each location"))
		default:
			held = append(held, name.Location)
		}
	}
	for _, l := range places {
		if !slices.Contains(held, l) {
			return unfit(check.KMSKeyLocation, text.New("The replica in %q has no KMS key", l),
				perReplica, text.New("Give --kms-key one key for each location, separated by commas"))
		}
	}
	return nil
}

// perReplica is why the keys have to be where the replicas are.
var perReplica = text.New("Each replica needs one key in its own location")

// unfit is the finding that a KMS key can't encrypt the new secret.
func unfit(code check.Code, says, why, fix text.Text) *check.Finding {
	return &check.Finding{ID: StepSecret, Code: code, Level: check.Block, Says: says, Why: why, Remedy: &check.Hint{Says: fix}}
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
		agent := cmp.Or(e.Member, "service-NUMBER@"+agentDomain(e.Service))
		p := &Problem{Code: check.KMSKeyDenied, Title: text.New("%s may not use the KMS key", service)}
		if known {
			p.Title = text.New("%s may not use the KMS key %q", service, n.ID)
		}
		p.Detail = text.New("Its service agent %s needs %s on that key", agent, keyRole)
		return p.with(text.New("Whoever manages the key can grant it; then run the same command again:"),
			fmt.Sprintf("gcloud kms keys add-iam-policy-binding %s %s --member=%s%s --role=%s", n.ID, ofRing, cloud.MemberPrefix, agent, keyRole))
	case cloud.KeyUnusable:
		p := &Problem{Code: check.KMSKeyOff, Title: text.New("The KMS key %q is disabled, destroyed or missing", n.ID), Detail: text.Verbatim(e.Message)}
		return p.with(text.New("Enable its primary version, or use another key; this shows the versions:"),
			fmt.Sprintf("gcloud kms keys versions list --key=%s %s", n.ID, ofRing))
	default:
		return &Problem{Code: check.KMSKeyLocation, Title: text.New("The KMS key %q is in the wrong location", n.ID), Detail: text.Verbatim(e.Message),
			Hints: sentences(
				text.New("Without --replication-locations, use a key in %q: --kms-key=%s", cloud.Anywhere, kmsKeyOfAutomatic),
				text.New("With --replication-locations, use one key in each of them"))}
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
	return shell.Quote(`{"userManaged":{"replicas":[` + strings.Join(replicas, ",") + `]}}`)
}
