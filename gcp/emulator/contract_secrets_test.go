package emulator

import (
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	smpb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// stranger is a caller without any role.
const stranger = "stranger@example.com"

func automatic() *smpb.Replication {
	return &smpb.Replication{Replication: &smpb.Replication_Automatic_{Automatic: &smpb.Replication_Automatic{}}}
}

// newSecret creates a secret and gives it versions with these payloads.
func (g *clients) newSecret(id string, payloads ...string) *smpb.Secret {
	g.t.Helper()
	s := need[*smpb.Secret](g)(g.sm.CreateSecret(g, &smpb.CreateSecretRequest{Parent: g.project, SecretId: id, Secret: &smpb.Secret{Replication: automatic()}}))
	for _, p := range payloads {
		need[*smpb.SecretVersion](g)(g.addVersion(id, p))
	}
	return s
}

func (g *clients) addVersion(id, payload string) (*smpb.SecretVersion, error) {
	return g.sm.AddSecretVersion(g, &smpb.AddSecretVersionRequest{Parent: g.secret(id), Payload: &smpb.SecretPayload{Data: []byte(payload)}})
}

func (g *clients) secret(id string) string { return g.project + "/secrets/" + id }

// withSecret is a preparation: the secret "s" with two versions.
func withSecret(g *clients) { g.newSecret("s", "first", "second") }

func disabled(g *clients) {
	withSecret(g)
	need[*smpb.SecretVersion](g)(g.sm.DisableSecretVersion(g, &smpb.DisableSecretVersionRequest{Name: g.secret("s/versions/2")}))
}

func destroyed(g *clients) {
	withSecret(g)
	need[*smpb.SecretVersion](g)(g.sm.DestroySecretVersion(g, &smpb.DestroySecretVersionRequest{Name: g.secret("s/versions/2")}))
}

func getSecret(name string) func(*clients) (any, error) {
	return func(g *clients) (any, error) { return g.sm.GetSecret(g, &smpb.GetSecretRequest{Name: g.secret(name)}) }
}

func createSecret(id string, s *smpb.Secret) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.sm.CreateSecret(g, &smpb.CreateSecretRequest{Parent: g.project, SecretId: id, Secret: s})
	}
}

func access(version string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.sm.AccessSecretVersion(g, &smpb.AccessSecretVersionRequest{Name: g.secret(version)})
	}
}

func listSecrets(filter string, size int32) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.sm.ListSecrets(g, &smpb.ListSecretsRequest{Parent: g.project, Filter: filter, PageSize: size}).Next)
	}
}

func listVersions(filter string, size int32) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.sm.ListSecretVersions(g, &smpb.ListSecretVersionsRequest{Parent: g.secret("s"), Filter: filter, PageSize: size}).Next)
	}
}

// updateSecret changes "s" as edit says, under a mask.
func updateSecret(edit func(*smpb.Secret), paths ...string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		s := &smpb.Secret{Name: g.secret("s")}
		edit(s)
		return g.sm.UpdateSecret(g, &smpb.UpdateSecretRequest{Secret: s, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
	}
}

// setSecretPolicy reads the policy of "s", has edit change it, and writes it.
func setSecretPolicy(edit func(*iampb.Policy)) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		p, err := g.sm.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: g.secret("s"), Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3}})
		if err != nil {
			return nil, err
		}
		edit(p)
		return g.sm.SetIamPolicy(g, &iampb.SetIamPolicyRequest{Resource: g.secret("s"), Policy: p})
	}
}

func bind(p *iampb.Policy, members ...string) {
	p.Version = 3
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/secretmanager.secretAccessor", Members: members})
}

func conditional(g *clients) {
	withSecret(g)
	need[any](g)(setSecretPolicy(func(p *iampb.Policy) {
		bind(p, "user:a@example.com")
		p.Bindings[0].Condition = &expr.Expr{Title: "until", Expression: `request.time < timestamp("2030-01-01T00:00:00Z")`}
	})(g))
}

func secretPolicy(version int32) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.sm.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: g.secret("s"), Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: version}})
	}
}

func testSecret(id string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.sm.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: g.secret(id), Permissions: []string{"secretmanager.versions.add", "secretmanager.versions.access"}})
	}
}

var wrongCRC = int64(1)

var secretContract = []contract{
	{name: "get secret", prepare: withSecret, ask: getSecret("s"), has: []string{`"name":"projects/`, `/secrets/s"`, `"automatic":{}`, `"etag":`, `"createTime":"2026-01-02T03:04:05Z"`}},
	{name: "get secret by project number", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.GetSecret(g, &smpb.GetSecretRequest{Name: g.number + "/secrets/s"})
	}, has: []string{`/secrets/s"`}},
	{name: "get missing secret", ask: getSecret("none"), code: codes.NotFound, says: "/secrets/none] not found"},
	{name: "get secret without permission", prepare: withSecret, caller: stranger, ask: getSecret("s"), code: codes.PermissionDenied, says: "Permission 'secretmanager.secrets.get' denied for resource 'projects/", reason: "IAM_PERMISSION_DENIED"},
	{name: "get missing secret without permission", caller: stranger, ask: getSecret("none"), code: codes.PermissionDenied, says: "(or it may not exist)."},
	{name: "get secret in an unknown project", ask: func(g *clients) (any, error) {
		return g.sm.GetSecret(g, &smpb.GetSecretRequest{Name: "projects/no-such-project/secrets/s"})
	}, code: codes.PermissionDenied},
	{name: "get secret with the API off", prepare: func(g *clients) { g.disable("secretmanager.googleapis.com") }, ask: getSecret("s"), code: codes.PermissionDenied, says: "Secret Manager API has not been used in project", reason: "SERVICE_DISABLED"},
	{name: "get regional secret", ask: func(g *clients) (any, error) {
		return g.sm.GetSecret(g, &smpb.GetSecretRequest{Name: g.project + "/locations/us-central1/secrets/s"})
	}, code: codes.Unimplemented},
	{name: "get secret refused once", prepare: withSecret, fault: "SecretManagerService.GetSecret=UNAVAILABLE:1", ask: getSecret("s"), code: codes.Unavailable},
	{name: "get secret over quota", prepare: withSecret, fault: "GetSecret=RESOURCE_EXHAUSTED", ask: getSecret("s"), code: codes.ResourceExhausted, says: "Quota exceeded for quota metric", reason: "RATE_LIMIT_EXCEEDED"},

	{name: "list secrets", prepare: func(g *clients) { g.newSecret("a"); g.newSecret("b") }, ask: listSecrets("", 0), has: []string{`/secrets/a"`, `/secrets/b"`}},
	{name: "list secrets page by page", prepare: func(g *clients) { g.newSecret("a"); g.newSecret("b"); g.newSecret("c") }, ask: listSecrets("", 1), has: []string{`/secrets/a"`, `/secrets/b"`, `/secrets/c"`}},
	{name: "list secrets by filter", prepare: func(g *clients) { g.newSecret("npm-x"); g.newSecret("b") }, ask: listSecrets("name:npm", 0), has: []string{`/secrets/npm-x"`}, lacks: []string{`/secrets/b"`}},
	{name: "list secrets by a bad filter", ask: listSecrets("name:(", 0), code: codes.InvalidArgument},
	{name: "list secrets with a bad page token", ask: func(g *clients) (any, error) {
		return all(g, g.sm.ListSecrets(g, &smpb.ListSecretsRequest{Parent: g.project, PageToken: "?"}).Next)
	}, code: codes.InvalidArgument},
	{name: "list secrets without permission", caller: stranger, ask: listSecrets("", 0), code: codes.PermissionDenied, reason: "IAM_PERMISSION_DENIED"},
	{name: "list regional secrets", ask: func(g *clients) (any, error) {
		return all(g, g.sm.ListSecrets(g, &smpb.ListSecretsRequest{Parent: g.project + "/locations/us-central1"}).Next)
	}, code: codes.Unimplemented},

	{name: "create secret", ask: createSecret("new", &smpb.Secret{Replication: automatic(), Labels: map[string]string{"team": "a"}}), has: []string{`/secrets/new"`, `"team":"a"`}},
	{name: "create secret in chosen places", ask: createSecret("new", &smpb.Secret{Replication: &smpb.Replication{Replication: &smpb.Replication_UserManaged_{UserManaged: &smpb.Replication_UserManaged{
		Replicas: []*smpb.Replication_UserManaged_Replica{{Location: "europe-west1"}, {Location: "europe-west4"}}}}}}), has: []string{`"location":"europe-west1"`}},
	{name: "create secret that expires", ask: createSecret("new", &smpb.Secret{Replication: automatic(), Expiration: &smpb.Secret_Ttl{Ttl: durationpb.New(3600e9)}}), has: []string{`"expireTime":"2026-01-02T04:04:05Z"`}},
	{name: "create secret that expires in the past", ask: createSecret("new", &smpb.Secret{Replication: automatic(), Expiration: &smpb.Secret_ExpireTime{ExpireTime: timestamppb.New(contractTime.AddDate(-1, 0, 0))}}), code: codes.InvalidArgument},
	{name: "create existing secret", prepare: withSecret, ask: createSecret("s", &smpb.Secret{Replication: automatic()}), code: codes.AlreadyExists, says: "/secrets/s] already exists."},
	{name: "create secret with a bad name", ask: createSecret("a.b", &smpb.Secret{Replication: automatic()}), code: codes.InvalidArgument},
	{name: "create secret with a long name", ask: createSecret(strings.Repeat("a", 256), &smpb.Secret{Replication: automatic()}), code: codes.InvalidArgument},
	{name: "create secret without replication", ask: createSecret("new", &smpb.Secret{}), code: codes.InvalidArgument},
	{name: "create typed secret", ask: createSecret("new", &smpb.Secret{Replication: automatic(), SecretType: smpb.Secret_CERTIFICATE}), code: codes.Unimplemented},
	{name: "create secret without permission", caller: stranger, ask: createSecret("new", &smpb.Secret{Replication: automatic()}), code: codes.PermissionDenied, reason: "IAM_PERMISSION_DENIED"},
	{name: "create secret and lose the answer", fault: "CreateSecret=UNAVAILABLE@after:1", ask: func(g *clients) (any, error) {
		if _, err := createSecret("new", &smpb.Secret{Replication: automatic()})(g); err == nil {
			g.t.Error("the answer was not lost")
		}
		return getSecret("new")(g)
	}, has: []string{`/secrets/new"`}},

	{name: "update secret", prepare: withSecret, ask: updateSecret(func(s *smpb.Secret) {
		s.Labels, s.Annotations = map[string]string{"team": "b"}, map[string]string{"not": "asked"}
	}, "labels"), has: []string{`"team":"b"`}, lacks: []string{"asked"}},
	{name: "update secret's aliases", prepare: withSecret, ask: updateSecret(func(s *smpb.Secret) { s.VersionAliases = map[string]int64{"stable": 1} }, "version_aliases"), has: []string{`"stable":"1"`}},
	{name: "update secret's alias to no version", prepare: withSecret, ask: updateSecret(func(s *smpb.Secret) { s.VersionAliases = map[string]int64{"stable": 9} }, "version_aliases"), code: codes.InvalidArgument},
	{name: "update secret without a mask", prepare: withSecret, ask: updateSecret(func(s *smpb.Secret) { s.Labels = map[string]string{"team": "b"} }), code: codes.InvalidArgument},
	{name: "update what cannot change", prepare: withSecret, ask: updateSecret(func(s *smpb.Secret) { s.Replication = automatic() }, "replication"), code: codes.InvalidArgument},
	{name: "update secret with its etag", prepare: withSecret, ask: func(g *clients) (any, error) {
		s, err := g.sm.GetSecret(g, &smpb.GetSecretRequest{Name: g.secret("s")})
		if err != nil {
			return nil, err
		}
		return updateSecret(func(u *smpb.Secret) { u.Etag, u.Labels = s.GetEtag(), map[string]string{"team": "c"} }, "labels")(g)
	}, has: []string{`"team":"c"`}},
	{name: "update secret with a wrong etag", prepare: withSecret, ask: updateSecret(func(s *smpb.Secret) { s.Etag = `"stale"` }, "labels"), code: codes.FailedPrecondition, says: "etag"},
	{name: "update missing secret", ask: updateSecret(func(*smpb.Secret) {}, "labels"), code: codes.NotFound},

	{name: "delete secret", prepare: withSecret, ask: func(g *clients) (any, error) {
		if err := g.sm.DeleteSecret(g, &smpb.DeleteSecretRequest{Name: g.secret("s")}); err != nil {
			return nil, err
		}
		return getSecret("s")(g)
	}, code: codes.NotFound},
	{name: "delete secret with a wrong etag", prepare: withSecret, ask: func(g *clients) (any, error) {
		return nil, g.sm.DeleteSecret(g, &smpb.DeleteSecretRequest{Name: g.secret("s"), Etag: `"stale"`})
	}, code: codes.FailedPrecondition},
	{name: "delete missing secret", ask: func(g *clients) (any, error) {
		return nil, g.sm.DeleteSecret(g, &smpb.DeleteSecretRequest{Name: g.secret("none")})
	}, code: codes.NotFound},

	{name: "add version", prepare: withSecret, ask: func(g *clients) (any, error) { return g.addVersion("s", "third") }, has: []string{`/secrets/s/versions/3"`, `"state":"ENABLED"`}, lacks: []string{"clientSpecified"}},
	{name: "add version with checksum", prepare: withSecret, ask: func(g *clients) (any, error) {
		crc := int64(0xe3069283) // of "123456789", by Castagnoli's polynomial
		return g.sm.AddSecretVersion(g, &smpb.AddSecretVersionRequest{Parent: g.secret("s"), Payload: &smpb.SecretPayload{Data: []byte("123456789"), DataCrc32C: &crc}})
	}, has: []string{`"clientSpecifiedPayloadChecksum":true`}},
	{name: "add version with a wrong checksum", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.AddSecretVersion(g, &smpb.AddSecretVersionRequest{Parent: g.secret("s"), Payload: &smpb.SecretPayload{Data: []byte("123456789"), DataCrc32C: &wrongCRC}})
	}, code: codes.InvalidArgument},
	{name: "add version of 64 KiB", prepare: withSecret, ask: func(g *clients) (any, error) { return g.addVersion("s", strings.Repeat("x", 1<<16)) }, has: []string{`/versions/3"`}},
	{name: "add too large a version", prepare: withSecret, ask: func(g *clients) (any, error) { return g.addVersion("s", strings.Repeat("x", 1<<16+1)) }, code: codes.InvalidArgument},
	{name: "add empty version", prepare: withSecret, ask: func(g *clients) (any, error) { return g.addVersion("s", "") }, code: codes.InvalidArgument},
	{name: "add version to missing secret", ask: func(g *clients) (any, error) { return g.addVersion("none", "x") }, code: codes.NotFound},
	{name: "add version without permission", prepare: withSecret, caller: stranger, ask: func(g *clients) (any, error) { return g.addVersion("s", "x") }, code: codes.PermissionDenied, says: "'secretmanager.versions.add' denied for resource"},

	{name: "list versions", prepare: disabled, ask: listVersions("", 1), has: []string{`/versions/1"`, `/versions/2"`, `"DISABLED"`}},
	{name: "list enabled versions", prepare: disabled, ask: listVersions("state:ENABLED", 0), has: []string{`/versions/1"`}, lacks: []string{`/versions/2"`}},
	{name: "list versions of missing secret", ask: listVersions("", 0), code: codes.NotFound},

	{name: "get version", prepare: disabled, ask: func(g *clients) (any, error) {
		return g.sm.GetSecretVersion(g, &smpb.GetSecretVersionRequest{Name: g.secret("s/versions/2")})
	}, has: []string{`"DISABLED"`}},
	{name: "get latest version, which is disabled", prepare: disabled, ask: func(g *clients) (any, error) {
		return g.sm.GetSecretVersion(g, &smpb.GetSecretVersionRequest{Name: g.secret("s/versions/latest")})
	}, has: []string{`/versions/2"`, `"DISABLED"`}},
	{name: "get missing version", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.GetSecretVersion(g, &smpb.GetSecretVersionRequest{Name: g.secret("s/versions/9")})
	}, code: codes.NotFound, says: "/secrets/s/versions/9] not found."},

	{name: "access version", prepare: withSecret, ask: access("s/versions/1"), has: []string{`"data":"Zmlyc3Q="`, `"dataCrc32c":`}},
	{name: "access latest version", prepare: withSecret, ask: access("s/versions/latest"), has: []string{`/versions/2"`, `"data":"c2Vjb25k"`}},
	{name: "access version by alias", prepare: func(g *clients) {
		withSecret(g)
		need[any](g)(updateSecret(func(s *smpb.Secret) { s.VersionAliases = map[string]int64{"stable": 1} }, "version_aliases")(g))
	}, ask: access("s/versions/stable"), has: []string{`"data":"Zmlyc3Q="`}},
	{name: "access disabled version", prepare: disabled, ask: access("s/versions/2"), code: codes.FailedPrecondition, says: "/secrets/s/versions/2] is in DISABLED state."},
	{name: "access latest version, which is disabled", prepare: disabled, ask: access("s/versions/latest"), code: codes.FailedPrecondition, says: "is in DISABLED state."},
	{name: "access destroyed version", prepare: destroyed, ask: access("s/versions/2"), code: codes.FailedPrecondition, says: "is in DESTROYED state."},
	{name: "access version of a secret without versions", prepare: func(g *clients) { g.newSecret("s") }, ask: access("s/versions/latest"), code: codes.NotFound, says: "not found or has no versions."},
	{name: "access version without permission", prepare: withSecret, caller: stranger, ask: access("s/versions/1"), code: codes.PermissionDenied, says: "'secretmanager.versions.access' denied for resource"},

	{name: "disable version", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.DisableSecretVersion(g, &smpb.DisableSecretVersionRequest{Name: g.secret("s/versions/1")})
	}, has: []string{`"DISABLED"`}},
	{name: "disable version with a wrong etag", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.DisableSecretVersion(g, &smpb.DisableSecretVersionRequest{Name: g.secret("s/versions/1"), Etag: `"stale"`})
	}, code: codes.FailedPrecondition},
	{name: "disable destroyed version", prepare: destroyed, ask: func(g *clients) (any, error) {
		return g.sm.DisableSecretVersion(g, &smpb.DisableSecretVersionRequest{Name: g.secret("s/versions/2")})
	}, code: codes.FailedPrecondition},
	{name: "disable latest version", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.DisableSecretVersion(g, &smpb.DisableSecretVersionRequest{Name: g.secret("s/versions/latest")})
	}, code: codes.InvalidArgument},
	{name: "enable version", prepare: disabled, ask: func(g *clients) (any, error) {
		return g.sm.EnableSecretVersion(g, &smpb.EnableSecretVersionRequest{Name: g.secret("s/versions/2")})
	}, has: []string{`"ENABLED"`}},
	{name: "destroy version", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.DestroySecretVersion(g, &smpb.DestroySecretVersionRequest{Name: g.secret("s/versions/1")})
	}, has: []string{`"DESTROYED"`, `"destroyTime":`}},

	{name: "get policy never set", prepare: withSecret, ask: secretPolicy(3), has: []string{`"etag":`}, lacks: []string{"bindings"}},
	{name: "get policy of missing secret", ask: secretPolicy(3), code: codes.NotFound},
	{name: "set policy", prepare: withSecret, ask: setSecretPolicy(func(p *iampb.Policy) { bind(p, "user:a@example.com") }), has: []string{`"members":["user:a@example.com"]`}},
	{name: "set policy with a stale etag", prepare: withSecret, ask: func(g *clients) (any, error) {
		p, err := g.sm.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: g.secret("s")})
		if err != nil {
			return nil, err
		}
		bind(p, "user:a@example.com")
		req := &iampb.SetIamPolicyRequest{Resource: g.secret("s"), Policy: p}
		need[*iampb.Policy](g)(g.sm.SetIamPolicy(g, req))
		return g.sm.SetIamPolicy(g, req)
	}, code: codes.Aborted, says: "There were concurrent policy changes."},
	{name: "set policy for an agent that does not exist", prepare: withSecret, ask: setSecretPolicy(func(p *iampb.Policy) {
		bind(p, "serviceAccount:service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com")
	}), code: codes.InvalidArgument, says: "Service account service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com does not exist."},
	{name: "set policy with a bad member", prepare: withSecret, ask: setSecretPolicy(func(p *iampb.Policy) { bind(p, "a@example.com") }), code: codes.InvalidArgument},
	{name: "set policy with a condition", prepare: conditional, ask: secretPolicy(3), has: []string{`"condition":`, `"version":3`}},
	{name: "get policy with a condition at version 1", prepare: conditional, ask: secretPolicy(1), has: []string{"_withcond_", `"version":1`}, lacks: []string{`"condition"`}},
	{name: "set policy without permission", prepare: withSecret, caller: stranger, ask: func(g *clients) (any, error) {
		return g.sm.SetIamPolicy(g, &iampb.SetIamPolicyRequest{Resource: g.secret("s"), Policy: &iampb.Policy{}})
	}, code: codes.PermissionDenied, says: "'secretmanager.secrets.setIamPolicy' denied for resource"},
	{name: "test permissions on secret", prepare: withSecret, ask: testSecret("s"), has: []string{"secretmanager.versions.add", "secretmanager.versions.access"}},
	{name: "test permissions on secret as a stranger", prepare: withSecret, caller: stranger, ask: testSecret("s"), lacks: []string{"secretmanager"}},
	{name: "test permissions on missing secret", ask: testSecret("none"), lacks: []string{"secretmanager"}},

	{name: "rotate secret", prepare: withSecret, ask: func(g *clients) (any, error) {
		return g.sm.RotateSecret(g, &smpb.RotateSecretRequest{Parent: g.secret("s")})
	}, code: codes.Unimplemented},
}
