package cloudtest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
)

// FakeSecret is a secret with what its versions hold.
type FakeSecret struct {
	Info     cloud.SecretInfo
	Versions []*fakeVersion // oldest first
	Policy   cloud.Policy
}

type fakeVersion struct {
	cloud.Version
	Payload string
}

// AddSecret adds a secret with a version for each payload.
func (f *FakeCloud) AddSecret(id string, payloads ...string) *FakeSecret {
	f.Clock = f.Clock.Add(time.Second)
	s := &FakeSecret{Info: cloud.SecretInfo{Name: cloud.SecretName{Project: TestNumber, ID: id}, CreateTime: f.Clock, Etag: f.Clock.String()}, Policy: cloud.Policy{Etag: f.Clock.String()}}
	for _, p := range payloads {
		f.AddPayload(s, p)
	}
	f.SecretsHeld[id] = s
	return s
}

// AddPayload adds an enabled version.
func (f *FakeCloud) AddPayload(s *FakeSecret, payload string) *fakeVersion {
	f.Clock = f.Clock.Add(time.Second)
	v := &fakeVersion{cloud.Version{Name: cloud.VersionName{Secret: s.Info.Name, ID: strconv.Itoa(len(s.Versions) + 1)}, State: "ENABLED", CreateTime: f.Clock, Etag: ""}, payload}
	s.Versions = append(s.Versions, v)
	return v
}

func (f *FakeCloud) Secrets(context.Context, string) iter.Seq2[[]cloud.SecretInfo, error] {
	return func(yield func([]cloud.SecretInfo, error) bool) {
		ss, err := call(f, "Secrets", func() ([]cloud.SecretInfo, error) {
			var all []cloud.SecretInfo
			for _, s := range f.SecretsHeld {
				all = append(all, s.Info)
			}
			return all, nil
		})
		yield(ss, err)
	}
}

// Of finds a secret under the caller's permission.
func (f *FakeCloud) Of(n cloud.SecretName, permission string) (*FakeSecret, error) {
	if f.Off[cloud.SecretManagerAPI] {
		return nil, &cloud.Error{Kind: cloud.APIDisabled, Service: cloud.SecretManagerAPI, Message: "off"}
	}
	if err := f.lacks(permission, n.String()); err != nil {
		return nil, err
	}
	if !f.known(n.Project) {
		return nil, Refused(permission, n.String())
	}
	if s := f.SecretsHeld[n.ID]; s != nil {
		return s, nil
	}
	return nil, missing(n.String())
}

// VersionHeld finds a version, for whoever has the permission.
func (f *FakeCloud) VersionHeld(n cloud.VersionName, permission string) (*fakeVersion, error) {
	s, err := f.Of(n.Secret, permission)
	if err != nil {
		return nil, err
	}
	if n.ID == "latest" && len(s.Versions) > 0 {
		return s.Versions[len(s.Versions)-1], nil
	}
	if i := n.Number(); i > 0 && i <= len(s.Versions) {
		return s.Versions[i-1], nil
	}
	return nil, missing(n.String())
}

func (f *FakeCloud) Secret(_ context.Context, n cloud.SecretName) (cloud.SecretInfo, error) {
	return call(f, "Secret", func() (cloud.SecretInfo, error) {
		s, err := f.Of(n, "secretmanager.secrets.get")
		if err != nil {
			return cloud.SecretInfo{}, err
		}
		return s.Info, nil
	})
}

func (f *FakeCloud) SecretPermissions(_ context.Context, n cloud.SecretName, ps []string) ([]string, error) {
	return call(f, "SecretPermissions", func() ([]string, error) {
		if f.SecretsHeld[n.ID] == nil {
			return nil, nil
		}
		return f.granted(ps), nil
	})
}

func (f *FakeCloud) Versions(_ context.Context, n cloud.SecretName) ([]cloud.Version, error) {
	return call(f, "Versions", func() ([]cloud.Version, error) {
		s, err := f.Of(n, "secretmanager.versions.list")
		if err != nil {
			return nil, err
		}
		var vs []cloud.Version
		for _, v := range slices.Backward(s.Versions) {
			vs = append(vs, v.seen())
		}
		return vs, nil
	})
}

func (f *FakeCloud) Version(_ context.Context, n cloud.VersionName) (cloud.Version, error) {
	return call(f, "Version", func() (cloud.Version, error) {
		v, err := f.VersionHeld(n, "secretmanager.versions.get")
		if err != nil {
			return cloud.Version{}, err
		}
		return v.seen(), nil
	})
}

// seen is the version as it is answered: its etag changes with its state, and
// when a test says so.
func (v *fakeVersion) seen() cloud.Version {
	is := v.Version
	is.Etag += v.State + v.CreateTime.String()
	return is
}

// etag changes with what the policy says.
func (s *FakeSecret) etag() string { return s.Policy.Etag + fmt.Sprint(s.Policy.Bindings) }

func stale(etag, now string) error {
	if etag == "" || etag == now {
		return nil
	}
	return &cloud.Error{Kind: cloud.Conflict, Message: "The etag provided does not match the current etag."}
}

func (f *FakeCloud) Payload(_ context.Context, n cloud.VersionName) (token.Secret, error) {
	return call(f, "Payload", func() (token.Secret, error) {
		v, err := f.VersionHeld(n, "secretmanager.versions.access")
		if err != nil {
			return token.Secret{}, err
		}
		if !v.Enabled() {
			return token.Secret{}, &cloud.Error{Kind: cloud.VersionDisabled, Message: "is in " + v.State + " state."}
		}
		return token.New([]byte(v.Payload)), nil
	})
}

func (f *FakeCloud) SecretPolicy(_ context.Context, n cloud.SecretName) (cloud.Policy, error) {
	return call(f, "SecretPolicy", func() (cloud.Policy, error) {
		s, err := f.Of(n, "secretmanager.secrets.getIamPolicy")
		if err != nil {
			return cloud.Policy{}, err
		}
		p := cloud.Policy{Etag: s.etag()}
		for _, b := range s.Policy.Bindings {
			p.Bindings = append(p.Bindings, cloud.Binding{Role: b.Role, Members: slices.Clone(b.Members), Condition: b.Condition})
		}
		return p, nil
	})
}

func (f *FakeCloud) CreateSecret(_ context.Context, n cloud.SecretName, spec cloud.SecretSpec) (cloud.SecretInfo, error) {
	return call(f, "CreateSecret", func() (cloud.SecretInfo, error) {
		_, err := f.Of(n, "secretmanager.secrets.create")
		switch cloud.KindOf(err) {
		case "":
			return cloud.SecretInfo{}, &cloud.Error{Kind: cloud.AlreadyExists, Message: "exists"}
		case cloud.NotFound:
		default:
			return cloud.SecretInfo{}, err
		}
		s := f.AddSecret(n.ID)
		s.Info.Locations, s.Info.CreatedBy = spec.Locations, spec.CreatedBy
		return s.Info, nil
	})
}

func (f *FakeCloud) DeleteSecret(_ context.Context, n cloud.SecretName, etag string) error {
	_, err := call(f, "DeleteSecret", func() (int, error) {
		s, err := f.Of(n, "secretmanager.secrets.delete")
		if err == nil {
			err = stale(etag, s.Info.Etag)
		}
		if err != nil {
			return 0, err
		}
		delete(f.SecretsHeld, n.ID)
		return 0, nil
	})
	return err
}

func (f *FakeCloud) AddVersion(_ context.Context, n cloud.SecretName, p token.Secret) (cloud.Version, error) {
	return call(f, "AddVersion", func() (cloud.Version, error) {
		s, err := f.Of(n, "secretmanager.versions.add")
		if err != nil {
			return cloud.Version{}, err
		}
		return f.AddPayload(s, string(p.Reveal())).Version, nil
	})
}

func (f *FakeCloud) setState(name string, n cloud.VersionName, state, etag string) error {
	_, err := call(f, name, func() (int, error) {
		v, err := f.VersionHeld(n, map[string]string{"ENABLED": "secretmanager.versions.enable", "DISABLED": "secretmanager.versions.disable"}[state])
		if err == nil {
			err = stale(etag, v.seen().Etag)
		}
		if err != nil {
			return 0, err
		}
		v.State = state
		return 0, nil
	})
	return err
}

func (f *FakeCloud) EnableVersion(_ context.Context, n cloud.VersionName, etag string) error {
	return f.setState("EnableVersion", n, "ENABLED", etag)
}

func (f *FakeCloud) DisableVersion(_ context.Context, n cloud.VersionName, etag string) error {
	return f.setState("DisableVersion", n, "DISABLED", etag)
}

func (f *FakeCloud) Grant(_ context.Context, n cloud.SecretName, role, member string) (bool, error) {
	return maybe(call(f, "Grant", func() (bool, error) {
		s, err := f.Of(n, "secretmanager.secrets.setIamPolicy")
		switch {
		case err != nil:
			return false, err
		case !f.Agents[TestNumber]:
			return false, &cloud.Error{Kind: cloud.AgentMissing, Message: "Service account does not exist."}
		case cloud.Grants(s.Policy, role, member):
			return false, nil
		}
		for i, b := range s.Policy.Bindings {
			if b.Role == role && b.Condition == "" {
				s.Policy.Bindings[i].Members = append(s.Policy.Bindings[i].Members, member)
				return true, nil
			}
		}
		s.Policy.Bindings = append(s.Policy.Bindings, cloud.Binding{Role: role, Members: []string{member}})
		return true, nil
	}))
}

func (f *FakeCloud) Revoke(_ context.Context, n cloud.SecretName, role, member, etag string) (bool, error) {
	return maybe(call(f, "Revoke", func() (bool, error) {
		s, err := f.Of(n, "secretmanager.secrets.setIamPolicy")
		if err == nil {
			err = stale(etag, s.etag())
		}
		if err != nil || !cloud.Grants(s.Policy, role, member) {
			return false, err
		}
		for i, b := range s.Policy.Bindings {
			if b.Role == role && b.Condition == "" {
				s.Policy.Bindings[i].Members = slices.DeleteFunc(b.Members, func(m string) bool { return m == member })
			}
		}
		s.Policy.Bindings = slices.DeleteFunc(s.Policy.Bindings, func(b cloud.Binding) bool { return len(b.Members) == 0 })
		return true, nil
	}))
}

// maybe is what the port says of a policy's edit whose answer was lost.
func maybe(changed bool, err error) (bool, error) { return changed || cloud.Lost(err), err }
