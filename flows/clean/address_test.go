package clean

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAddressesAreMasked(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://jane:s3cret@nexus.example.com/repository/npm/", "https://***@nexus.example.com/repository/npm/"},
		{"https://s3cret@nexus.example.com", "https://***@nexus.example.com"},
		{"https://jane:p@ss@nexus.example.com/", "https://***@nexus.example.com/"},
		{"https://jane:p/w@nexus.example.com/x", "https://***@nexus.example.com/x"},
		{"https://jane:p?w#1@nexus.example.com/x", "https://***@nexus.example.com/x"},
		{"https://jane:s3cret", "https://***"},
		{"https://jane:s3%zzcret@host:port/", "https://***@host:port/"},
		{"https://nexus.example.com/npm?token=s3cret", "https://nexus.example.com/npm?***"},
		{"https://nexus.example.com/#access_token=s3cret", "https://nexus.example.com/#***"},
		{`Get "http://jane:s3cret@10.0.0.1:8081/v2/?x=s3cret": EOF`, `Get "http://***@10.0.0.1:8081/v2/?***": EOF`},
		{"failed: https://a:s3cret@b.test/x, then https://c:s3cret@d.test", "failed: https://***@b.test/x, then https://***@d.test"},
		{`{"url":"https:\/\/jane:s3cret@b.test\/x"}`, `{"url":"https:\/\/***@b.test\/x"}`},
		{"next=https%3A%2F%2Fjane%3As3cret%40b.test%2Fx%3Fq=s3cret", "next=https%3A%2F%2F***%40b.test%2Fx%3F***"},
		{"next=https%253A%252F%252Fjane%253As3cret%2540b.test", "next=https%253A%252F%252F***%2540b.test"},
		{"ftp://jane:s3cret@b.test and git+ssh://git:s3cret@b.test", "ftp://***@b.test and git+ssh://***@b.test"},
	} {
		got := Text(c.in)
		if got != c.want || strings.Contains(got, "s3cret") {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
		if again := Text(got); again != got {
			t.Errorf("%q became %q once more", got, again)
		}
		if strings.Contains(c.in, "@") && strings.HasPrefix(c.in, "https://") && !HasLogin(got) {
			t.Errorf("no login is seen in %q", got)
		}
	}
}

// What holds nothing but a place stays as it is.
func TestPlainAddressesStay(t *testing.T) {
	for _, s := range []string{
		"https://registry-1.docker.io", "https://nexus.example.com:8443/repository/npm/", "http://[::1]:5000/v2/", "http://127.0.0.1:5000",
		"https://ghcr.io/team/app@sha256:0123", "https://docs.docker.com/docker-hub/usage/pulls/#limits", "see https://x.test/a, or not",
		"user:jane@example.com", "serviceAccount:a@b.iam.gserviceaccount.com", "a // b", "projects/p/secrets/s", "50% off",
		"Enable it at https://console.developers.google.com/apis/api/x/overview?project=12 then retry",
	} {
		if got := Text(s); got != s || HasLogin(got) {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestAddressWithoutScheme(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"jane:s3cret@nexus.example.com/x", "***@nexus.example.com/x"},
		{"jane:p/s3cret@nexus.example.com", "***@nexus.example.com"},
		{"nexus.example.com/x?k=s3cret", "nexus.example.com/x?***"},
		{"https://jane:s3cret@h.test", "https://***@h.test"},
		{"https:jane:s3cret@h.test", "***@h.test"},
		{"nexus.example.com", "nexus.example.com"},
		{"projects/p/locations/l/repositories/r", "projects/p/locations/l/repositories/r"},
	} {
		if got := Address(c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

// Whatever the password, it is gone, in a text and alone.
func TestNoPasswordOfAnAddressIsShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := "Q7z" + rapid.StringMatching(`[a-zA-Z0-9!$&()*+,;=:@/?#%._~\\-]{0,12}`).Draw(t, "password") + "x9K"
		address := rapid.SampledFrom([]string{"https://", "http://", "ftp://", "docker+https://"}).Draw(t, "scheme") +
			rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "user") + ":" + password + "@host.example.com/path"
		for _, shown := range []string{Text(address), Text("cannot reach " + address + ": EOF"), Lines("x\n" + address + "\ny"), Address(address)} {
			if strings.Contains(shown, "Q7z") || strings.Contains(shown, "x9K") {
				t.Fatalf("%q became %q", address, shown)
			}
		}
	})
}

func FuzzAddresses(f *testing.F) {
	f.Add("https://jane:s3cret@nexus.example.com/x?y=z#a=b")
	f.Add(`https:\/\/%40%2540@@?#`)
	f.Fuzz(func(t *testing.T, s string) {
		once := addresses(s)
		if twice := addresses(once); twice != once {
			t.Errorf("%q became %q, then %q", s, once, twice)
		}
	})
}
