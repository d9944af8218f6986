package cli

import (
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// form is what the value of a flag must look like. The answers to questions
// are not here: their steps look at them.
type form struct {
	flag string
	fits func(value string) bool
	// wrong says of a flag and a value that it isn't one; example is one.
	wrong   func(flag, value string) text.Text
	example string
}

var (
	email  = regexp.MustCompile(`^[^@\s,/]+@[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	domain = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	realm  = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]{1,5})?$`)
)

var forms = []form{
	{"project", cloud.IsProjectID, notProject, "my-project"}, // of an audit, which asks nothing
	{"location", cloud.IsLocation, notLocation, "us-central1"},
	{"secret-project", cloud.IsProjectID, notProject, "my-project"},
	{"replication-locations", cloud.IsLocation, notLocation, "us-central1,europe-west1"},
	{"kms-key", isKey, notKey, "projects/my-project/locations/global/keyRings/my-ring/cryptoKeys/my-key"},
	{"allow-realm", realm.MatchString, notHost, "auth.example.com"},
	{"verify-with", isArtifact, notArtifact, "library/alpine:latest"},
	{"quota-project", cloud.IsProjectID, notProject, "my-project"},
	{"impersonate-service-account", email.MatchString, notServiceAccount, "robot@my-project.iam.gserviceaccount.com"},
	{"universe-domain", domain.MatchString, notDomain, "googleapis.com"},
	{"emulator", isHostPort, notHostPort, "127.0.0.1:8085"},
}

func notProject(flag, v string) text.Text {
	return text.New("%s: %s is not a project ID or number", flag, v)
}
func notLocation(flag, v string) text.Text { return text.New("%s: %s is not a location", flag, v) }
func notKey(flag, v string) text.Text {
	return text.New("%s: %s is not the full name of a key", flag, v)
}
func notHost(flag, v string) text.Text { return text.New("%s: %s is not a host", flag, v) }
func notArtifact(flag, v string) text.Text {
	return text.New("%s: %s is not the name of an artifact", flag, v)
}
func notServiceAccount(flag, v string) text.Text {
	return text.New("%s: %s is not a service account's email address", flag, v)
}
func notDomain(flag, v string) text.Text { return text.New("%s: %s is not a domain", flag, v) }
func notHostPort(flag, v string) text.Text {
	return text.New("%s: %s is not a host and a port", flag, v)
}

// isKey reports whether s is the full name of a KMS key.
func isKey(s string) bool {
	_, ok := cloud.ParseKeyName(s)
	return ok
}

// checkForms rejects values that no service could understand, before anything
// is asked or read.
func (f *flowFlags) checkForms() error {
	if f.timeout < 0 {
		return usage(text.New("--timeout can't be negative"),
			check.Hint{Says: text.New("for example --timeout 5m; leave it out for no limit")})
	}
	if err := checkEmpty(f.cmd.Flags()); err != nil {
		return err
	}
	for _, form := range forms {
		flag := f.cmd.Flags().Lookup(form.flag)
		if flag == nil || f.answers[form.flag] != nil || !flag.Changed || (form.flag == "emulator" && flag.Value.String() == "") {
			continue // an empty emulator is none, whatever the environment says
		}
		values := []string{flag.Value.String()}
		if list, ok := flag.Value.(interface{ GetSlice() []string }); ok {
			if values = list.GetSlice(); len(values) == 0 {
				values = []string{""}
			}
		}
		for i, v := range values {
			name, example := named(flag), "--"+form.flag+" "+form.example
			unset := text.New("leave it out to do without it")
			if name != "--"+form.flag {
				example, unset = name+"="+form.example, text.New("unset %s to do without it", name)
			}
			switch {
			case strings.TrimSpace(v) == "":
				return usage(text.New("%s is empty", name), check.Hint{Says: text.New("for example %s", example)},
					check.Hint{Says: unset})
			case !form.fits(v):
				return usage(form.wrong(name, strconv.Quote(v)),
					check.Hint{Says: text.New("for example %s", example)}, check.Hint{Says: unset})
			case slices.Contains(values[:i], v):
				return usage(text.New("%s names %q twice", name, v), check.Hint{Says: text.New("name each one once")})
			}
		}
	}
	return f.checkEmulator()
}

// checkEmulator rejects an emulator on another machine without its own flag:
// what is sent there is in clear text, tokens included, and a variable that is
// left over must not decide that.
func (f *flowFlags) checkEmulator() error {
	address := f.connection.Emulator
	if address == "" || f.remoteEmulator || isLoopback(address) {
		return nil
	}
	flag := f.cmd.Flags().Lookup("emulator")
	google := text.New("leave --emulator out to call Google")
	if flag.Annotations[fromEnvironment] != nil {
		google = text.New("unset UPSTREAMAUTH_EMULATOR to call Google")
	}
	return usage(text.New("%s: the emulator %q isn't on this machine", named(flag), address), check.Hint{Says: google},
		check.Hint{Says: text.New("--allow-remote-emulator calls that emulator in clear text: tokens can be read on the way")})
}

// isLoopback reports whether a host and port are this machine's own.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") || ip != nil && ip.IsLoopback())
}

// checkEmpty rejects flags that are given an empty value, as by a shell variable
// that is not set. An empty address of an emulator means none.
func checkEmpty(fs *pflag.FlagSet) (err error) {
	fs.Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Name != "emulator" && strings.TrimSpace(f.Value.String()) == "" {
			value, _ := pflag.UnquoteUsage(f)
			err = usage(text.New("%s is empty", named(f)),
				check.Hint{Says: text.New("leave it out, or give it a value: --%s %s", f.Name, value)})
		}
	})
	return err
}

// isArtifact reports whether a value may be a part of a pull's address: no
// registry's names hold white space, control characters or dots for a parent.
func isArtifact(s string) bool {
	return len(s) <= 1024 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) &&
		!strings.HasPrefix(s, "/") && !strings.Contains(s, "://") && !slices.Contains(strings.Split(s, "/"), "..")
}

func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.ParseUint(port, 10, 16)
	return err == nil && bad == nil && n > 0 && host != "" && !strings.ContainsAny(host, "/@ \t")
}
