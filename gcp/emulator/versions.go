package emulator

import (
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxPayload is how many bytes a version holds.
const maxPayload = 64 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(data []byte) int64 { return int64(crc32.Checksum(data, castagnoli)) }

// AddSecretVersion adds an enabled version of at most 64 KiB, whose checksum must
// match if one is sent.
func (a *secretsAPI) AddSecretVersion(ctx context.Context, req *secretmanagerpb.AddSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	s, err := a.secret(ctx, req.GetParent(), "secretmanager.versions.add")
	if err != nil {
		return nil, err
	}
	payload := req.GetPayload()
	switch {
	case isTyped(s.pb):
		return nil, unimplemented("versions of typed secrets")
	case payload == nil:
		return nil, invalid("Field [payload] is required.") // hashicorp/terraform-provider-google#8766
	case len(payload.GetData()) == 0:
		return nil, invalid("Secret Payload cannot be empty.")
	case len(payload.GetData()) > maxPayload:
		return nil, invalid("The payload is %d bytes, more than the maximum of %d.", len(payload.GetData()), maxPayload) // modelled
	case payload.DataCrc32C != nil && payload.GetDataCrc32C() != checksum(payload.GetData()):
		return nil, invalid("The provided checksum %d does not match the payload's checksum.", payload.GetDataCrc32C()) // modelled
	}
	if err := a.checkKeys(s.project, s.pb.GetReplication(), useToEncrypt); err != nil {
		return nil, err
	}
	v := a.putVersion(s, payload.GetData())
	v.pb.ClientSpecifiedPayloadChecksum = payload.DataCrc32C != nil
	return v.pb, nil
}

func isTyped(pb *secretmanagerpb.Secret) bool {
	t := pb.GetSecretType()
	return t != secretmanagerpb.Secret_SECRET_TYPE_UNSPECIFIED && t != secretmanagerpb.Secret_OTHER
}

// putVersion adds an enabled version and keeps a copy of data.
func (s *Server) putVersion(to *secret, data []byte) *version {
	pb := &secretmanagerpb.SecretVersion{
		Name:              fmt.Sprintf("%s/versions/%d", to.pb.GetName(), len(to.versions)+1),
		CreateTime:        timestamppb.New(s.now()),
		State:             secretmanagerpb.SecretVersion_ENABLED,
		ReplicationStatus: replicationStatus(to.pb.GetReplication()),
	}
	pb.Etag = newEtag(pb)
	v := &version{pb: pb, data: slices.Clone(data), crc: checksum(data)}
	to.versions = append(to.versions, v)
	return v
}

func replicationStatus(r *secretmanagerpb.Replication) *secretmanagerpb.ReplicationStatus {
	encryption := func(c *secretmanagerpb.CustomerManagedEncryption) *secretmanagerpb.CustomerManagedEncryptionStatus {
		if c == nil {
			return nil
		}
		return &secretmanagerpb.CustomerManagedEncryptionStatus{KmsKeyVersionName: c.GetKmsKeyName() + "/cryptoKeyVersions/1"}
	}
	if r.GetUserManaged() == nil {
		return &secretmanagerpb.ReplicationStatus{ReplicationStatus: &secretmanagerpb.ReplicationStatus_Automatic{
			Automatic: &secretmanagerpb.ReplicationStatus_AutomaticStatus{
				CustomerManagedEncryption: encryption(r.GetAutomatic().GetCustomerManagedEncryption()),
			},
		}}
	}
	var replicas []*secretmanagerpb.ReplicationStatus_UserManagedStatus_ReplicaStatus
	for _, replica := range r.GetUserManaged().GetReplicas() {
		replicas = append(replicas, &secretmanagerpb.ReplicationStatus_UserManagedStatus_ReplicaStatus{
			Location:                  replica.GetLocation(),
			CustomerManagedEncryption: encryption(replica.GetCustomerManagedEncryption()),
		})
	}
	return &secretmanagerpb.ReplicationStatus{ReplicationStatus: &secretmanagerpb.ReplicationStatus_UserManaged{
		UserManaged: &secretmanagerpb.ReplicationStatus_UserManagedStatus{Replicas: replicas},
	}}
}

// at is a version as it is now: one whose delayed destruction has come is
// destroyed, whether or not anybody looked.
func (v *version) at(now time.Time) *secretmanagerpb.SecretVersion {
	due := v.pb.GetScheduledDestroyTime()
	if due == nil || now.Before(due.AsTime()) {
		return v.pb
	}
	pb := proto.CloneOf(v.pb)
	pb.State, pb.DestroyTime, pb.ScheduledDestroyTime = secretmanagerpb.SecretVersion_DESTROYED, due, nil
	return pb
}

// splitVersion takes the name of a version apart: its secret's, and the rest.
func splitVersion(name string) (secret, id string, err error) {
	if err := refuseRegional(name); err != nil {
		return "", "", err
	}
	secret, id, _ = strings.Cut(name, "/versions/")
	if _, _, ok := splitSecret(secret); !ok || !versionRef.MatchString(name) {
		return "", "", invalidSecretName(name, versionPattern)
	}
	return secret, id, nil
}

// numbered finds a version by its number, which is written in one way only:
// "+1" and "01" are no names.
func (s *secret) numbered(id string) (*version, error) {
	n, err := strconv.Atoi(id)
	if err != nil || strconv.Itoa(n) != id || n < 1 || n > len(s.versions) {
		return nil, fail(codes.NotFound, "Secret Version [%s/versions/%s] not found.", s.pb.GetName(), id)
	}
	return s.versions[n-1], nil
}

// named finds a version by its number, by "latest" or by an alias. The latest
// is the one created last, whatever its state
// (google-github-actions/get-secretmanager-secrets#268).
func (s *secret) named(id string) (*version, error) {
	if id == "latest" {
		if len(s.versions) == 0 {
			return nil, noVersions(s.project, s.id)
		}
		return s.versions[len(s.versions)-1], nil
	}
	if n, ok := s.pb.GetVersionAliases()[id]; ok {
		id = strconv.FormatInt(n, 10)
	}
	return s.numbered(id)
}

// enabledVersion is named for whoever reads the payload: only an enabled version
// shows it.
func (s *Server) enabledVersion(of *secret, id string) (*version, error) {
	v, err := of.named(id)
	if err != nil {
		return nil, err
	}
	if pb := v.at(s.now()); pb.GetState() != secretmanagerpb.SecretVersion_ENABLED {
		return nil, fail(codes.FailedPrecondition, "Secret Version [%s] is in %s state.", pb.GetName(), pb.GetState())
	}
	if err := s.checkKeys(of.project, of.pb.GetReplication(), useToDecrypt); err != nil {
		return nil, err
	}
	return v, nil
}

// GetSecretVersion answers a version without its payload.
func (a *secretsAPI) GetSecretVersion(ctx context.Context, req *secretmanagerpb.GetSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	parent, id, err := splitVersion(req.GetName())
	if err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	s, err := a.secretOf(ctx, parent, req.GetName(), "secretmanager.versions.get")
	if err != nil {
		return nil, err
	}
	v, err := s.named(id)
	if err != nil {
		return nil, err
	}
	return v.at(a.now()), nil
}

// AccessSecretVersion answers the payload of a version that is enabled, and its
// checksum.
func (a *secretsAPI) AccessSecretVersion(ctx context.Context, req *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	parent, id, err := splitVersion(req.GetName())
	if err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	s, err := a.secretOf(ctx, parent, req.GetName(), "secretmanager.versions.access")
	if err != nil {
		return nil, err
	}
	v, err := a.enabledVersion(s, id)
	if err != nil {
		return nil, err
	}
	return &secretmanagerpb.AccessSecretVersionResponse{
		Name:    v.pb.GetName(),
		Payload: &secretmanagerpb.SecretPayload{Data: v.data, DataCrc32C: &v.crc},
	}, nil
}

// ListSecretVersions lists the newest first.
func (a *secretsAPI) ListSecretVersions(ctx context.Context, req *secretmanagerpb.ListSecretVersionsRequest) (*secretmanagerpb.ListSecretVersionsResponse, error) {
	matches, err := parseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	s, err := a.secret(ctx, req.GetParent(), "secretmanager.versions.list")
	if err != nil {
		return nil, err
	}
	now := a.now()
	var all []*secretmanagerpb.SecretVersion
	for _, v := range slices.Backward(s.versions) {
		if pb := v.at(now); matches(pb) {
			all = append(all, pb)
		}
	}
	some, next, err := page(all, pageOf(req, req.GetParent(), req.GetFilter()), maxSecretPage, maxSecretPage)
	if err != nil {
		return nil, err
	}
	answer := &secretmanagerpb.ListSecretVersionsResponse{Versions: some, NextPageToken: next}
	if req.GetFilter() == "" {
		answer.TotalSize = int32(len(all)) //nolint:gosec // there are not that many
	}
	return answer, nil
}

// EnableSecretVersion makes a payload readable, and calls off a destruction that
// is due later.
func (a *secretsAPI) EnableSecretVersion(ctx context.Context, req *secretmanagerpb.EnableSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return a.changeVersion(ctx, req.GetName(), req.GetEtag(), "secretmanager.versions.enable", func(_ *secret, v *secretmanagerpb.SecretVersion) {
		v.State, v.ScheduledDestroyTime = secretmanagerpb.SecretVersion_ENABLED, nil
	})
}

// DisableSecretVersion makes a payload unreadable until it is enabled again.
func (a *secretsAPI) DisableSecretVersion(ctx context.Context, req *secretmanagerpb.DisableSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return a.changeVersion(ctx, req.GetName(), req.GetEtag(), "secretmanager.versions.disable", func(_ *secret, v *secretmanagerpb.SecretVersion) {
		v.State = secretmanagerpb.SecretVersion_DISABLED
	})
}

// DestroySecretVersion destroys at once, or disables and destroys later where
// the secret says so.
func (a *secretsAPI) DestroySecretVersion(ctx context.Context, req *secretmanagerpb.DestroySecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return a.changeVersion(ctx, req.GetName(), req.GetEtag(), "secretmanager.versions.destroy", func(s *secret, v *secretmanagerpb.SecretVersion) {
		if ttl := s.pb.GetVersionDestroyTtl().AsDuration(); ttl > 0 {
			v.State = secretmanagerpb.SecretVersion_DISABLED
			v.ScheduledDestroyTime = timestamppb.New(a.now().Add(ttl))
			return
		}
		v.State, v.DestroyTime, v.ScheduledDestroyTime = secretmanagerpb.SecretVersion_DESTROYED, timestamppb.New(a.now()), nil
	})
}

// changeVersion changes the state of a version that is named by its number:
// "latest" and aliases are for readers. Changing it to what it is already is
// fine and still gives it another etag
// (https://cloud.google.com/secret-manager/docs/etags), but nothing changes
// what is destroyed.
func (a *secretsAPI) changeVersion(ctx context.Context, name, etag, permission string, change func(*secret, *secretmanagerpb.SecretVersion)) (*secretmanagerpb.SecretVersion, error) {
	parent, id, err := splitVersion(name)
	if err != nil {
		return nil, err
	}
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	s, err := a.secretOf(ctx, parent, name, permission)
	if err != nil {
		return nil, err
	}
	if _, err := strconv.Atoi(id); err != nil {
		return nil, invalid("The version [%s] must be named by its number.", name) // modelled
	}
	v, err := s.numbered(id)
	if err != nil {
		return nil, err
	}
	now := v.at(a.now())
	if now.GetState() == secretmanagerpb.SecretVersion_DESTROYED {
		return nil, fail(codes.FailedPrecondition, "Secret Version [%s] is in DESTROYED state.", now.GetName())
	}
	if err := checkEtag(etag, now.GetEtag()); err != nil {
		return nil, err
	}
	pb := proto.CloneOf(now)
	change(s, pb)
	pb.Etag = newEtag(pb)
	v.pb = pb
	if pb.GetState() == secretmanagerpb.SecretVersion_DESTROYED {
		v.data = nil // an answer under way may still hold the bytes
	}
	return pb, nil
}
