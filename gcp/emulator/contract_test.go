package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	asset "cloud.google.com/go/asset/apiv1"
	billing "cloud.google.com/go/billing/apiv1"
	longrunning "cloud.google.com/go/longrunning/autogen"
	troubleshooter "cloud.google.com/go/policytroubleshooter/iam/apiv3"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	serviceusage "cloud.google.com/go/serviceusage/apiv1"
	"github.com/googleapis/gax-go/v2/callctx"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// clients are Google as the official clients see it, over one transport.
type clients struct {
	context.Context
	t        *testing.T
	server   *Server
	ar       *artifactregistry.Client
	sm       *secretmanager.Client
	rm       *resourcemanager.ProjectsClient
	su       *serviceusage.Client
	lro      *longrunning.OperationsClient
	folders  *resourcemanager.FoldersClient
	orgs     *resourcemanager.OrganizationsClient
	billing  *billing.CloudBillingClient
	assets   *asset.Client
	policies *troubleshooter.PolicyTroubleshooterClient
	conn     *grpc.ClientConn // nil over REST
	project  string           // the healthy project, as in "projects/ID"
	number   string           // the same, by number
}

// contractTime is the clock of both emulators of a case, so that their answers
// can be compared.
var contractTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// newClients starts an emulator and the clients of one transport.
func newClients(t *testing.T, rest bool) *clients {
	t.Helper()
	server, err := Start(t.Context(), Options{Scenario: "onboarding", Now: func() time.Time { return contractTime }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	healthy := server.world.projects[0]
	g := &clients{Context: t.Context(), t: t, server: server, project: "projects/" + healthy.id, number: "projects/" + healthy.numberText()}
	if rest {
		options := []option.ClientOption{option.WithEndpoint("http://" + server.Addr()), option.WithoutAuthentication()}
		g.ar = open(t, artifactregistry.NewRESTClient, options)
		g.sm = open(t, secretmanager.NewRESTClient, options)
		g.rm = open(t, resourcemanager.NewProjectsRESTClient, options)
		g.su = open(t, serviceusage.NewRESTClient, options)
		g.lro = open(t, longrunning.NewOperationsRESTClient, options)
		g.folders = open(t, resourcemanager.NewFoldersRESTClient, options)
		g.orgs = open(t, resourcemanager.NewOrganizationsRESTClient, options)
		g.billing = open(t, billing.NewCloudBillingRESTClient, options)
		g.assets = open(t, asset.NewRESTClient, options)
		g.policies = open(t, troubleshooter.NewPolicyTroubleshooterRESTClient, options)
		return g
	}
	g.conn = dial(t, server.Addr())
	options := []option.ClientOption{option.WithGRPCConn(g.conn)}
	g.ar = open(t, artifactregistry.NewClient, options)
	g.sm = open(t, secretmanager.NewClient, options)
	g.rm = open(t, resourcemanager.NewProjectsClient, options)
	g.su = open(t, serviceusage.NewClient, options)
	g.lro = open(t, longrunning.NewOperationsClient, options)
	g.folders = open(t, resourcemanager.NewFoldersClient, options)
	g.orgs = open(t, resourcemanager.NewOrganizationsClient, options)
	g.billing = open(t, billing.NewCloudBillingClient, options)
	g.assets = open(t, asset.NewClient, options)
	g.policies = open(t, troubleshooter.NewPolicyTroubleshooterClient, options)
	return g
}

// open makes one client and closes it when the test ends.
func open[C interface{ Close() error }](t *testing.T, connect func(context.Context, ...option.ClientOption) (C, error), options []option.ClientOption) C {
	t.Helper()
	c, err := connect(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// as is g for another caller.
func (g *clients) as(email string) *clients {
	other := *g
	other.Context = callctx.SetHeaders(g.Context, callerHeader, email)
	return &other
}

// outcome is what a client was told, in a form that does not depend on the
// transport.
type outcome struct {
	Answer  any
	Code    codes.Code
	Message string
	Details []any
}

// outcomeOf brings an answer or an error into that form.
func outcomeOf(t *testing.T, answer any, err error) outcome {
	t.Helper()
	if err == nil {
		return outcome{Answer: plain(t, answer)}
	}
	if he := new(googleapi.Error); errors.As(err, &he) {
		var body struct {
			Error struct {
				Code            int
				Message, Status string
				Details         []any
			}
		}
		if err := json.Unmarshal([]byte(he.Body), &body); err != nil {
			t.Fatalf("the error has no envelope: %s", he.Body)
		}
		o := outcome{Code: codes.Code(rpccode.Code_value[body.Error.Status]), Message: settled(body.Error.Message), Details: body.Error.Details}
		if he.Code != httpStatus(o.Code) || body.Error.Code != he.Code {
			t.Errorf("HTTP %d with %s", he.Code, he.Body)
		}
		return o
	}
	st, ok := status.FromError(err)
	if !ok {
		t.Fatalf("neither a status nor Google's HTTP error: %v", err)
	}
	o := outcome{Code: st.Code(), Message: settled(st.Message())}
	for _, d := range st.Proto().GetDetails() {
		o.Details = append(o.Details, plain(t, d))
	}
	return o
}

// random are the parts of an answer that differ from run to run: names of
// operations, and etags of secrets and their versions.
var random = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\\"[0-9a-f]{8,16}\\"`)

// settled is a message without its random parts.
func settled(message string) string {
	return regexp.MustCompile(`"[0-9a-f]{8,16}"`).ReplaceAllString(message, "RANDOM")
}

// plain is an answer as plain JSON values.
func plain(t *testing.T, v any) any {
	t.Helper()
	var text []byte
	var err error
	if m, ok := v.(proto.Message); ok {
		text, err = protojson.Marshal(m)
	} else {
		text, err = json.Marshal(v)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(random.ReplaceAll(text, []byte("RANDOM")), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// all collects what an iterator yields, as plain values.
func all[T proto.Message](g *clients, next func() (T, error)) (any, error) {
	list := []any{}
	for {
		v, err := next()
		if errors.Is(err, iterator.Done) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, plain(g.t, v))
	}
}

// contract is one case: what a client asks, and what it must be told over
// either transport.
type contract struct {
	name    string
	caller  string // who asks; empty: the default caller
	fault   string // as ParseFault reads it
	prepare func(g *clients)
	ask     func(g *clients) (any, error)
	code    codes.Code
	says    string   // part of the error's message
	reason  string   // the ErrorInfo's reason
	has     []string // parts of the answer as JSON
	lacks   []string
}

// TestContract asks everything over gRPC and over REST with Google's own
// clients. Both must be told what the table says, and exactly the same.
func TestContract(t *testing.T) {
	var cases []contract
	cases = append(cases, registryContract...)
	cases = append(cases, secretContract...)
	cases = append(cases, projectContract...)
	cases = append(cases, hierarchyContract...)
	cases = append(cases, iamContract...)
	cases = append(cases, assetContract...)
	cases = append(cases, troubleshooterContract...)
	cases = append(cases, contentsContract...)
	cases = append(cases, logsContract...)
	asked := newMethodSet()
	t.Run("cases", func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				overGRPC, overREST := c.run(t, asked, false), c.run(t, asked, true)
				if overGRPC != overREST {
					t.Errorf("over gRPC:\n%s\nover REST:\n%s", overGRPC, overREST)
				}
			})
		}
	})
	for _, method := range served(t) {
		if !asked.has(method) {
			t.Errorf("no case asks %s", method)
		}
	}
}

// methodSet is a set of methods that cases running side by side fill.
type methodSet struct {
	mu    sync.Mutex
	names map[string]bool
}

func newMethodSet() *methodSet { return &methodSet{names: map[string]bool{}} }

func (m *methodSet) add(calls []Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range calls {
		m.names[c.Service+"/"+c.Method] = true
	}
}

func (m *methodSet) has(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.names[name]
}

// served lists the methods that answer anything but UNIMPLEMENTED.
func served(t *testing.T) []string {
	t.Helper()
	g := newClients(t, false)
	conn := dial(t, g.server.Addr())
	var names []string
	for service, info := range g.server.grpc.GetServiceInfo() {
		if isOfGRPC(service) {
			continue
		}
		for _, method := range info.Methods {
			name := service + "/" + method.Name
			err := conn.Invoke(g, "/"+name, &emptypb.Empty{}, &emptypb.Empty{})
			// Google's clients have no way to wait over REST.
			if status.Code(err) != codes.Unimplemented && method.Name != "WaitOperation" {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("nothing is served")
	}
	return names
}

// run asks over one transport and returns what was told, as JSON.
func (c contract) run(t *testing.T, asked *methodSet, rest bool) string {
	t.Helper()
	g := newClients(t, rest)
	defer func() { asked.add(g.server.Calls()) }()
	if c.prepare != nil {
		c.prepare(g)
	}
	if c.fault != "" {
		fault, err := ParseFault(c.fault)
		if err != nil {
			t.Fatal(err)
		}
		g.server.AddFault(fault)
	}
	if c.caller != "" {
		g = g.as(c.caller)
	}
	answer, err := c.ask(g)
	o := outcomeOf(t, answer, err)
	whole, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if o.Code != c.code || !strings.Contains(o.Message, c.says) {
		t.Errorf("told %s, want %s and %q", whole, c.code, c.says)
	}
	if c.reason != "" && !strings.Contains(fmt.Sprint(o.Details), "reason:"+c.reason) {
		t.Errorf("%s lacks the reason %s", whole, c.reason)
	}
	text, err := json.Marshal(o.Answer)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range c.has {
		if !strings.Contains(string(text), part) {
			t.Errorf("answer %s lacks %s", text, part)
		}
	}
	for _, part := range c.lacks {
		if strings.Contains(string(text), part) {
			t.Errorf("answer %s has %s", text, part)
		}
	}
	return string(whole)
}

// need is for what a case needs before it asks.
func need[T any](g *clients) func(T, error) T {
	return func(v T, err error) T {
		g.t.Helper()
		if err != nil {
			g.t.Fatal(err)
		}
		return v
	}
}
