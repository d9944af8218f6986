package upstreams

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func basicAuth(user, token string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+token))
}

// TestImagesAreValid pulls with a real client, which follows the challenge
// and checks every digest.
func TestImagesAreValid(t *testing.T) {
	set := start(t)
	for _, c := range []struct {
		registry, image string
		anonymous       bool
	}{
		{"docker-hub", "library/hello", true},
		{"docker-hub", "demo/private", false},
		{"ghcr", "demo/public", true},
		{"ghcr", "demo/private", false},
		{"docker-private", "demo/hello", false},
	} {
		t.Run(c.registry+" "+c.image, func(t *testing.T) {
			r := lookup(t, set, c.registry)
			ref, err := name.ParseReference(strings.TrimPrefix(r.URI, "http://")+"/"+c.image+":latest", name.Insecure)
			if err != nil {
				t.Fatal(err)
			}
			pull := func(auth authn.Authenticator) error {
				img, err := remote.Image(ref, remote.WithAuth(auth), remote.WithContext(t.Context()))
				if err != nil {
					return err
				}
				return validate.Image(img)
			}
			if err := pull(&authn.Basic{Username: r.Username, Password: r.Token}); err != nil {
				t.Errorf("with the credential: %v", err)
			}
			if err := pull(&authn.Basic{Username: r.Username, Password: "wrong"}); err == nil {
				t.Error("a wrong credential pulls")
			}
			if err := pull(authn.Anonymous); (err == nil) != c.anonymous {
				t.Errorf("without a credential: %v", err)
			}
		})
	}
}

func TestDockerHubAnswers(t *testing.T) {
	set := start(t)
	r := lookup(t, set, "docker-hub")
	token := func(authorization, scope string) string {
		_, _, body := get(t, r.URI+"/token?service=registry.docker.io&scope="+scope, authorization)
		var issued struct{ Token string }
		if err := json.Unmarshal([]byte(body), &issued); err != nil {
			t.Fatal(err)
		}
		return "Bearer " + issued.Token
	}
	code, h, _ := get(t, r.URI+"/v2/", "")
	want := fmt.Sprintf(`Bearer realm="%s/token",service="registry.docker.io"`, r.URI)
	if code != 401 || h.Get("WWW-Authenticate") != want {
		t.Errorf("/v2/: %d %s", code, h.Get("WWW-Authenticate"))
	}
	code, _, body := get(t, r.URI+"/token", basicAuth("demo", "wrong"))
	if code != 401 || strings.TrimSpace(body) != `{"details":"incorrect username or password"}` {
		t.Errorf("wrong password: %d %s", code, body)
	}
	member := basicAuth(r.Username, r.Token)
	for _, c := range []struct {
		name, authorization, scope, path string
		code                             int
		says                             string
	}{
		{"anonymous, public", "", "repository:library/hello:pull", "library/hello/manifests/latest", 200, ""},
		{"anonymous, private", "", "repository:demo/private:pull", "demo/private/manifests/latest", 401, "UNAUTHORIZED"},
		{"member, private", member, "repository:demo/private:pull,push", "demo/private/manifests/latest", 200, ""},
		{"member, own but missing", member, "repository:demo/none:pull", "demo/none/manifests/latest", 404, "NAME_UNKNOWN"},
		{"member, another's", member, "repository:other/none:pull", "other/none/manifests/latest", 401, "UNAUTHORIZED"},
		{"token of another scope", member, "repository:library/hello:pull", "demo/private/manifests/latest", 401, "UNAUTHORIZED"},
		{"missing tag", "", "repository:library/hello:pull", "library/hello/manifests/none", 404, "MANIFEST_UNKNOWN"},
		{"missing blob", "", "repository:library/hello:pull", "library/hello/blobs/sha256:00", 404, "BLOB_UNKNOWN"},
		{"tags", "", "repository:library/hello:pull", "library/hello/tags/list", 200, `"latest"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, body := get(t, r.URI+"/v2/"+c.path, token(c.authorization, c.scope))
			if code != c.code || !strings.Contains(body, c.says) {
				t.Errorf("got %d %s", code, body)
			}
		})
	}
	bearer := token(member, "repository:library/hello:pull")
	_, h, _ = get(t, r.URI+"/v2/library/hello/manifests/latest", bearer)
	if h.Get("ratelimit-limit") != "200;w=21600" || h.Get("ratelimit-remaining") != "198;w=21600" {
		t.Errorf("limits of the account's second pull: %s, %s", h.Get("ratelimit-limit"), h.Get("ratelimit-remaining"))
	}
	if code, _, _ := get(t, r.URI+"/v2/", bearer+"x"); code != 401 {
		t.Errorf("a forged token: %d", code)
	}
}

func TestGHCRRefusesLate(t *testing.T) {
	r := lookup(t, start(t), "ghcr")
	code, _, body := get(t, r.URI+"/token", basicAuth("demo", "wrong"))
	if code != 200 {
		t.Fatalf("its token service rejects: %d", code)
	}
	var issued struct{ Token string }
	if err := json.Unmarshal([]byte(body), &issued); err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{"demo/private", "demo/public"} {
		code, _, body = get(t, r.URI+"/v2/"+image+"/manifests/latest", "Bearer "+issued.Token)
		if code != 403 || !strings.Contains(body, "DENIED") {
			t.Errorf("%s: %d %s", image, code, body)
		}
	}
}
