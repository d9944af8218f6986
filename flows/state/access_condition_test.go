package state

import (
	"testing"
	"time"
)

func TestConditionsThatCanBeKnown(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	june := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		expression string
		is         truth
		until      time.Time
	}{
		{"", holds, time.Time{}},
		{"  ", holds, time.Time{}},
		{`request.time < timestamp("2026-06-01T00:00:00Z")`, holds, june},
		{`request.time<=timestamp('2026-06-01T00:00:00.000Z')`, holds, june},
		{`timestamp("2026-06-01T00:00:00Z") > request.time`, holds, june},
		{`request.time < timestamp("2026-02-01T00:00:00Z")`, fails, time.Time{}},
		{`request.time > timestamp("2026-02-01T00:00:00Z")`, holds, time.Time{}},
		{`request.time >= timestamp("2026-03-01T12:00:00Z")`, holds, time.Time{}},
		{`request.time > timestamp("2026-03-01T12:00:00Z")`, fails, time.Time{}},
		{`request.time < timestamp("2026-03-01T13:00:00+01:00")`, fails, time.Time{}},
		{`request.time > timestamp("2026-02-01T00:00:00Z") && request.time < timestamp("2026-06-01T00:00:00Z")`, holds, june},
		{`(request.time > timestamp("2026-02-01T00:00:00Z")) && (request.time < timestamp("2026-02-02T00:00:00Z"))`, fails, time.Time{}},
		{`resource.name.startsWith("projects/1/secrets/x") && request.time < timestamp("2026-02-01T00:00:00Z")`, fails, time.Time{}},
		{`resource.name.startsWith("projects/1/secrets/x") && request.time < timestamp("2026-06-01T00:00:00Z")`, unknowable, time.Time{}},
		{`request.time < timestamp("2026-02-01T00:00:00Z") && a || b`, unknowable, time.Time{}},
		{`!(request.time < timestamp("2026-02-01T00:00:00Z"))`, unknowable, time.Time{}},
		{`request.time < timestamp("noon")`, unknowable, time.Time{}},
		{`request.time < x`, unknowable, time.Time{}},
		{`request.time.getHours("Europe/Berlin") < 9`, unknowable, time.Time{}},
		{`resource.type == "secretmanager.googleapis.com/Secret"`, unknowable, time.Time{}},
	} {
		if is, until := conditionNow(c.expression, now); is != c.is || !until.Equal(c.until) {
			t.Errorf("%q: %v until %v, want %v until %v", c.expression, is, until, c.is, c.until)
		}
	}
}
