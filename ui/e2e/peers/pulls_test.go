package peers_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// field is a field of the embedded upstream of that name.
func field(t *testing.T, address, name, field string) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var all struct{ Upstreams []map[string]any }
	if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, u := range all.Upstreams {
		if u["name"] == name {
			text, _ := u[field].(string)
			return text
		}
	}
	t.Fatalf("there is no upstream %q", name)
	return ""
}

// image is Docker Hub's hello through the emulator.
const image = "/us-central1-docker.pkg.dev/demo-healthy/docker-hub/hello:latest"

func TestSkopeo(t *testing.T) {
	skopeo := peer(t, "skopeo")
	addr, dir := emulator(t), t.TempDir()
	out := must(t, dir, nil, skopeo, "inspect", "--tls-verify=false", "docker://"+addr+image)
	if !strings.Contains(out, `"Digest": "sha256:`) {
		t.Errorf("inspect: %s", out)
	}
	must(t, dir, nil, skopeo, "--insecure-policy", "copy", "--src-tls-verify=false", "docker://"+addr+image, "dir:"+filepath.Join(dir, "image"))
	if out, err := run(t, dir, nil, skopeo, "inspect", "--tls-verify=false", "docker://"+addr+strings.Replace(image, ":latest", ":none", 1)); err == nil || !strings.Contains(out, "manifest unknown") && !strings.Contains(out, "Received invalid response") {
		t.Errorf("a tag that is none: %v %s", err, out)
	}
}

func TestCrane(t *testing.T) {
	crane := peer(t, "crane")
	addr, dir := emulator(t), t.TempDir()
	must(t, dir, nil, crane, "pull", "--insecure", addr+image, filepath.Join(dir, "image.tar"))
	must(t, dir, nil, crane, "validate", "--tarball", filepath.Join(dir, "image.tar"))
	if out, err := run(t, dir, nil, crane, "digest", "--insecure", addr+"/us-central1-docker.pkg.dev/demo-healthy/docker-hub/demo/private"); err == nil || !strings.Contains(out, "401") && !strings.Contains(out, "UNAUTHORIZED") {
		t.Errorf("without credentials: %v %s", err, out)
	}
}

func TestORAS(t *testing.T) {
	oras := peer(t, "oras")
	addr, dir := emulator(t), t.TempDir()
	out := must(t, dir, nil, oras, "manifest", "fetch", "--plain-http", addr+image)
	if !strings.Contains(out, `"schemaVersion"`) {
		t.Errorf("manifest: %s", out)
	}
	must(t, dir, nil, oras, "copy", "--from-plain-http", addr+image, "--to-oci-layout", filepath.Join(dir, "layout")+":latest")
}

func TestPip(t *testing.T) {
	pip := peer(t, "pip3")
	addr, dir := emulator(t), t.TempDir()
	must(t, dir, []string{"PIP_CONFIG_FILE=" + os.DevNull, "PYENV_VERSION=" + os.Getenv("PYENV_VERSION")}, pip, "download", "--no-input", "--no-deps", "--no-cache-dir",
		"--disable-pip-version-check", "--index-url", "http://"+addr+"/us-central1-python.pkg.dev/demo-healthy/pypi/simple/", "--dest", dir, "hello-py")
	if files, _ := filepath.Glob(filepath.Join(dir, "hello*py-1.0.0*")); len(files) != 1 {
		t.Errorf("downloaded %q", files)
	}
}

// TestNodePackageManagers installs with each of them, the scoped name too.
func TestNodePackageManagers(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
	}{
		{"npm", []string{"install", "--no-audit", "--no-fund", "--fetch-retries=0"}},
		{"pnpm", []string{"add", "--ignore-scripts"}},
		{"yarn", []string{"add", "--ignore-scripts", "--non-interactive", "--no-lockfile"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := peer(t, c.name)
			addr, dir := emulator(t), t.TempDir()
			registry := "http://" + addr + "/us-central1-npm.pkg.dev/demo-healthy/npm/"
			if err := os.WriteFile(filepath.Join(dir, ".npmrc"), []byte("registry="+registry+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"name":"x","version":"1.0.0","license":"MIT"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			env := []string{"npm_config_registry=" + registry, "npm_config_cache=" + filepath.Join(dir, "cache"), "YARN_CACHE_FOLDER=" + filepath.Join(dir, "yarn"),
				"npm_config_store_dir=" + filepath.Join(dir, "store"), "CI=1"}
			must(t, dir, env, program, append(c.args, "hello-npm@1.0.0")...)
			if _, err := os.Stat(filepath.Join(dir, "node_modules", "hello-npm", "package.json")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMaven(t *testing.T) {
	mvn := peer(t, "mvn")
	addr, dir := emulator(t), t.TempDir()
	// Maven 3.8 sends nothing over plain http unless the mirror says so; what it
	// needs itself comes from its own folder, where Debian has put it.
	settings := `<settings><mirrors><mirror><id>emulator</id><mirrorOf>central</mirrorOf><blocked>false</blocked>
		<url>http://` + addr + `/us-central1-maven.pkg.dev/demo-healthy/maven-central/</url></mirror></mirrors></settings>`
	pom := `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>
		<packaging>pom</packaging><parent><groupId>com.example</groupId><artifactId>hello</artifactId><version>1.0.0</version><relativePath/></parent></project>`
	for name, text := range map[string]string{"settings.xml": settings, "pom.xml": pom} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, _ := run(t, dir, nil, mvn, "-B", "-s", "settings.xml", "-Dmaven.repo.local="+filepath.Join(dir, "m2"), "validate")
	if _, err := os.Stat(filepath.Join(dir, "m2", "com", "example", "hello", "1.0.0", "hello-1.0.0.pom")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestGrpcurl(t *testing.T) {
	grpcurl := peer(t, "grpcurl")
	addr, dir := emulator(t), t.TempDir()
	if out := must(t, dir, nil, grpcurl, "-plaintext", addr, "list"); !strings.Contains(out, "google.cloud.secretmanager.v1.SecretManagerService") {
		t.Errorf("list: %s", out)
	}
	if out := must(t, dir, nil, grpcurl, "-plaintext", addr, "describe", "google.devtools.artifactregistry.v1.Repository"); !strings.Contains(out, "RemoteRepositoryConfig") {
		t.Errorf("describe: %s", out)
	}
	out := must(t, dir, nil, grpcurl, "-plaintext", "-d", `{"name":"projects/demo-healthy/secrets/npm-token"}`, addr, "google.cloud.secretmanager.v1.SecretManagerService/GetSecret")
	if !strings.Contains(out, `"name": "projects/415104041262/secrets/npm-token"`) {
		t.Errorf("get: %s", out)
	}
	if out := must(t, dir, nil, grpcurl, "-plaintext", addr, "grpc.health.v1.Health/Check"); !strings.Contains(out, "SERVING") {
		t.Errorf("health: %s", out)
	}
}

func TestCurl(t *testing.T) {
	curl := peer(t, "curl")
	addr, dir := emulator(t), t.TempDir()
	if out := must(t, dir, nil, curl, "-sS", "--fail", "http://"+addr+"/v1/projects/demo-healthy/secrets/npm-token"); !strings.Contains(out, `"name": "projects/415104041262/secrets/npm-token"`) {
		t.Errorf("get: %s", out)
	}
	if out := must(t, dir, nil, curl, "-sS", "-H", "Host: rebind.example.com", "http://"+addr+"/v1/projects"); !strings.Contains(out, "--allow-host rebind.example.com") {
		t.Errorf("a foreign host: %s", out)
	}
}
