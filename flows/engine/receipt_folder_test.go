package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/cloud"
)

const testProject, testNumber = "demo-project", "123456789"

var testRepoName = cloud.RepositoryName{Project: testProject, Location: "us-central1", ID: "dockerhub"}

// put writes a receipt below a name.
func put(t *testing.T, at string, r Receipt, mode os.FileMode) {
	t.Helper()
	data, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(at, data, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestReceiptsOfOlderVersionsComeFirst: their names began with the time.
func TestReceiptsOfOlderVersionsComeFirst(t *testing.T) {
	rs := &Receipts{Dir: t.TempDir()}
	names := []string{"0000000010-20200101T000000Z-setup-00000000.json", "0000000009-20300101T000000Z-setup-ffffffff.json",
		"20260301T120000.000000002Z-setup-1.json", "20260301T120000.000000001Z-setup-1.json"}
	for _, n := range names {
		if err := os.WriteFile(filepath.Join(rs.Dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := rs.names(); err != nil || !slices.Equal(got, names) {
		t.Errorf("%v, %v", got, err)
	}
	if n, err := rs.next(); n != 11 || err != nil {
		t.Errorf("the next is %d, %v", n, err)
	}
}

// someReceipts are n runs in memory, every second one an undo of the one before.
func someReceipts(n int) []Receipt {
	var all []Receipt
	for i := n; i > 0; i-- {
		r := Receipt{Format: receiptFormat, Run: fmt.Sprintf("%010d-x-rotate-00000000", i), Flow: "rotate", Project: testProject,
			ProjectNumber: testNumber, Repository: testRepoName.String(), Actions: []ReceiptAction{{ID: ActDisableVersion, State: Done,
				Changes: []Change{{Kind: VersionOff, Resource: "projects/demo-project/secrets/hub/versions/2"}}}}}
		if i%2 == 0 {
			r.Flow, r.Undoes = "undo", fmt.Sprintf("%010d-x-rotate-00000000.json", i-1)
		}
		r.Path = "/receipts/" + r.Name()
		all = append(all, r)
	}
	return all
}

// TestManyReceipts does in no time what took each receipt's search through all
// others: ten thousand were fifty million steps.
func TestManyReceipts(t *testing.T) {
	all := someReceipts(10_000)
	began := time.Now()
	if n := len(TakenBack(all)); n != 5_000 {
		t.Errorf("%d are taken back", n)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestOldReceiptsGo holds the rule: beyond the newest thousand go those that were
// taken back, that changed nothing, or that are old.
func TestOldReceiptsGo(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	change := []Change{{Kind: VersionOff, Resource: "projects/demo-project/secrets/hub/versions/2"}}
	one := func(number int, flow string, age time.Duration, state State, changes, intends []Change) Receipt {
		return Receipt{Format: receiptFormat, Run: fmt.Sprintf("%010d-x-%s-00000000", number, flow), Flow: flow, Started: now.Add(-age), Project: testProject,
			Repository: testRepoName.String(), Actions: []ReceiptAction{{ID: ActDisableVersion, State: state, Changes: changes, Intends: intends}}}
	}
	const young, old = 179 * 24 * time.Hour, 181 * 24 * time.Hour
	undo := func(number int, of Receipt) Receipt {
		u := one(number, "undo", young, Done, change, nil)
		u.Undoes = of.Name()
		return u
	}
	taken, doubted, far := one(5, "setup", young, Done, change, nil), one(7, "setup", old, Running, nil, change), one(9, "setup", young, Done, change, nil)
	remains := undo(8, doubted)
	remains.Remains = true
	for _, c := range []struct {
		name string
		r    Receipt
		goes bool
	}{
		{"old", one(1, "setup", old, Done, change, nil), true},
		{"young", one(2, "setup", young, Done, change, nil), false},
		{"young, and nothing was changed", one(3, "setup", young, Failed, nil, nil), true},
		{"old, and nobody knows whether it wrote", one(4, "setup", old, Running, nil, change), false},
		{"taken back", taken, true},
		{"what took it back", undo(6, taken), true},
		{"in doubt", doubted, false},
		{"what could not take it back", remains, false},
		{"taken back by one of the newest", far, true},
		{"old, and among the newest", one(1500, "setup", old, Done, change, nil), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rs := &Receipts{Dir: t.TempDir()}
			all := []Receipt{c.r, undo(1501, far)}
			for _, more := range []Receipt{taken, undo(6, taken), doubted} {
				if more.Name() != c.r.Name() {
					all = append(all, more)
				}
			}
			for i := range keptReceipts {
				all = append(all, one(1000+i, "rotate", young, Done, change, nil))
			}
			for _, r := range all {
				put(t, filepath.Join(rs.Dir, r.Name()), r, 0o600)
			}
			rs.prune(now)
			_, err := os.Stat(filepath.Join(rs.Dir, c.r.Name()))
			if gone := os.IsNotExist(err); gone != c.goes {
				t.Errorf("it is gone: %v", gone)
			}
		})
	}
}

// TestRunsThatStandOnOthers names what makes one run stand on another.
func TestRunsThatStandOnOthers(t *testing.T) {
	const project, version = "projects/" + testProject, "projects/" + testProject + "/secrets/s/versions/1"
	creds := func(repository, after string) Change {
		return Change{Kind: CredentialsSet, Resource: project + "/locations/us-central1/repositories/" + repository, Before: &Creds{}, After: &Creds{Username: "u", SecretVersion: after}}
	}
	for _, c := range []struct {
		name         string
		first, later Change
		stands       bool
	}{
		{"the same repository", creds("a", "x"), creds("a", "y"), true},
		{"another repository", creds("a", "x"), creds("b", "y"), false},
		{"it uses the version", Change{Kind: VersionAdded, Resource: version}, creds("b", version), true},
		{"it uses the version by the project's number", Change{Kind: VersionAdded, Resource: version}, creds("b", strings.Replace(version, testProject, testNumber, 1)), true},
		{"it uses another version", Change{Kind: VersionAdded, Resource: version}, creds("b", strings.TrimSuffix(version, "1")+"2"), false},
		{"it uses the secret", Change{Kind: SecretCreated, Resource: project + "/secrets/s"}, creds("b", version), true},
		{"it adds to the secret", Change{Kind: SecretCreated, Resource: project + "/secrets/s"}, Change{Kind: VersionAdded, Resource: version}, true},
		{"it switches the version", Change{Kind: VersionAdded, Resource: version}, Change{Kind: VersionOff, Resource: version}, true},
		{"the same access", Change{Kind: AccessGranted, Resource: project + "/secrets/s", Member: "m"}, Change{Kind: AccessRevoked, Resource: project + "/secrets/s", Member: "m"}, true},
		{"the same API", Change{Kind: APIsEnabled, Resource: project}, Change{Kind: APIsEnabled, Resource: project}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rs := &Receipts{Dir: t.TempDir()}
			for i, change := range []Change{c.first, c.later} {
				r := Receipt{Format: receiptFormat, Run: fmt.Sprintf("%010d-x-setup-00000000", i+1), Flow: "setup", Project: testProject, ProjectNumber: testNumber,
					Repository: testRepoName.String(), Actions: []ReceiptAction{{State: Done, Changes: []Change{change}}}}
				put(t, filepath.Join(rs.Dir, r.Name()), r, 0o600)
			}
			all, err := rs.List()
			if err != nil || len(all) != 2 {
				t.Fatalf("%d, %v", len(all), err)
			}
			if stands := len(rs.StandingOn(all[1])) > 0; stands != c.stands {
				t.Errorf("it stands on it: %v", stands)
			}
			if len(rs.StandingOn(all[0])) > 0 {
				t.Error("the later one has none")
			}
		})
	}
}
