package emulator

import (
	"runtime"
	"strconv"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
)

// BenchmarkStart is the time from nothing to serving; it must stay under 10 ms.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := Start(b.Context(), Options{Scenario: "onboarding"})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReads counts the reads a second over real gRPC, client included; it
// must stay above 4,000 on two cores.
func BenchmarkReads(b *testing.B) {
	g := start(b, Options{Scenario: "fleet", Projects: 1000, Repositories: 10_000, Seed: 1})
	names := make([]string, 0, 1000)
	for _, p := range g.world.projects {
		names = append(names, p.repositories.values[0].pb.GetName())
	}
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			_, err := g.registry.GetRepository(b.Context(), &artifactregistrypb.GetRepositoryRequest{Name: names[i%len(names)]})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
}

// BenchmarkFleet is what 10,000 projects with 100,000 repositories cost; the
// memory must stay under 1 GB.
func BenchmarkFleet(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				before := heap()
				s, err := New(b.Context(), Options{Scenario: "fleet", Projects: n, Repositories: 10 * n, Seed: 1})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(heap()-before)/(1<<20), "MB")
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
