package upstream

import (
	"context"
	"fmt"
	"testing"
)

// nginx serves one tree of files for every format: at /private/ behind basic
// authentication, at /public/ to everybody. It returns its address.
func nginx(t *testing.T) string {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	write(t, `<!DOCTYPE html><html><head><title>Simple index</title></head><body><a href="/simple/demo/">demo</a></body></html>`, dir, "tree/python/simple/index.html")
	write(t, `<!DOCTYPE html><html><body><a href="demo-1.0-py3-none-any.whl">demo-1.0-py3-none-any.whl</a></body></html>`, dir, "tree/python/simple/demo/index.html")
	write(t, `<?xml version="1.0"?><metadata><groupId>org.demo</groupId><artifactId>demo</artifactId></metadata>`, dir, "tree/maven/org/demo/demo/maven-metadata.xml")
	write(t, "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Demo\nSuite: stable\nSHA256:\n", dir, "tree/apt/dists/stable/InRelease")
	write(t, `<?xml version="1.0"?><repomd xmlns="http://linux.duke.edu/metadata/repo"></repomd>`, dir, "tree/yum/repodata/repomd.xml")
	passwords := write(t, goodUser+":{PLAIN}"+goodToken+"\n", dir, "passwords")
	config := write(t, fmt.Sprintf(`
daemon off; master_process off; pid %[1]s/pid; error_log stderr notice;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server {
		listen 127.0.0.1:%[2]s;
		location /private/ { alias %[1]s/tree/; auth_basic upstream; auth_basic_user_file %[3]s; }
		location /public/ { alias %[1]s/tree/; }
		location /page/ { default_type text/html; return 200 "<html><body>Welcome. <a href='/about'>About us</a></body></html>"; }
		location /private-page/ { auth_basic upstream; auth_basic_user_file %[3]s; default_type text/html; try_files /none @page; }
		location @page { return 200 "<html><body>Welcome.</body></html>"; }
		location /limited/ { return 429; }
		location /broken/ { return 503; }
		location /moved/ { return 302 https://login.example.com/; }
	}
}
`, dir, port, passwords), dir, "nginx.conf")
	startServer(t, `event method`, "nginx", "-c", config, "-e", "stderr")
	return "http://127.0.0.1:" + port
}

func TestFilesBehindNginx(t *testing.T) {
	uri := nginx(t)
	stopped := "http://127.0.0.1:" + freePort(t)
	for _, tt := range []struct{ format, folder, name string }{
		{"PYTHON", "python", "demo"},
		{"PYTHON", "python/simple", "demo"},
		{"MAVEN", "maven", "org.demo:demo"},
		{"APT", "apt", "stable"},
		{"YUM", "yum", ""},
	} {
		t.Run(tt.format+" "+tt.folder, func(t *testing.T) {
			try := func(uri, name string, right bool) Outcome {
				secret := bad()
				if right {
					secret = good()
				}
				return new(Tester).Try(context.Background(), Target{Format: tt.format, URI: uri}, goodUser, secret, name)
			}
			for _, name := range []string{"", tt.name} {
				wants(t, try(uri+"/private/"+tt.folder, name, true), Accepted, "accepted this user name and token")
				wants(t, try(uri+"/private/"+tt.folder+"/", name, false), Rejected, "401 Unauthorized")
				wants(t, try(uri+"/public/"+tt.folder, name, true), Unproven, "gives everybody the same answer")
				wants(t, try(uri+"/public/"+tt.folder, name, false), Unproven, "gives everybody the same answer")
			}
			for _, right := range []bool{true, false} {
				wants(t, try(uri+"/page/", "", right), NotRegistry, "Check the upstream address")
				wants(t, try(uri+"/limited/", "", right), Limited, "429")
				wants(t, try(uri+"/broken/", "", right), Unreachable, "503 Service Unavailable")
				wants(t, try(uri+"/moved/", "", right), Unproven, "redirects to login.example.com")
				wants(t, try(stopped, "", right), Unreachable, "Nothing is listening at 127.0.0.1:")
			}
			wants(t, try(uri+"/private-page/", "", true), NotRegistry, "")
		})
	}
}

// What is no registry at all is none in the other formats either.
func TestPagesBehindNginx(t *testing.T) {
	uri := nginx(t)
	for _, format := range []string{"DOCKER", "NPM"} {
		try := func(path string) Outcome {
			return new(Tester).Try(context.Background(), Target{Format: format, URI: uri + path}, goodUser, good(), "")
		}
		wants(t, try("/page/"), NotRegistry, "Check the upstream address")
		wants(t, try("/private-page/"), NotRegistry, "")
		wants(t, try("/limited/"), Limited, "429")
		wants(t, try("/broken/"), Unreachable, "503")
		wants(t, try("/moved/"), Unproven, "redirects to login.example.com")
	}
}
