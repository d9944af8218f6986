package gcp

import (
	"testing"
	"time"

	"example.com/upstreamauth/gcp/emulator"
)

// BenchmarkRepositories lists the repositories of 45 locations, each request
// answered after 50 ms. At best that is two of these latencies: one for the
// locations and one for all of them at once.
func BenchmarkRepositories(b *testing.B) {
	const latency = 50 * time.Millisecond
	s, err := emulator.Start(b.Context(), emulator.Options{Scenario: "onboarding", Latency: latency})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c, err := NewEmulator(b.Context(), s.Addr(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	locations := 0
	for b.Loop() {
		locations = 0
		for batch, err := range c.Repositories(b.Context(), "demo-healthy") {
			if err != nil || batch.Err != nil {
				b.Fatal(err, batch.Err)
			}
			locations++
		}
	}
	b.ReportMetric(float64(locations), "locations")
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(latency), "latencies")
}

// BenchmarkNew makes a client, which nothing that starts may wait for.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(b.Context(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
