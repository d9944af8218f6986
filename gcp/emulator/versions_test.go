package emulator

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func (g *google) addVersion(tb testing.TB, secret string, payload *secretmanagerpb.SecretPayload) (*secretmanagerpb.SecretVersion, error) {
	tb.Helper()
	return g.secrets.AddSecretVersion(tb.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: healthy + "/secrets/" + secret, Payload: payload,
	})
}

func TestVersionFromAdditionToDestruction(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		ctx := t.Context()
		data := []byte{0, 1, 0xff, '\n'}
		sum := checksum(data)
		v, err := g.addVersion(t, "docker-hub-token", &secretmanagerpb.SecretPayload{Data: data, DataCrc32C: &sum})
		if err != nil {
			t.Fatal(err)
		}
		const name = numbered + "/secrets/docker-hub-token/versions/3"
		if v.GetName() != name || v.GetState() != secretmanagerpb.SecretVersion_ENABLED || !v.GetClientSpecifiedPayloadChecksum() || v.GetEtag() == "" {
			t.Errorf("got %v", v)
		}
		access := func(id string) (*secretmanagerpb.AccessSecretVersionResponse, error) {
			return g.secrets.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{
				Name: healthy + "/secrets/docker-hub-token/versions/" + id,
			})
		}
		for _, id := range []string{"3", "latest"} {
			got, err := access(id)
			if err != nil {
				t.Fatal(err)
			}
			if got.GetName() != name || !bytes.Equal(got.GetPayload().GetData(), data) || got.GetPayload().GetDataCrc32C() != sum {
				t.Errorf("%s: got %v", id, got)
			}
		}
		disabled, err := g.secrets.DisableSecretVersion(ctx, &secretmanagerpb.DisableSecretVersionRequest{Name: name, Etag: v.GetEtag()})
		if err != nil || disabled.GetState() != secretmanagerpb.SecretVersion_DISABLED || disabled.GetEtag() == v.GetEtag() {
			t.Fatalf("got %v, %v", disabled, err)
		}
		for _, id := range []string{"3", "latest"} { // latest is the newest, not the newest enabled
			_, err = access(id)
			wantError(t, err, codes.FailedPrecondition, "Secret Version ["+name+"] is in DISABLED state.")
		}
		if again, err := g.secrets.DisableSecretVersion(ctx, &secretmanagerpb.DisableSecretVersionRequest{Name: name}); err != nil || again.GetState() != disabled.GetState() || again.GetEtag() == disabled.GetEtag() {
			t.Errorf("disabling twice changes nothing but the etag: %v, %v", again, err)
		}
		_, err = g.secrets.EnableSecretVersion(ctx, &secretmanagerpb.EnableSecretVersionRequest{Name: name, Etag: v.GetEtag()})
		wantCode(t, err, codes.FailedPrecondition)
		if _, err := g.secrets.EnableSecretVersion(ctx, &secretmanagerpb.EnableSecretVersionRequest{Name: name}); err != nil {
			t.Fatal(err)
		}
		destroyed, err := g.secrets.DestroySecretVersion(ctx, &secretmanagerpb.DestroySecretVersionRequest{Name: name})
		if err != nil || destroyed.GetState() != secretmanagerpb.SecretVersion_DESTROYED || destroyed.GetDestroyTime() == nil {
			t.Fatalf("got %v, %v", destroyed, err)
		}
		_, err = access("3")
		wantError(t, err, codes.FailedPrecondition, "Secret Version ["+name+"] is in DESTROYED state.")
		_, err = g.secrets.EnableSecretVersion(ctx, &secretmanagerpb.EnableSecretVersionRequest{Name: name})
		wantError(t, err, codes.FailedPrecondition, "Secret Version ["+name+"] is in DESTROYED state.")
		next, err := g.addVersion(t, "docker-hub-token", &secretmanagerpb.SecretPayload{Data: []byte("n")})
		if err != nil || !strings.HasSuffix(next.GetName(), "/versions/4") || next.GetClientSpecifiedPayloadChecksum() {
			t.Errorf("numbers are never used again, and the checksum was ours: %v, %v", next, err)
		}
	})
}

func TestAddVersionErrors(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		wrong := checksum([]byte("something else"))
		for name, c := range map[string]struct {
			secret  string
			payload *secretmanagerpb.SecretPayload
			code    codes.Code
			text    string // empty: modelled
		}{
			"no payload":     {"npm-token", nil, codes.InvalidArgument, "Field [payload] is required."},
			"nothing":        {"npm-token", &secretmanagerpb.SecretPayload{}, codes.InvalidArgument, "Secret Payload cannot be empty."},
			"too much":       {"npm-token", &secretmanagerpb.SecretPayload{Data: make([]byte, maxPayload+1)}, codes.InvalidArgument, ""},
			"wrong checksum": {"npm-token", &secretmanagerpb.SecretPayload{Data: []byte("x"), DataCrc32C: &wrong}, codes.InvalidArgument, ""},
			"no secret": {"none", &secretmanagerpb.SecretPayload{Data: []byte("x")}, codes.NotFound,
				"Secret [" + numbered + "/secrets/none] not found."},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := g.addVersion(t, c.secret, c.payload)
				if c.text == "" {
					wantCode(t, err, c.code)
				} else {
					wantError(t, err, c.code, c.text)
				}
			})
		}
		if _, err := g.addVersion(t, "npm-token", &secretmanagerpb.SecretPayload{Data: make([]byte, maxPayload)}); err != nil {
			t.Errorf("64 KiB are allowed: %v", err)
		}
	})
}

func TestNamingVersions(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		get := func(name string) (string, error) {
			v, err := g.secrets.GetSecretVersion(t.Context(), &secretmanagerpb.GetSecretVersionRequest{Name: healthy + "/secrets/" + name})
			return strings.TrimPrefix(v.GetName(), numbered+"/secrets/"), err
		}
		for name, want := range map[string]string{
			"npm-token/versions/current":       "npm-token/versions/1",
			"docker-hub-token/versions/latest": "docker-hub-token/versions/2",
			"docker-hub-token/versions/1":      "docker-hub-token/versions/1",
		} {
			if got, err := get(name); got != want || err != nil {
				t.Errorf("%s: got %s, %v", name, got, err)
			}
		}
		for name, text := range map[string]string{
			"docker-hub-token/versions/3":      "Secret Version [" + numbered + "/secrets/docker-hub-token/versions/3] not found.",
			"docker-hub-token/versions/0":      "Secret Version [" + numbered + "/secrets/docker-hub-token/versions/0] not found.",
			"docker-hub-token/versions/stable": "Secret Version [" + numbered + "/secrets/docker-hub-token/versions/stable] not found.",
			"without-versions/versions/latest": "Secret [" + numbered + "/secrets/without-versions] not found or has no versions.",
			"none/versions/1":                  "Secret [" + numbered + "/secrets/none] not found.",
		} {
			_, err := get(name)
			wantError(t, err, codes.NotFound, text)
		}
		_, err := g.secrets.DisableSecretVersion(t.Context(), &secretmanagerpb.DisableSecretVersionRequest{
			Name: healthy + "/secrets/docker-hub-token/versions/latest",
		})
		wantCode(t, err, codes.InvalidArgument)
	})
}

func TestListVersions(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		for filter, want := range map[string]string{
			"":                            "2 1",
			"state:ENABLED":               "2",
			"state=disabled":              "1",
			"state:DESTROYED":             "",
			"state:ENABLED OR name:ions/": "2 1",
		} {
			var ids []string
			for _, v := range collect(t, g.secrets.ListSecretVersions(t.Context(), &secretmanagerpb.ListSecretVersionsRequest{
				Parent: healthy + "/secrets/docker-hub-token", Filter: filter, PageSize: 1,
			}).Next) {
				ids = append(ids, v.GetName()[strings.LastIndexByte(v.GetName(), '/')+1:])
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("%q: got %s, want %s", filter, got, want)
			}
		}
	})
}

func TestDelayedDestruction(t *testing.T) {
	clock := newClock()
	g := start(t, Options{Scenario: "onboarding", Now: clock.now})
	const name = healthy + "/secrets/npm-token/versions/1"
	if _, err := g.secrets.UpdateSecret(t.Context(), &secretmanagerpb.UpdateSecretRequest{
		Secret:     &secretmanagerpb.Secret{Name: healthy + "/secrets/npm-token", VersionDestroyTtl: durationpb.New(48 * time.Hour)},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"version_destroy_ttl"}},
	}); err != nil {
		t.Fatal(err)
	}
	destroy := func() *secretmanagerpb.SecretVersion {
		t.Helper()
		v, err := g.secrets.DestroySecretVersion(t.Context(), &secretmanagerpb.DestroySecretVersionRequest{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := destroy()
	if v.GetState() != secretmanagerpb.SecretVersion_DISABLED || v.GetScheduledDestroyTime().AsTime().Sub(clock.now()) != 48*time.Hour {
		t.Errorf("got %v", v)
	}
	v, err := g.secrets.EnableSecretVersion(t.Context(), &secretmanagerpb.EnableSecretVersionRequest{Name: name})
	if err != nil || v.GetState() != secretmanagerpb.SecretVersion_ENABLED || v.GetScheduledDestroyTime() != nil {
		t.Errorf("enabling takes the destruction back: got %v, %v", v, err)
	}
	due := destroy().GetScheduledDestroyTime()
	clock.advance(48 * time.Hour)
	v, err = g.secrets.GetSecretVersion(t.Context(), &secretmanagerpb.GetSecretVersionRequest{Name: name})
	if err != nil || v.GetState() != secretmanagerpb.SecretVersion_DESTROYED || !v.GetDestroyTime().AsTime().Equal(due.AsTime()) {
		t.Errorf("after 48 hours: got %v, %v", v, err)
	}
	_, err = g.secrets.EnableSecretVersion(t.Context(), &secretmanagerpb.EnableSecretVersionRequest{Name: name})
	wantCode(t, err, codes.FailedPrecondition)
}

func TestTypedSecretsCanOnlyBeSeeded(t *testing.T) {
	g := start(t, Options{SeedFile: seedFile(t, `
projects:
  - id: typed-one
    secrets: [{id: cert, type: certificate, versions: [{data: pem}]}]
`)})
	s, err := g.secrets.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: "projects/typed-one/secrets/cert"})
	if err != nil || s.GetSecretType() != secretmanagerpb.Secret_CERTIFICATE {
		t.Errorf("got %v, %v", s, err)
	}
	_, err = g.secrets.AddSecretVersion(t.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: s.GetName(), Payload: &secretmanagerpb.SecretPayload{Data: []byte("x")},
	})
	wantCode(t, err, codes.Unimplemented)
}
