package emulator

import (
	"context"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// mutableSecret are the paths that an update may name, or their parents.
var mutableSecret = []string{"labels", "annotations", "expire_time", "ttl", "version_aliases", "version_destroy_ttl", "etag",
	"topics", "rotation"}

// UpdateSecret changes what the mask names, which must be there; what a secret is
// made with, its replication above all, cannot change.
func (a *secretsAPI) UpdateSecret(ctx context.Context, req *secretmanagerpb.UpdateSecretRequest) (*secretmanagerpb.Secret, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	s, err := a.secret(ctx, req.GetSecret().GetName(), "secretmanager.secrets.update")
	if err != nil {
		return nil, err
	}
	paths := maskOf(req)
	if len(paths) == 0 {
		return nil, invalid("The update mask is missing.") // modelled
	}
	for _, path := range paths {
		if !slices.ContainsFunc(mutableSecret, func(m string) bool { return within(path, m) }) {
			return nil, invalid("The field %q cannot be updated.", path) // modelled
		}
	}
	if err := checkEtag(req.GetSecret().GetEtag(), s.pb.GetEtag()); err != nil {
		return nil, err
	}
	pb := proto.CloneOf(s.pb)
	if err := applyMask(pb, req.GetSecret(), withoutEtag(paths)); err != nil {
		return nil, err
	}
	now := a.now()
	if err := checkSecret(pb, now); err != nil {
		return nil, err
	}
	for alias, number := range pb.GetVersionAliases() {
		if number < 1 || number > int64(len(s.versions)) {
			return nil, invalid("The alias %q names version %d, which does not exist.", alias, number) // modelled
		}
	}
	settleExpiry(pb, now)
	pb.Etag = newEtag(pb)
	s.pb = pb
	return pb, nil
}

// withoutEtag drops the etag from a mask: it is compared, never written.
func withoutEtag(paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == "etag" })
}

var (
	// Lengths are checked apart: a counted repeat of these classes takes
	// megabytes, and every start of the program would pay for it.
	labelKey   = regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]*$`)
	labelValue = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]*$`)
	annotation = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$`)
	aliasName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)
)

// Limits of a secret, as its fields document them.
const (
	maxLabels      = 64
	maxLabel       = 63 // characters of a key or a value
	maxAliases     = 50
	maxAnnotations = 16 << 10 // bytes of keys and values
)

// checkSecret holds a secret against the documented limits. The texts are
// modelled.
func checkSecret(pb *secretmanagerpb.Secret, now time.Time) error {
	switch {
	case pb == nil:
		return invalid("The secret is missing.")
	case pb.GetSecretType() != secretmanagerpb.Secret_SECRET_TYPE_UNSPECIFIED && pb.GetSecretType() != secretmanagerpb.Secret_OTHER:
		return unimplemented("typed secrets")
	case len(pb.GetTopics()) > 0 || pb.GetRotation() != nil:
		return unimplemented("notifications and rotation")
	case pb.GetCustomerManagedEncryption() != nil:
		return unimplemented("regional secrets")
	case len(pb.GetTags()) > 0:
		return unimplemented("tags")
	case len(pb.GetLabels()) > maxLabels:
		return invalid("A secret can have at most %d labels.", maxLabels)
	case len(pb.GetVersionAliases()) > maxAliases:
		return invalid("A secret can have at most %d version aliases.", maxAliases)
	}
	for k, v := range pb.GetLabels() {
		if !labelKey.MatchString(k) || !labelValue.MatchString(v) || utf8.RuneCountInString(k) > maxLabel || utf8.RuneCountInString(v) > maxLabel || len(k) > 128 || len(v) > 128 {
			return invalid("The label %q: %q is invalid.", k, v)
		}
	}
	size := 0
	for k, v := range pb.GetAnnotations() {
		if size += len(k) + len(v); !annotation.MatchString(k) || !utf8.ValidString(v) {
			return invalid("The annotation key %q is invalid.", k)
		}
	}
	if size >= maxAnnotations {
		return invalid("The annotations of a secret must be less than %d bytes.", maxAnnotations)
	}
	for alias := range pb.GetVersionAliases() {
		if !aliasName.MatchString(alias) || alias == "latest" || alias == "NEW" {
			return invalid("The version alias %q is invalid.", alias)
		}
	}
	if ttl := pb.GetVersionDestroyTtl(); ttl != nil && (ttl.AsDuration() < 24*time.Hour || ttl.AsDuration() > 1000*24*time.Hour) {
		return invalid("version_destroy_ttl must be between 24 hours and 1000 days.")
	}
	return checkLifetime(pb, now)
}

func checkLifetime(pb *secretmanagerpb.Secret, now time.Time) error {
	if ttl := pb.GetTtl(); ttl != nil && ttl.AsDuration() < time.Minute {
		return invalid("The TTL must be at least 60 seconds.")
	}
	if t := pb.GetExpireTime(); t != nil && !t.AsTime().After(now) {
		return invalid("The expire time must be in the future.")
	}
	return checkReplication(pb.GetReplication())
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

// settleExpiry turns a time to live into the time at which it ends: it is
// input only.
func settleExpiry(pb *secretmanagerpb.Secret, now time.Time) {
	if ttl := pb.GetTtl(); ttl != nil {
		pb.Expiration = &secretmanagerpb.Secret_ExpireTime{ExpireTime: timestamppb.New(now.Add(ttl.AsDuration()))}
	}
}

// writes counts changes, so that each gives another etag.
var writes atomic.Uint64

// newEtag is the etag of a message after a change, in quotes as Google's are.
func newEtag(m proto.Message) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %v", writes.Add(1), m) // a hash takes everything
	return fmt.Sprintf(`"%x"`, h.Sum64()>>12)
}

// checkEtag compares an etag that a request may bring. The code is documented
// (https://cloud.google.com/secret-manager/docs/etags), the text is modelled.
func checkEtag(given, current string) error {
	if given == "" || given == current {
		return nil
	}
	return fail(codes.FailedPrecondition, "The etag provided %s does not match the current etag %s.", given, current)
}
