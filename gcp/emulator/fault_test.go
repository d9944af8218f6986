package emulator

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"SecretManagerService.AddSecretVersion=UNAVAILABLE@after:1": {Service: "SecretManagerService", Method: "AddSecretVersion", Code: codes.Unavailable, After: true, Times: 1},
		"GetRepository=NOT_FOUND":                                   {Method: "GetRepository", Code: codes.NotFound},
		"GetRepository=ABORTED@before:3":                            {Method: "GetRepository", Code: codes.Aborted, Times: 3},
		"*=UNKNOWN":                                                 {Method: "*", Code: codes.Unknown},
		"google.api.serviceusage.v1beta1.ServiceUsage.GenerateServiceIdentity=INTERNAL": {Service: "google.api.serviceusage.v1beta1.ServiceUsage", Method: "GenerateServiceIdentity", Code: codes.Internal},
		"google.api.serviceusage.v1.ServiceUsage.*=INTERNAL":                            {Service: "google.api.serviceusage.v1.ServiceUsage", Method: "*", Code: codes.Internal},
	} {
		got, err := ParseFault(text)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"":                        "no '='",
		"GetRepository":           "no '='",
		"=NOT_FOUND":              "no method",
		"Service.=NOT_FOUND":      "no method",
		".Method=NOT_FOUND":       "no service",
		"M=NOPE":                  `no such code: "NOPE"`,
		"M=OK":                    `no such code: "OK"`,
		"M=INTERNAL@during":       `"during" is neither`,
		"M=INTERNAL@":             `"" is neither`,
		"M=INTERNAL:0":            "times must be",
		"M=INTERNAL:":             "times must be",
		"M=INTERNAL:x":            "times must be",
		"M=INTERNAL:1@after":      "times must be",
		"SecretManagerService.=x": "no method",

		"AddSecretVersio=INTERNAL":                   "the emulator has no such method",
		"SecretManagerService.GetRepository=ABORTED": "the emulator has no such method",
		"Secrets.*=ABORTED":                          "the emulator has no such method",
	} {
		if _, err := ParseFault(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q in it", text, err, says)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, s := range []string{"ServiceUsage.GetService=INTERNAL@after:2", "*=ABORTED", "a.b.c=UNKNOWN", "=", "x=:@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fault, err := ParseFault(s)
		if err != nil {
			return
		}
		again, err := ParseFault(fault.String())
		if err != nil || again != fault {
			t.Errorf("%q: %+v becomes %q and then %+v, %v", s, fault, fault.String(), again, err)
		}
	})
}

// TestServiceNames holds the list of what faults can name to what is served.
func TestServiceNames(t *testing.T) {
	s := must(New(t.Context(), Options{}))
	defer func() { _ = s.Close() }()
	var names []string
	for _, name := range serviceNames {
		names = append(names, string(name))
	}
	slices.Sort(names)
	got := slices.Sorted(maps.Keys(s.grpc.GetServiceInfo()))
	if got = slices.DeleteFunc(got, isOfGRPC); !slices.Equal(got, names) {
		t.Errorf("served are %q, named are %q", got, names)
	}
}

func TestFaultBefore(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding", Faults: []Fault{must(ParseFault("SecretManagerService.AddSecretVersion=UNAVAILABLE:1"))}},
		func(t *testing.T, g *google) {
			payload := &secretmanagerpb.SecretPayload{Data: []byte("x")}
			_, err := g.addVersion(t, "npm-token", payload)
			wantError(t, err, codes.Unavailable, "The service is currently unavailable.")
			v, err := g.addVersion(t, "npm-token", payload)
			if err != nil || !strings.HasSuffix(v.GetName(), "/versions/2") {
				t.Errorf("the refused request happened: got %v, %v", v, err)
			}
		})
}

func TestFaultAfter(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		g.AddFault(Fault{Method: "AddSecretVersion", Code: codes.DeadlineExceeded, After: true, Times: 1})
		payload := &secretmanagerpb.SecretPayload{Data: []byte("x")}
		_, err := g.addVersion(t, "npm-token", payload)
		wantCode(t, err, codes.DeadlineExceeded)
		v, err := g.addVersion(t, "npm-token", payload)
		if err != nil || !strings.HasSuffix(v.GetName(), "/versions/3") {
			t.Errorf("the request whose answer was lost did not happen: got %v, %v", v, err)
		}
	})
}

func TestFaultsMatchTheirMethodAndStay(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	g.AddFault(must(ParseFault("SecretManagerService.GetIamPolicy=INTERNAL")))
	g.AddFault(must(ParseFault("google.devtools.artifactregistry.v1.ArtifactRegistry.*=RESOURCE_EXHAUSTED")))
	for range 3 {
		_, err := g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: dockerHub})
		wantCode(t, err, codes.ResourceExhausted)
		if e := details(t, err); e.Reason() != "RATE_LIMIT_EXCEEDED" || e.Details().Help == nil {
			t.Errorf("got %v", e.Details())
		}
	}
	if _, err := g.secrets.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/npm-token"}); err != nil {
		t.Errorf("another method of the service: %v", err)
	}
	g.ClearFaults()
	if _, err := g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: dockerHub}); err != nil {
		t.Errorf("after the faults were cleared: %v", err)
	}
}

func TestEveryCodeCanBeAFault(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	for value, name := range rpccode.Code_name {
		code := codes.Code(value)
		if code == codes.OK {
			continue
		}
		g.AddFault(must(ParseFault("GetSecretVersion=" + name + ":1")))
		_, err := g.secrets.GetSecretVersion(t.Context(), &secretmanagerpb.GetSecretVersionRequest{Name: healthy + "/secrets/npm-token/versions/1"})
		wantCode(t, err, code)
	}
}

func TestCalls(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		_, _ = g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: dockerHub})
		_, _ = g.addVersion(t, "none", &secretmanagerpb.SecretPayload{Data: []byte("x")})
		want := []Call{
			{"google.devtools.artifactregistry.v1.ArtifactRegistry", "GetRepository", DefaultCaller, false, codes.OK},
			{"google.cloud.secretmanager.v1.SecretManagerService", "AddSecretVersion", DefaultCaller, true, codes.NotFound},
		}
		got := g.Calls()
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		g.ResetCalls()
		if got := g.Calls(); len(got) > 0 {
			t.Errorf("after the reset: %v", got)
		}
	})
}

func TestTheLogOfCallsIsBounded(t *testing.T) {
	var l callLog
	for range maxCalls + 1 {
		l.add(Call{Method: "old"})
	}
	l.add(Call{Method: "new"})
	if n := len(l.calls); n > maxCalls || l.calls[n-1].Method != "new" {
		t.Errorf("%d calls are kept, the newest is %s", n, l.calls[n-1].Method)
	}
}
