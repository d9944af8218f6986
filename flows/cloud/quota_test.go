package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// TestReadQuota counts the reads that pass in each minute of ten.
func TestReadQuota(t *testing.T) {
	for _, charged := range []string{"", "payer"} {
		synctest.Test(t, func(t *testing.T) {
			q := cloud.NewReadQuota(charged)
			began := time.Now()
			var at []time.Duration
			for i := range 3000 {
				project := "p"
				if charged != "" {
					project = fmt.Sprint("p", i)
				}
				if err := q.Of(project).Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				at = append(at, time.Since(began))
			}
			for i := range at {
				n := 0
				for _, other := range at[i:] {
					if other-at[i] >= time.Minute {
						break
					}
					n++
				}
				if n > 600 {
					t.Fatalf("%d reads within a minute of %v", n, at[i])
				}
			}
		})
	}
}

// TestReadQuotaForgetsProjects holds the limiters to a number that does not
// grow with the projects.
func TestReadQuotaForgetsProjects(t *testing.T) {
	q := cloud.NewReadQuota("")
	for i := range 10_000 {
		q.Of(fmt.Sprint(i))
	}
	if q.Kept() > cloud.LimitersKept {
		t.Errorf("%d limiters are kept", q.Kept())
	}
	if one := q.Of("busy"); one.AllowN(time.Now(), cloud.ReadBurst) && q.Of("busy") != one {
		t.Error("a limiter that is in use was forgotten")
	}
}

// TestAuditWaitsWhenTheQuotaIsUsedUp answers 429 a few times.
func TestAuditWaitsWhenTheQuotaIsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := enginetest.Healthy()
		refusals := 0
		w.Fail = func(call string, after bool) error {
			if call == "SecretPolicy" && !after && refusals < 3 {
				refusals++
				return &cloud.Error{Kind: cloud.Exhausted, Message: "Quota exceeded"}
			}
			return nil
		}
		m := cloud.Unlimited(w.FakeCloud)
		if p, err := m.SecretPolicy(t.Context(), w.Secret.Info.Name); err != nil || len(p.Bindings) != 1 || refusals != 3 {
			t.Errorf("%v, %v after %d refusals", p, err, refusals)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.Secret(ctx, w.Secret.Info.Name); cloud.KindOf(err) != cloud.Cancelled || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}
