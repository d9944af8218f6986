package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
	"example.com/upstreamauth/ui/tui"
)

func main() {
	ctx := context.Background()
	u, err := upstreams.Start()
	if err != nil {
		panic(err)
	}
	lat, _ := time.ParseDuration(os.Getenv("LATENCY"))
	iam, _ := time.ParseDuration(os.Getenv("IAM"))
	sc := os.Getenv("SCENARIO")
	if sc == "" {
		sc = "onboarding"
	}
	s, err := emulator.New(ctx, emulator.Options{Scenario: sc, Upstreams: u, Latency: lat, IAMDelay: iam})
	if err != nil {
		panic(err)
	}
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	go s.Serve(l)
	c, err := gcp.NewEmulator(ctx, l.Addr().String(), gcp.Options{})
	if err != nil {
		panic(err)
	}
	env := flows.NewEnv(c, &upstream.Tester{})
	dir, _ := os.MkdirTemp("", "r")
	env.Receipts = &flows.Receipts{Dir: dir}
	m := flows.New(env, flows.Setup(), nil, flows.Options{})
	var lines []string
	for _, r := range u.All() {
		if r.Username != "" {
			lines = append(lines, fmt.Sprintf("  %s: user name %s, token %s", r.Name, r.Username, r.Token))
		}
	}
	err = tui.Run(ctx, m, tui.Options{Out: os.Stderr, Demo: &tui.Demo{Lines: lines}, Version: "v0"})
	r := m.Report()
	fmt.Printf("err %v status %v receipt %v problem %v exit %d\n", err, r.Status, r.Receipt, r.Problem, r.ExitCode())
}
