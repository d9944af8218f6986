package reliability

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/proto"
)

// hand is what somebody else does between a plan and one of its writes, and what
// of it must be as they left it in the end.
type hand struct {
	name, says string
	// anew is what they create anew; empty: nothing.
	anew string
	// do returns what looks for it in the end; its error says what was lost.
	do func(ctx context.Context, w *world, f flow, before snapshot) (func(context.Context) error, error)
}

var hands = []hand{
	{"used", "another repository comes to use the version that the repository uses", "", func(ctx context.Context, w *world, f flow, before snapshot) (func(context.Context) error, error) {
		late := flow{project: f.project, repository: "late"}
		if err := w.copyRepository(ctx, f, late); err != nil {
			return nil, err
		}
		pulled, err := w.pull(ctx, late)
		return func(ctx context.Context) error {
			pulls, err := w.pull(ctx, late)
			if err == nil && pulled && !pulls {
				err = fmt.Errorf("another repository, which came to use %s, pulls no longer", before.Version)
			}
			return err
		}, err
	}},
	{"stored", "somebody adds a version of their own to every secret", "", func(ctx context.Context, w *world, f flow, _ snapshot) (func(context.Context) error, error) {
		names, err := w.secretNames(ctx, f.project)
		var added []string
		for _, name := range names {
			v, err := w.secrets().AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{Parent: name, Payload: &secretmanagerpb.SecretPayload{Data: []byte("theirs")}})
			if err != nil {
				return nil, err
			}
			added = append(added, v.GetName())
		}
		return func(ctx context.Context) error {
			for _, name := range added {
				v, err := w.secrets().GetSecretVersion(ctx, &secretmanagerpb.GetSecretVersionRequest{Name: name})
				if err != nil || v.GetState() != secretmanagerpb.SecretVersion_ENABLED {
					return fmt.Errorf("somebody else's version %s is %v, %w", name, v.GetState(), err)
				}
			}
			return nil
		}, err
	}},
	{"secret made anew", "somebody deletes every secret and creates one of the same name, versions and policy", "secret", func(ctx context.Context, w *world, f flow, _ snapshot) (func(context.Context) error, error) {
		return w.secretsAnew(ctx, f)
	}},
	{"repository made anew", "somebody deletes the repository and creates one with the same credentials", "repository", func(ctx context.Context, w *world, f flow, _ snapshot) (func(context.Context) error, error) {
		if err := w.copyRepository(ctx, f, f); err != nil {
			return nil, err
		}
		made, err := w.look(ctx, f)
		return func(ctx context.Context) error {
			now, err := w.look(ctx, f)
			if err == nil && (now.Username != made.Username || now.Version != made.Version) {
				err = fmt.Errorf("the repository that somebody else has created signs in as %q with %q, and not with %q any more", now.Username, now.Version, made.Version)
			}
			return err
		}, err
	}},
}

// copyRepository creates a repository with the upstream and the credentials of a
// flow's. Where it is the same one, that is deleted first.
func (w *world) copyRepository(ctx context.Context, of, as flow) error {
	r, err := w.registry().GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: of.repositoryName()})
	if err != nil {
		return err
	}
	if of.repository == as.repository {
		if _, err := w.registry().DeleteRepository(ctx, &artifactregistrypb.DeleteRepositoryRequest{Name: of.repositoryName()}); err != nil {
			return err
		}
	}
	again := proto.CloneOf(r)
	again.Name, again.CreateTime, again.UpdateTime = as.repositoryName(), nil, nil
	again.GetRemoteRepositoryConfig().DisableUpstreamValidation = true
	_, err = w.registry().CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{
		Parent: strings.TrimSuffix(as.repositoryName(), "/repositories/"+as.repository), RepositoryId: as.repository, Repository: again})
	return err
}

// secretsAnew creates every secret of the flow's project anew, and returns what
// looks whether each of their versions and members is still there.
func (w *world) secretsAnew(ctx context.Context, f flow) (func(context.Context) error, error) {
	names, err := w.secretNames(ctx, f.project)
	if err != nil {
		return nil, err
	}
	made := map[string]secretState{}
	for _, name := range names {
		was, err := w.secret(ctx, name)
		if err != nil {
			return nil, err
		}
		if _, err := w.secrets().DeleteSecret(ctx, &secretmanagerpb.DeleteSecretRequest{Name: name}); err != nil {
			return nil, err
		}
		parent, id, _ := strings.Cut(name, "/secrets/")
		if _, err := w.secrets().CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{Parent: parent, SecretId: id, Secret: &secretmanagerpb.Secret{
			Replication: &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}}}}}); err != nil {
			return nil, err
		}
		for _, v := range was.Versions {
			data := v.Payload
			if data == "" {
				data = oldToken
			}
			added, err := w.secrets().AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{Parent: name, Payload: &secretmanagerpb.SecretPayload{Data: []byte(data)}})
			if err == nil && v.State == secretmanagerpb.SecretVersion_DISABLED.String() {
				_, err = w.secrets().DisableSecretVersion(ctx, &secretmanagerpb.DisableSecretVersionRequest{Name: added.GetName()})
			}
			if err != nil {
				return nil, err
			}
		}
		policy := proto.CloneOf(was.Policy)
		policy.Etag = nil
		now, err := w.policy(ctx, name)
		if err != nil {
			return nil, err
		}
		policy.Etag = now.GetEtag()
		if _, err := w.secrets().SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: name, Policy: policy}); err != nil {
			return nil, err
		}
		if made[name], err = w.secret(ctx, name); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error {
		for name, was := range made {
			now, err := w.secret(ctx, name)
			if err != nil {
				return fmt.Errorf("the secret %s that somebody else has created: %w", name, err)
			}
			for i, v := range was.Versions {
				if i >= len(now.Versions) || now.Versions[i] != v {
					return fmt.Errorf("version %d of the secret %s that somebody else has created was %s and is not any more: %v", i+1, name, v.State, now.Versions)
				}
			}
			for _, b := range was.Policy.GetBindings() {
				for _, m := range b.GetMembers() {
					if !slices.ContainsFunc(now.Policy.GetBindings(), func(n *iampb.Binding) bool {
						return n.GetRole() == b.GetRole() && proto.Equal(n.GetCondition(), b.GetCondition()) && slices.Contains(n.GetMembers(), m)
					}) {
						return fmt.Errorf("%s has lost %s on the secret %s that somebody else has created", m, b.GetRole(), name)
					}
				}
			}
		}
		return nil
	}, nil
}
