package emulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
)

// Cloud KMS is not served: a key exists where its project does. Who may use it
// says a world, for one key, or a policy of its project.

// What Secret Manager's service agent needs on a key
// (https://cloud.google.com/secret-manager/docs/cmek).
const (
	useToEncrypt = "cloudkms.cryptoKeyVersions.useToEncrypt"
	useToDecrypt = "cloudkms.cryptoKeyVersions.useToDecrypt"
)

var kmsKeyName = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$`)

// keysOf are the keys of a replication policy, without what has none.
func keysOf(r *secretmanagerpb.Replication) []string {
	keys := []string{r.GetAutomatic().GetCustomerManagedEncryption().GetKmsKeyName()}
	for _, replica := range r.GetUserManaged().GetReplicas() {
		keys = append(keys, replica.GetCustomerManagedEncryption().GetKmsKeyName())
	}
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}

// checkKeyPlaces holds keys against the rules of CustomerManagedEncryption:
// automatic replication takes a key of "global", a replica one of its own
// location, and all replicas have one or none. The texts are modelled.
func checkKeyPlaces(r *secretmanagerpb.Replication) error {
	key := r.GetAutomatic().GetCustomerManagedEncryption()
	if key != nil {
		const field = "secret.replication.automatic.customer_managed_encryption.kms_key_name"
		if err := checkKeyPlace(field, key.GetKmsKeyName(), "global"); err != nil {
			return err
		}
	}
	replicas := r.GetUserManaged().GetReplicas()
	keyed := 0
	for i, replica := range replicas {
		key := replica.GetCustomerManagedEncryption()
		if key == nil {
			continue
		}
		keyed++
		field := fmt.Sprintf("secret.replication.user_managed.replicas[%d].customer_managed_encryption.kms_key_name", i)
		if err := checkKeyPlace(field, key.GetKmsKeyName(), replica.GetLocation()); err != nil {
			return err
		}
	}
	if keyed > 0 && keyed < len(replicas) {
		return invalidField("secret.replication.user_managed.replicas",
			"Either all replicas must have a customer-managed encryption key, or none: %d of %d have one.", keyed, len(replicas))
	}
	return nil
}

func checkKeyPlace(field, key, place string) error {
	if !kmsKeyName.MatchString(key) {
		return invalidField(field, "The KMS key name [%s] does not have a valid format.", key)
	}
	if at := strings.Split(key, "/")[3]; at != place {
		return invalidField(field, "The KMS key [%s] is in the location [%s], but must be in [%s].", key, at, place)
	}
	return nil
}

// checkKeys refuses to use a secret's keys where Secret Manager's service agent
// has no right to. The words are Cloud KMS's own; the code is Secret Manager's
// for a key that cannot be used.
func (s *Server) checkKeys(p *project, r *secretmanagerpb.Replication, permission string) error {
	for _, key := range keysOf(r) {
		if !s.mayUseKey(p, key, permission) {
			return failWith(codes.FailedPrecondition,
				fmt.Sprintf("Permission '%s' denied on resource '%s' (or it may not exist).", permission, key),
				badRequest(violation{"secret.replication", secretAgentEmail(p.number) + " needs " + permission}))
		}
	}
	return nil
}

func (s *Server) mayUseKey(p *project, key, permission string) bool {
	parts, ok := split("projects/*/locations/*/keyRings/*/cryptoKeys/*", key)
	if !ok || !p.secretAgent {
		return false
	}
	owner := s.world.byName[parts[0]]
	if owner == nil {
		return false
	}
	return s.world.may(secretAgentEmail(p.number), permission, owner.policy, owner.keys[strings.Join(parts[1:], "/")])
}
