package emulator

import (
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
)

var (
	// Lengths are checked apart: a counted repeat of these classes takes
	// megabytes, and every start of the program would pay for it.
	labelKey   = regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]*$`)
	labelValue = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]*$`)
	annotation = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$`)
	aliasName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)
	topicName  = regexp.MustCompile(`^projects/[^/]+/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)
)

// Limits of a secret, as its fields document them.
const (
	maxLabels      = 64
	maxLabel       = 63 // characters of a key or a value
	maxAliases     = 50
	maxAnnotations = 16 << 10 // bytes of keys and values
	maxTopics      = 10

	minLifetime       = time.Minute
	minRotationPeriod = time.Hour
	minNextRotation   = 5 * time.Minute
	century           = 3_153_600_000 * time.Second // the most of all of these
)

// checkSecret holds a secret against the documented limits. Times are held
// against now where a request names them: they may come near later. The texts
// are modelled.
func checkSecret(pb *secretmanagerpb.Secret, named func(field string) bool, now time.Time) error {
	switch {
	case pb == nil:
		return invalidField("secret", "The secret is missing.")
	case !known(pb.GetSecretType()):
		return unknownValue("secret.secret_type", pb.GetSecretType())
	case pb.GetSecretType() != secretmanagerpb.Secret_SECRET_TYPE_UNSPECIFIED && pb.GetSecretType() != secretmanagerpb.Secret_OTHER:
		return unimplemented("typed secrets")
	case pb.GetCustomerManagedEncryption() != nil:
		return invalidField("secret.customer_managed_encryption",
			"Secret.customer_managed_encryption is for regional secrets; a global one has its keys in its replication policy.")
	case len(pb.GetTags()) > 0:
		return unimplemented("tags")
	}
	if err := checkTexts(pb); err != nil {
		return err
	}
	if ttl := pb.GetVersionDestroyTtl(); ttl != nil && (ttl.AsDuration() < 24*time.Hour || ttl.AsDuration() > 1000*24*time.Hour) {
		return invalidField("secret.version_destroy_ttl", "version_destroy_ttl must be between 24 hours and 1000 days.")
	}
	if named("expire_time") || named("ttl") {
		if err := checkLifetime(pb, now); err != nil {
			return err
		}
	}
	if err := checkRotation(pb, named("rotation"), now); err != nil {
		return err
	}
	return checkReplication(pb.GetReplication())
}

// checkTexts holds labels, annotations and aliases against their rules.
func checkTexts(pb *secretmanagerpb.Secret) error {
	if len(pb.GetLabels()) > maxLabels {
		return invalidField("secret.labels", "A secret can have at most %d labels.", maxLabels)
	}
	for _, k := range slices.Sorted(maps.Keys(pb.GetLabels())) {
		if v := pb.GetLabels()[k]; !isLabelPart(labelKey, k) || !isLabelPart(labelValue, v) {
			return invalidField("secret.labels", "The label %q: %q is invalid.", k, v)
		}
	}
	size := 0
	for _, k := range slices.Sorted(maps.Keys(pb.GetAnnotations())) {
		v := pb.GetAnnotations()[k]
		if size += len(k) + len(v); !annotation.MatchString(k) || !utf8.ValidString(v) {
			return invalidField("secret.annotations", "The annotation key %q is invalid.", k)
		}
	}
	if size >= maxAnnotations {
		return invalidField("secret.annotations", "The annotations of a secret must be less than %d bytes.", maxAnnotations)
	}
	if len(pb.GetVersionAliases()) > maxAliases {
		return invalidField("secret.version_aliases", "A secret can have at most %d version aliases.", maxAliases)
	}
	for alias := range pb.GetVersionAliases() {
		if !aliasName.MatchString(alias) || alias == "latest" || alias == "NEW" {
			return invalidField("secret.version_aliases", "The version alias %q is invalid.", alias)
		}
	}
	return nil
}

// isLabelPart holds a key or a value against its characters and its length.
func isLabelPart(characters *regexp.Regexp, text string) bool {
	return characters.MatchString(text) && utf8.RuneCountInString(text) <= maxLabel && len(text) <= 128
}

// checkLifetime holds the end of a secret against one rule, whichever way it is
// said: in a minute at the soonest and in a century at the latest.
func checkLifetime(pb *secretmanagerpb.Secret, now time.Time) error {
	field, left := "secret.expire_time", pb.GetExpireTime().AsTime().Sub(now)
	switch {
	case pb.GetTtl() != nil:
		field, left = "secret.ttl", pb.GetTtl().AsDuration()
	case pb.GetExpireTime() == nil:
		return nil
	}
	if left < minLifetime || left > century {
		return invalidField(field, "A secret must expire in 60 seconds at the soonest and in 100 years at the latest.")
	}
	return nil
}

// checkRotation holds topics and rotation against the rules of their fields.
func checkRotation(pb *secretmanagerpb.Secret, named bool, now time.Time) error {
	if len(pb.GetTopics()) > maxTopics {
		return invalidField("secret.topics", "A secret can have at most %d topics.", maxTopics)
	}
	for _, t := range pb.GetTopics() {
		if !topicName.MatchString(t.GetName()) {
			return invalidField("secret.topics", "The topic [%s] does not match the expected format [projects/*/topics/*].", t.GetName())
		}
	}
	r := pb.GetRotation()
	switch period := r.GetRotationPeriod().AsDuration(); {
	case r == nil:
		return nil
	case len(pb.GetTopics()) == 0:
		return invalidField("secret.rotation", "Secret.topics must be set to configure rotation.")
	case r.GetRotationPeriod() != nil && (period < minRotationPeriod || period > century):
		return invalidField("secret.rotation.rotation_period", "rotation_period must be between 3600 and 3153600000 seconds.")
	case r.GetRotationPeriod() != nil && r.GetNextRotationTime() == nil:
		return invalidField("secret.rotation.next_rotation_time", "If rotation_period is set, next_rotation_time must be set.")
	case r.GetNextRotationTime() == nil || !named:
		return nil
	}
	if left := r.GetNextRotationTime().AsTime().Sub(now); left < minNextRotation || left > century {
		return invalidField("secret.rotation.next_rotation_time", "next_rotation_time must be between 300 and 3153600000 seconds in the future.")
	}
	return nil
}

func checkReplication(r *secretmanagerpb.Replication) error {
	if r.GetUserManaged() != nil {
		if err := checkReplicas(r.GetUserManaged().GetReplicas()); err != nil {
			return err
		}
	}
	return checkKeyPlaces(r)
}

func checkReplicas(replicas []*secretmanagerpb.Replication_UserManaged_Replica) error {
	const field = "secret.replication.user_managed.replicas"
	var seen []string
	for _, replica := range replicas {
		switch at := replica.GetLocation(); {
		case !isSecretLocation(at):
			return invalidField(field, "The location [%s] is not available for replication.", at)
		case slices.Contains(seen, at):
			return invalidField(field, "The location [%s] is named twice.", at)
		default:
			seen = append(seen, at)
		}
	}
	if len(seen) == 0 {
		return invalidField(field, "A user-managed replication policy needs at least one replica.")
	}
	return nil
}
