package gcp_test

import (
	"runtime"
	"testing"
	"time"

	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
)

// TestAuditOfTheBrokenWorld holds an audit to doctor's verdicts, as far as
// they do not need a pull.
func TestAuditOfTheBrokenWorld(t *testing.T) {
	b := newBench(t, emulator.Options{Scenario: "broken"})
	want := map[string]string{
		"reference-malformed": "secret-reference", "secret-missing": "secret", "secret-expired": "secret", "version-missing": "version",
		"version-disabled": "version", "version-destroyed": "version", "latest-disabled": "version", "grant-missing": "grant",
		"grant-conditional": "grant", "grant-other-agent": "grant", "grant-deleted-member": "grant", "grant-to-caller": "grant",
		"api-disabled": "apis", "agent-missing": "grant", "payload-newline": "payload", "token-wrong": "upstream",
		"username-implausible": "credentials",
	}
	rows := 0
	for r, err := range doctor.NewAudit(b.cloud, &upstream.Tester{}, doctor.AuditOptions{}).Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
		if r.Broken != want[r.Repository.Name.ID] {
			t.Errorf("%s: %q is broken, want %q (%s)", r.Repository.Name.ID, r.Broken, want[r.Repository.Name.ID], r.Says.In(text.English))
		}
		if r.Problem != nil {
			t.Errorf("%s: %v", r.Project, r.Problem)
		}
	}
	if rows != 25 {
		t.Errorf("%d repositories", rows)
	}
}

// BenchmarkAudit audits 200 projects with 2,000 repositories, each call
// answered after 20 ms. It reports how many calls that takes, and how many
// times the latency it takes.
func BenchmarkAudit(b *testing.B) {
	const latency = 20 * time.Millisecond
	s, err := emulator.Start(b.Context(), emulator.Options{Scenario: "fleet", Projects: 200, Repositories: 2000, Seed: 1, Latency: latency})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	calls, rows, peak := 0, 0, uint64(0)
	for b.Loop() {
		c, err := gcp.NewEmulator(b.Context(), s.Addr(), gcp.Options{})
		if err != nil {
			b.Fatal(err)
		}
		before := len(s.Calls())
		rows = 0
		for _, err := range doctor.NewAudit(c, &upstream.Tester{}, doctor.AuditOptions{}).Rows(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			if rows++; rows%200 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
		calls = len(s.Calls()) - before
		_ = c.Close()
	}
	b.ReportMetric(float64(rows), "repositories")
	b.ReportMetric(float64(calls), "calls")
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(latency), "latencies")
	b.ReportMetric(float64(peak>>20), "MB-with-emulator")
}
