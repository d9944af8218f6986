package wording

import (
	"testing"
)

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 versions": Count(0, "version"), "1 version": Count(1, "version"), "2 versions": Count(2, "version"),
		"1 repository": Count(1, "repository"), "3 repositories": Count(3, "repository"), "1 day": Count(1, "day"), "2 days": Count(2, "day"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
