package change

import (
	"slices"
	"testing"

	"go.uber.org/goleak"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// found reports whether a report has a finding of a kind.
func found(r engine.Report, c check.Code) bool {
	return slices.ContainsFunc(r.Checks, func(f check.Finding) bool { return f.Code == c })
}
