package emulator

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync/atomic"
	"time"

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
		return nil, invalidField("update_mask", "The update mask is missing.") // modelled
	}
	for _, path := range paths {
		if !slices.ContainsFunc(mutableSecret, func(m string) bool { return within(path, m) }) {
			return nil, invalidField("update_mask", "The field %q cannot be updated.", path) // modelled
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
	named := func(field string) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return within(p, field) })
	}
	if err := checkSecret(pb, named, now); err != nil {
		return nil, err
	}
	for alias, number := range pb.GetVersionAliases() {
		if number < 1 || number > int64(len(s.versions)) {
			return nil, invalidField("secret.version_aliases", "The alias %q names version %d, which does not exist.", alias, number) // modelled
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
