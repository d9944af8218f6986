package gcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
)

func TestPayloadsAreCheckedOnTheirWay(t *testing.T) {
	data := []byte("a token")
	good, bad := checksum(data), checksum(data)+1
	for name, c := range map[string]struct {
		sum *int64
		ok  bool
	}{"right": {&good, true}, "wrong": {&bad, false}, "missing": {nil, false}} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, nil, map[string]reply{"SecretManagerService.AccessSecretVersion": always(&secretmanagerpb.AccessSecretVersionResponse{
				Payload: &secretmanagerpb.SecretPayload{Data: data, DataCrc32C: c.sum},
			})})
			got, err := f.client(t, Options{}).Payload(t.Context(), theVersion)
			if (err == nil) != c.ok || c.ok && !got.Equal(token.New([]byte("a token"))) || !c.ok && !got.Empty() {
				t.Errorf("got %d bytes, %v", got.Len(), err)
			}
		})
	}
}

// TestALongPageIsRead lists secrets whose annotations fill a page with more than
// the 4 MB that gRPC takes of its own accord.
func TestALongPageIsRead(t *testing.T) {
	const many = 500
	page := &secretmanagerpb.ListSecretsResponse{}
	for i := range many {
		page.Secrets = append(page.Secrets, &secretmanagerpb.Secret{
			Name: fmt.Sprintf("projects/1/secrets/s%d", i), Annotations: map[string]string{"a": strings.Repeat("x", 16<<10)},
		})
	}
	f := newFake(t, nil, map[string]reply{"SecretManagerService.ListSecrets": always(page)})
	n := 0
	for some, err := range f.client(t, Options{}).Secrets(t.Context(), "p") {
		if err != nil {
			t.Fatal(err)
		}
		n += len(some)
	}
	if n != many {
		t.Errorf("%d secrets", n)
	}
}

func TestAddVersionSendsAndWantsAChecksum(t *testing.T) {
	for _, confirmed := range []bool{true, false} {
		f := newFake(t, nil, map[string]reply{"SecretManagerService.AddSecretVersion": func(_ context.Context, m proto.Message) (proto.Message, error) {
			p := m.(*secretmanagerpb.AddSecretVersionRequest).GetPayload()
			if p.GetDataCrc32C() != checksum([]byte("a token")) || string(p.GetData()) != "a token" {
				t.Error("the bytes or their checksum differ")
			}
			return &secretmanagerpb.SecretVersion{Name: "projects/1/secrets/s/versions/3", State: secretmanagerpb.SecretVersion_ENABLED, ClientSpecifiedPayloadChecksum: confirmed}, nil
		}})
		payload := token.New([]byte("a token"))
		v, err := f.client(t, Options{}).AddVersion(t.Context(), theSecret, payload)
		if (err == nil) != confirmed || confirmed && (v.Name.Number() != 3 || !v.Enabled()) {
			t.Errorf("confirmed %v: got %+v, %v", confirmed, v, err)
		}
		if payload.Empty() {
			t.Error("the caller's bytes were wiped")
		}
	}
}

func TestVersionsComeNewestFirstWhateverTheOrder(t *testing.T) {
	page := func(next string, ids ...string) *secretmanagerpb.ListSecretVersionsResponse {
		r := &secretmanagerpb.ListSecretVersionsResponse{NextPageToken: next}
		for _, id := range ids {
			r.Versions = append(r.Versions, &secretmanagerpb.SecretVersion{Name: "projects/1/secrets/s/versions/" + id})
		}
		return r
	}
	f := newFake(t, nil, map[string]reply{"SecretManagerService.ListSecretVersions": func(_ context.Context, m proto.Message) (proto.Message, error) {
		if m.(*secretmanagerpb.ListSecretVersionsRequest).GetPageToken() == "" {
			return page("more", "2", "10"), nil
		}
		return page("", "9", "1"), nil
	}})
	all, err := f.client(t, Options{}).Versions(t.Context(), theSecret)
	var got []string
	for _, v := range all {
		got = append(got, v.Name.ID)
	}
	if diff := cmp.Diff([]string{"10", "9", "2", "1"}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestASecretAsGoogleDescribesIt(t *testing.T) {
	made, gone := time.Unix(1e9, 0).UTC(), time.Unix(2e9, 0).UTC()
	for _, c := range []struct {
		name string
		in   *secretmanagerpb.Secret
		want cloud.SecretInfo
		ok   bool
	}{
		{"plain", &secretmanagerpb.Secret{Name: "projects/1/secrets/s", CreateTime: timestamppb.New(made), Etag: `"e"`, Replication: replication(cloud.SecretSpec{})},
			cloud.SecretInfo{Name: cloud.SecretName{Project: "1", ID: "s"}, CreateTime: made, Etag: `"e"`}, true},
		{"everything", &secretmanagerpb.Secret{
			Name: "projects/1/secrets/s", CreateTime: timestamppb.New(made), Labels: map[string]string{"a": "b"},
			Expiration:  &secretmanagerpb.Secret_ExpireTime{ExpireTime: timestamppb.New(gone)},
			Replication: replication(cloud.SecretSpec{Locations: []string{"us-east1", "us-west1"}}), SecretType: secretmanagerpb.Secret_CERTIFICATE,
		}, cloud.SecretInfo{
			Name: cloud.SecretName{Project: "1", ID: "s"}, CreateTime: made, ExpireTime: gone, Type: "CERTIFICATE",
			Locations: []string{"us-east1", "us-west1"}, Labels: map[string]string{"a": "b"},
		}, true},
		{"a type that restricts nothing", &secretmanagerpb.Secret{Name: "projects/1/secrets/s", CreateTime: timestamppb.New(made), SecretType: secretmanagerpb.Secret_OTHER},
			cloud.SecretInfo{Name: cloud.SecretName{Project: "1", ID: "s"}, CreateTime: made}, true},
		{"a regional one", &secretmanagerpb.Secret{Name: "projects/1/locations/us-east1/secrets/s", CreateTime: timestamppb.New(made)},
			cloud.SecretInfo{CreateTime: made}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := secret(c.in)
			if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok {
				t.Errorf("ok is %v\n%s", ok, diff)
			}
		})
	}
}

func TestReplicationCarriesTheKey(t *testing.T) {
	const global, east, west = "projects/p/locations/global/keyRings/r/cryptoKeys/k", "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k", "projects/p/locations/us-west1/keyRings/r/cryptoKeys/k"
	if got := replication(cloud.SecretSpec{KMSKeys: []string{global}}).GetAutomatic().GetCustomerManagedEncryption().GetKmsKeyName(); got != global {
		t.Errorf("automatic: %q", got)
	}
	if got := replication(cloud.SecretSpec{}).GetAutomatic().GetCustomerManagedEncryption(); got != nil {
		t.Errorf("automatic, with no key: %v", got)
	}
	// Each replica gets the key of its own location, in whatever order they are given.
	replicas := replication(cloud.SecretSpec{KMSKeys: []string{west, east}, Locations: []string{"us-east1", "us-west1"}}).GetUserManaged().GetReplicas()
	for i, want := range []struct{ location, key string }{{"us-east1", east}, {"us-west1", west}} {
		if r := replicas[i]; r.GetLocation() != want.location || r.GetCustomerManagedEncryption().GetKmsKeyName() != want.key {
			t.Errorf("user managed: %v", r)
		}
	}
}

// TestVersionsAreSwitchedByTheirEtag wants the etag of the version that was looked
// at to be sent, so that Google refuses what somebody else has changed since.
func TestVersionsAreSwitchedByTheirEtag(t *testing.T) {
	sent := map[string]string{}
	answer := &secretmanagerpb.SecretVersion{Name: "projects/1/secrets/s/versions/3"}
	c := newFake(t, nil, map[string]reply{
		"SecretManagerService.EnableSecretVersion": func(_ context.Context, m proto.Message) (proto.Message, error) {
			sent["enable"] = m.(*secretmanagerpb.EnableSecretVersionRequest).GetEtag()
			return answer, nil
		},
		"SecretManagerService.DisableSecretVersion": func(_ context.Context, m proto.Message) (proto.Message, error) {
			sent["disable"] = m.(*secretmanagerpb.DisableSecretVersionRequest).GetEtag()
			return answer, nil
		},
	}).client(t, Options{})
	v := cloud.VersionName{Secret: theSecret, ID: "3"}
	if err := errors.Join(c.EnableVersion(t.Context(), v, "one"), c.DisableVersion(t.Context(), v, "two")); err != nil {
		t.Fatal(err)
	}
	if sent["enable"] != "one" || sent["disable"] != "two" {
		t.Errorf("sent %v", sent)
	}
}
