package gcp

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"

	"example.com/upstreamauth/flows/cloud"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/token"
)

// secretPage is small enough that the first page comes at once, and large
// enough that most projects have no second.
const secretPage = 500

// slowWrite bounds writes that Google answers only after work of its own, such
// as trying an upstream.
const slowWrite = time.Minute

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Secrets yields a project's global secrets, newest first, page by page.
func (c *Client) Secrets(ctx context.Context, project string) iter.Seq2[[]cloud.SecretInfo, error] {
	m := method{op: "list secrets of project", rpc: "SecretManagerService.ListSecrets", needs: "secretmanager.secrets.list", repeat: true}
	return pages(ctx, c, c.secrets, m, project, func(ctx context.Context, api *secretmanager.Client, token string) ([]cloud.SecretInfo, string, error) {
		found, next, err := onePage(api.ListSecrets(ctx, &secretmanagerpb.ListSecretsRequest{Parent: "projects/" + project, PageSize: secretPage, PageToken: token}).InternalFetch)
		var all []cloud.SecretInfo
		for _, s := range found {
			if info, ok := secret(s); ok {
				all = append(all, info)
			}
		}
		return all, next, err
	})
}

// Secret returns one secret, without its contents.
func (c *Client) Secret(ctx context.Context, name cloud.SecretName) (cloud.SecretInfo, error) {
	m := method{op: "read secret", rpc: "SecretManagerService.GetSecret", needs: "secretmanager.secrets.get", repeat: true}
	return ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (cloud.SecretInfo, error) {
		return oneSecret(api.GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: name.String()}))
	})
}

// CreateSecret makes a secret without versions. A secret by that name is an
// error of kind AlreadyExists, also if a lost answer has made it.
func (c *Client) CreateSecret(ctx context.Context, name cloud.SecretName, spec cloud.SecretSpec) (cloud.SecretInfo, error) {
	m := method{op: "create secret", rpc: "SecretManagerService.CreateSecret", needs: "secretmanager.secrets.create"}
	return ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (cloud.SecretInfo, error) {
		return oneSecret(api.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
			Parent: "projects/" + name.Project, SecretId: name.ID,
			Secret: &secretmanagerpb.Secret{Replication: replication(spec), Labels: spec.Labels, Annotations: createdBy(spec)},
		}))
	})
}

// DeleteSecret takes a secret away for good, if its etag is still that one. An
// empty etag deletes it whatever has become of it.
func (c *Client) DeleteSecret(ctx context.Context, name cloud.SecretName, etag string) error {
	m := method{op: "delete secret", rpc: "SecretManagerService.DeleteSecret", needs: "secretmanager.secrets.delete"}
	_, err := ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (any, error) {
		return nil, api.DeleteSecret(ctx, &secretmanagerpb.DeleteSecretRequest{Name: name.String(), Etag: etag})
	})
	return err
}

// SecretPermissions returns those of the permissions that the caller has on the
// secret. Secret Manager answers none for a secret that does not exist.
func (c *Client) SecretPermissions(ctx context.Context, name cloud.SecretName, permissions []string) ([]string, error) {
	m := method{op: "test permissions on secret", rpc: "SecretManagerService.TestIamPermissions", repeat: true}
	return ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) ([]string, error) {
		return granted(api.TestIamPermissions(ctx, &iampb.TestIamPermissionsRequest{Resource: name.String(), Permissions: permissions}))
	})
}

// Versions returns all of a secret's versions, newest first.
func (c *Client) Versions(ctx context.Context, name cloud.SecretName) ([]cloud.Version, error) {
	m := method{op: "list versions of secret", rpc: "SecretManagerService.ListSecretVersions", needs: "secretmanager.versions.list", repeat: true}
	var all []cloud.Version
	for page, err := range pages(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client, token string) ([]*secretmanagerpb.SecretVersion, string, error) {
		return onePage(api.ListSecretVersions(ctx, &secretmanagerpb.ListSecretVersionsRequest{Parent: name.String(), PageSize: secretPage, PageToken: token}).InternalFetch)
	}) {
		if err != nil {
			return nil, err
		}
		for _, v := range page {
			all = append(all, version(v))
		}
	}
	slices.SortStableFunc(all, func(a, b cloud.Version) int { return b.Name.Number() - a.Name.Number() })
	return all, nil
}

// Version returns one version, without its bytes; its name in the answer has
// the number even where an alias or "latest" was asked for.
func (c *Client) Version(ctx context.Context, name cloud.VersionName) (cloud.Version, error) {
	m := method{op: "read version", rpc: "SecretManagerService.GetSecretVersion", needs: "secretmanager.versions.get", repeat: true}
	return ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (cloud.Version, error) {
		return oneVersion(api.GetSecretVersion(ctx, &secretmanagerpb.GetSecretVersionRequest{Name: name.String()}))
	})
}

// Payload returns a version's bytes, whose CRC32C must match: Google asks
// clients to check it
// (https://cloud.google.com/secret-manager/docs/data-integrity).
func (c *Client) Payload(ctx context.Context, name cloud.VersionName) (token.Secret, error) {
	m := method{op: "access version", rpc: "SecretManagerService.AccessSecretVersion", needs: "secretmanager.versions.access", repeat: true}
	return ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (token.Secret, error) {
		r, err := api.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: name.String()})
		if err != nil {
			return token.Secret{}, err
		}
		p := r.GetPayload()
		payload := token.New(p.GetData()) // of the answer's own bytes: to wipe it is to wipe those
		if p.DataCrc32C == nil || p.GetDataCrc32C() != checksum(payload.Reveal()) {
			payload.Wipe()
			return token.Secret{}, errors.New("the checksum of the bytes received does not match")
		}
		return payload, nil
	})
}

// AddVersion stores the bytes as a new version. It is never repeated: each
// time would add another one.
func (c *Client) AddVersion(ctx context.Context, name cloud.SecretName, payload token.Secret) (cloud.Version, error) {
	m := method{op: "add a version to secret", rpc: "SecretManagerService.AddSecretVersion", needs: "secretmanager.versions.add"}
	return ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (cloud.Version, error) {
		sum := checksum(payload.Reveal())
		v, err := api.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
			Parent: name.String(), Payload: &secretmanagerpb.SecretPayload{Data: payload.Reveal(), DataCrc32C: &sum},
		})
		if err == nil && !v.GetClientSpecifiedPayloadChecksum() {
			err = fmt.Errorf("%s was added, but Secret Manager does not confirm its checksum", v.GetName())
		}
		return oneVersion(v, err)
	})
}

// EnableVersion makes a version readable, if its etag is still that one.
// Without an etag it may be repeated: it names the state to be in.
func (c *Client) EnableVersion(ctx context.Context, name cloud.VersionName, etag string) error {
	m := method{op: "enable version", rpc: "SecretManagerService.EnableSecretVersion", needs: "secretmanager.versions.enable", repeat: etag == ""}
	_, err := ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (cloud.Version, error) {
		return oneVersion(api.EnableSecretVersion(ctx, &secretmanagerpb.EnableSecretVersionRequest{Name: name.String(), Etag: etag}))
	})
	return err
}

// DisableVersion makes a version unreadable until it is enabled again, if its
// etag is still that one.
func (c *Client) DisableVersion(ctx context.Context, name cloud.VersionName, etag string) error {
	m := method{op: "disable version", rpc: "SecretManagerService.DisableSecretVersion", needs: "secretmanager.versions.disable", repeat: etag == ""}
	_, err := ask(ctx, c, c.secrets, m, name.String(), func(ctx context.Context, api *secretmanager.Client) (cloud.Version, error) {
		return oneVersion(api.DisableSecretVersion(ctx, &secretmanagerpb.DisableSecretVersionRequest{Name: name.String(), Etag: etag}))
	})
	return err
}

// createdByKey is the annotation that names the run which made a secret.
const createdByKey = "upstreamauth-run"

func createdBy(spec cloud.SecretSpec) map[string]string {
	if spec.CreatedBy == "" {
		return nil
	}
	return map[string]string{createdByKey: spec.CreatedBy}
}

func checksum(b []byte) int64 { return int64(crc32.Checksum(b, castagnoli)) }

func replication(spec cloud.SecretSpec) *secretmanagerpb.Replication {
	key := func(location string) *secretmanagerpb.CustomerManagedEncryption {
		if name := spec.KeyFor(location); name != "" {
			return &secretmanagerpb.CustomerManagedEncryption{KmsKeyName: name}
		}
		return nil
	}
	if len(spec.Locations) == 0 {
		return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{
			Automatic: &secretmanagerpb.Replication_Automatic{CustomerManagedEncryption: key("")},
		}}
	}
	var replicas []*secretmanagerpb.Replication_UserManaged_Replica
	for _, l := range spec.Locations {
		replicas = append(replicas, &secretmanagerpb.Replication_UserManaged_Replica{Location: l, CustomerManagedEncryption: key(l)})
	}
	return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_UserManaged_{
		UserManaged: &secretmanagerpb.Replication_UserManaged{Replicas: replicas},
	}}
}

// oneSecret is secret for an answer that must be one.
func oneSecret(s *secretmanagerpb.Secret, err error) (cloud.SecretInfo, error) {
	if err != nil {
		return cloud.SecretInfo{}, err
	}
	info, ok := secret(s)
	if !ok {
		return info, fmt.Errorf("%q is not the name of a global secret", s.GetName())
	}
	return info, nil
}

func secret(s *secretmanagerpb.Secret) (cloud.SecretInfo, bool) {
	name, ok := cloud.ParseSecretName(clean.Text(s.GetName()))
	info := cloud.SecretInfo{
		Name: name, CreateTime: moment(s.GetCreateTime()), Type: secretType(s.GetSecretType()), Etag: clean.Text(s.GetEtag()),
		CreatedBy: clean.Text(s.GetAnnotations()[createdByKey]),
	}
	info.ExpireTime = moment(s.GetExpireTime())
	encrypted := []*secretmanagerpb.CustomerManagedEncryption{s.GetReplication().GetAutomatic().GetCustomerManagedEncryption()}
	for _, r := range s.GetReplication().GetUserManaged().GetReplicas() {
		info.Locations = append(info.Locations, clean.Text(r.GetLocation()))
		encrypted = append(encrypted, r.GetCustomerManagedEncryption())
	}
	for _, e := range encrypted {
		if key := e.GetKmsKeyName(); key != "" {
			info.KMSKeys = append(info.KMSKeys, clean.Text(key))
		}
	}
	info.Labels = labels(s.GetLabels())
	return info, ok
}

// labels are nil where there are none.
func labels(all map[string]string) map[string]string {
	if len(all) == 0 {
		return nil
	}
	clear := make(map[string]string, len(all))
	for k, v := range all {
		clear[clean.Text(k)] = clean.Text(v)
	}
	return clear
}

// secretType is empty where the contents are free: only the types of
// credentials and certificates restrict them.
func secretType(t secretmanagerpb.Secret_SecretType) string {
	switch t {
	case secretmanagerpb.Secret_SECRET_TYPE_UNSPECIFIED, secretmanagerpb.Secret_OTHER:
		return ""
	default:
		return t.String()
	}
}

func oneVersion(v *secretmanagerpb.SecretVersion, err error) (cloud.Version, error) {
	if err != nil {
		return cloud.Version{}, err
	}
	return version(v), nil
}

func version(v *secretmanagerpb.SecretVersion) cloud.Version {
	name, _ := cloud.ParseVersionName(clean.Text(v.GetName()))
	return cloud.Version{Name: name, State: v.GetState().String(), CreateTime: moment(v.GetCreateTime()), Etag: clean.Text(v.GetEtag())}
}

// moment is zero where Google does not say when: the nil timestamp would be
// 1970.
func moment(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
