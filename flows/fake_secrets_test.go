package flows

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"example.com/upstreamauth/flows/token"
)

type fakeSecret struct {
	info     SecretInfo
	versions []*fakeVersion // oldest first
	policy   Policy
}

type fakeVersion struct {
	Version
	payload string
}

func (f *fakeCloud) addSecret(id string, payloads ...string) *fakeSecret {
	f.clock = f.clock.Add(time.Second)
	s := &fakeSecret{info: SecretInfo{Name: SecretName{testNumber, id}, CreateTime: f.clock, Etag: f.clock.String()}, policy: Policy{Etag: "0"}}
	for _, p := range payloads {
		f.addPayload(s, p)
	}
	f.secrets[id] = s
	return s
}

func (f *fakeCloud) addPayload(s *fakeSecret, payload string) *fakeVersion {
	f.clock = f.clock.Add(time.Second)
	v := &fakeVersion{Version{VersionName{s.info.Name, strconv.Itoa(len(s.versions) + 1)}, "ENABLED", f.clock, ""}, payload}
	s.versions = append(s.versions, v)
	return v
}

func (f *fakeCloud) Secrets(context.Context, string) iter.Seq2[[]SecretInfo, error] {
	return func(yield func([]SecretInfo, error) bool) {
		ss, err := call(f, "Secrets", func() ([]SecretInfo, error) {
			var all []SecretInfo
			for _, s := range f.secrets {
				all = append(all, s.info)
			}
			return all, nil
		})
		yield(ss, err)
	}
}

// of finds a secret under the caller's permission.
func (f *fakeCloud) of(n SecretName, permission string) (*fakeSecret, error) {
	if f.off[SecretManagerAPI] {
		return nil, &Error{Kind: APIDisabled, Service: SecretManagerAPI, Message: "off"}
	}
	if err := f.lacks(permission, n.String()); err != nil {
		return nil, err
	}
	if !f.known(n.Project) {
		return nil, refused(permission, n.String())
	}
	if s := f.secrets[n.ID]; s != nil {
		return s, nil
	}
	return nil, missing(n.String())
}

func (f *fakeCloud) version(n VersionName, permission string) (*fakeVersion, error) {
	s, err := f.of(n.Secret, permission)
	if err != nil {
		return nil, err
	}
	if n.ID == "latest" && len(s.versions) > 0 {
		return s.versions[len(s.versions)-1], nil
	}
	if i := n.Number(); i > 0 && i <= len(s.versions) {
		return s.versions[i-1], nil
	}
	return nil, missing(n.String())
}

func (f *fakeCloud) Secret(_ context.Context, n SecretName) (SecretInfo, error) {
	return call(f, "Secret", func() (SecretInfo, error) {
		s, err := f.of(n, "secretmanager.secrets.get")
		if err != nil {
			return SecretInfo{}, err
		}
		return s.info, nil
	})
}

func (f *fakeCloud) SecretPermissions(_ context.Context, n SecretName, ps []string) ([]string, error) {
	return call(f, "SecretPermissions", func() ([]string, error) {
		if f.secrets[n.ID] == nil {
			return nil, nil
		}
		return f.granted(ps), nil
	})
}

func (f *fakeCloud) Versions(_ context.Context, n SecretName) ([]Version, error) {
	return call(f, "Versions", func() ([]Version, error) {
		s, err := f.of(n, "secretmanager.versions.list")
		if err != nil {
			return nil, err
		}
		var vs []Version
		for _, v := range slices.Backward(s.versions) {
			vs = append(vs, v.seen())
		}
		return vs, nil
	})
}

func (f *fakeCloud) Version(_ context.Context, n VersionName) (Version, error) {
	return call(f, "Version", func() (Version, error) {
		v, err := f.version(n, "secretmanager.versions.get")
		if err != nil {
			return Version{}, err
		}
		return v.seen(), nil
	})
}

// seen is the version as it is answered: its etag changes with its state, and
// when a test says so.
func (v *fakeVersion) seen() Version {
	is := v.Version
	is.Etag += v.State + v.CreateTime.String()
	return is
}

// etag changes with what the policy says.
func (s *fakeSecret) etag() string { return s.policy.Etag + fmt.Sprint(s.policy.Bindings) }

func stale(etag, now string) error {
	if etag == "" || etag == now {
		return nil
	}
	return &Error{Kind: Conflict, Message: "The etag provided does not match the current etag."}
}

func (f *fakeCloud) Payload(_ context.Context, n VersionName) (token.Secret, error) {
	return call(f, "Payload", func() (token.Secret, error) {
		v, err := f.version(n, "secretmanager.versions.access")
		if err != nil {
			return token.Secret{}, err
		}
		if !v.Enabled() {
			return token.Secret{}, &Error{Kind: VersionDisabled, Message: "is in " + v.State + " state."}
		}
		return token.New([]byte(v.payload)), nil
	})
}

func (f *fakeCloud) SecretPolicy(_ context.Context, n SecretName) (Policy, error) {
	return call(f, "SecretPolicy", func() (Policy, error) {
		s, err := f.of(n, "secretmanager.secrets.getIamPolicy")
		if err != nil {
			return Policy{}, err
		}
		p := Policy{Etag: s.etag()}
		for _, b := range s.policy.Bindings {
			p.Bindings = append(p.Bindings, Binding{b.Role, slices.Clone(b.Members), b.Condition})
		}
		return p, nil
	})
}

func (f *fakeCloud) CreateSecret(_ context.Context, n SecretName, spec SecretSpec) (SecretInfo, error) {
	return call(f, "CreateSecret", func() (SecretInfo, error) {
		_, err := f.of(n, "secretmanager.secrets.create")
		switch KindOf(err) {
		case "":
			return SecretInfo{}, &Error{Kind: AlreadyExists, Message: "exists"}
		case NotFound:
		default:
			return SecretInfo{}, err
		}
		s := f.addSecret(n.ID)
		s.info.Locations, s.info.CreatedBy = spec.Locations, spec.CreatedBy
		return s.info, nil
	})
}

func (f *fakeCloud) DeleteSecret(_ context.Context, n SecretName, etag string) error {
	_, err := call(f, "DeleteSecret", func() (int, error) {
		s, err := f.of(n, "secretmanager.secrets.delete")
		if err == nil {
			err = stale(etag, s.info.Etag)
		}
		if err != nil {
			return 0, err
		}
		delete(f.secrets, n.ID)
		return 0, nil
	})
	return err
}

func (f *fakeCloud) AddVersion(_ context.Context, n SecretName, p token.Secret) (Version, error) {
	return call(f, "AddVersion", func() (Version, error) {
		s, err := f.of(n, "secretmanager.versions.add")
		if err != nil {
			return Version{}, err
		}
		return f.addPayload(s, string(p.Reveal())).Version, nil
	})
}

func (f *fakeCloud) setState(name string, n VersionName, state, etag string) error {
	_, err := call(f, name, func() (int, error) {
		v, err := f.version(n, map[string]string{"ENABLED": "secretmanager.versions.enable", "DISABLED": "secretmanager.versions.disable"}[state])
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

func (f *fakeCloud) EnableVersion(_ context.Context, n VersionName, etag string) error {
	return f.setState("EnableVersion", n, "ENABLED", etag)
}

func (f *fakeCloud) DisableVersion(_ context.Context, n VersionName, etag string) error {
	return f.setState("DisableVersion", n, "DISABLED", etag)
}

func (f *fakeCloud) Grant(_ context.Context, n SecretName, role, member string) (bool, error) {
	return call(f, "Grant", func() (bool, error) {
		s, err := f.of(n, "secretmanager.secrets.setIamPolicy")
		switch {
		case err != nil:
			return false, err
		case !f.agents[testNumber]:
			return false, &Error{Kind: AgentMissing, Message: "Service account does not exist."}
		case grants(s.policy, role, member):
			return false, nil
		}
		for i, b := range s.policy.Bindings {
			if b.Role == role && b.Condition == "" {
				s.policy.Bindings[i].Members = append(s.policy.Bindings[i].Members, member)
				return true, nil
			}
		}
		s.policy.Bindings = append(s.policy.Bindings, Binding{Role: role, Members: []string{member}})
		return true, nil
	})
}

func (f *fakeCloud) Revoke(_ context.Context, n SecretName, role, member, etag string) (bool, error) {
	return call(f, "Revoke", func() (bool, error) {
		s, err := f.of(n, "secretmanager.secrets.setIamPolicy")
		if err == nil {
			err = stale(etag, s.etag())
		}
		if err != nil || !grants(s.policy, role, member) {
			return false, err
		}
		for i, b := range s.policy.Bindings {
			if b.Role == role && b.Condition == "" {
				s.policy.Bindings[i].Members = slices.DeleteFunc(b.Members, func(m string) bool { return m == member })
			}
		}
		s.policy.Bindings = slices.DeleteFunc(s.policy.Bindings, func(b Binding) bool { return len(b.Members) == 0 })
		return true, nil
	})
}
