package reliability

import (
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
)

// judge holds what is there against what was there, what was wanted and what
// was said.
type judge struct {
	flow         flow
	fault        *fault
	before, goal snapshot
	// overtaken tells that somebody else edited the repository after it was
	// read for the plan and before it was updated.
	overtaken bool
	wrong     []string
}

func (j *judge) fail(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

// anyMoment is what must hold at every moment, whatever has happened.
func (j *judge) anyMoment(now snapshot) {
	switch {
	case now.signsInAs(j.before):
		if j.before.Pulls && !now.Pulls {
			j.fail("the old configuration is still there, and pulls no longer")
		}
	case now.signsInAs(j.goal):
		if now.Pulls != j.goal.Pulls {
			j.fail("the new configuration pulls: %v after a clean run, %v here", j.goal.Pulls, now.Pulls)
		}
	default:
		j.fail("the repository signs in as %q with %q, which nobody asked for", now.Username, now.Version)
	}
	want := proto.CloneOf(j.before.Repository)
	if j.fault.kind.foreign == edits && j.fault.hit() {
		want.Description = foreignDescription
	}
	if diff := cmp.Diff(want, now.Repository, protocmp.Transform()); diff != "" {
		j.fail("the repository has lost something (-want +got):\n%s", diff)
	}
	for name, s := range now.Secrets {
		seen := map[string]bool{}
		for _, v := range s.Versions {
			if v.Payload != "" && seen[v.Payload] {
				j.fail("the secret %s holds the same token twice", name)
			}
			seen[v.Payload] = true
		}
		j.policy(name, s.Policy)
	}
}

// policy holds a secret's policy against the one before: all but our member
// and somebody else's must be as it was.
func (j *judge) policy(name string, now *iampb.Policy) {
	was := j.before.Secrets[name].Policy
	if was == nil {
		was = &iampb.Policy{}
	}
	var ours, theirs int
	for _, b := range now.GetBindings() {
		for _, m := range b.GetMembers() {
			switch {
			case m == foreignMember:
				theirs++
			case m == j.flow.agent() && b.GetCondition() == nil && b.GetRole() == cloud.AccessorRole:
				ours++
			}
		}
	}
	if ours > 1 {
		j.fail("the service agent is granted access to %s %d times", name, ours)
	}
	_, existed := j.before.Secrets[name]
	if j.fault.kind.foreign == grants && j.fault.hit() && existed && theirs != 1 {
		j.fail("somebody else's grant on %s is there %d times", name, theirs)
	}
	if diff := cmp.Diff(j.others(was), j.others(now), protocmp.Transform()); diff != "" {
		j.fail("the policy of %s has changed (-before +now):\n%s", name, diff)
	}
}

// others are the bindings of a policy without the flow's member and somebody
// else's.
func (j *judge) others(p *iampb.Policy) []*iampb.Binding {
	var all []*iampb.Binding
	for _, b := range p.GetBindings() {
		b = proto.CloneOf(b)
		b.Members = slices.DeleteFunc(b.Members, func(m string) bool {
			return m == foreignMember || m == j.flow.agent() && b.GetCondition() == nil && b.GetRole() == cloud.AccessorRole
		})
		if len(b.Members) > 0 {
			all = append(all, b)
		}
	}
	return all
}

// plain is a snapshot without what somebody else does, and without what is left
// of what a run has taken back.
func (j *judge) plain(s snapshot) snapshot {
	if j.flow.takesBack && s.Token != "" {
		s.Version = s.secret() + " with " + s.Token
	}
	s.Repository = proto.CloneOf(s.Repository)
	if s.Repository.GetDescription() == foreignDescription {
		s.Repository.Description = j.before.Repository.GetDescription()
	}
	s.Secrets = maps.Clone(s.Secrets)
	for name, one := range s.Secrets {
		p := &iampb.Policy{}
		for _, b := range one.Policy.GetBindings() {
			if !slices.Contains(b.GetMembers(), foreignMember) {
				p.Bindings = append(p.Bindings, b)
			}
		}
		one.Policy = p
		if old := len(j.before.Secrets[name].Versions); j.flow.takesBack && len(one.Versions) > old {
			added := slices.DeleteFunc(slices.Clone(one.Versions[old:]), func(v versionState) bool { return v.State == "DISABLED" })
			one.Versions = append(slices.Clone(one.Versions[:old]), added...)
		}
		s.Secrets[name] = one
	}
	return s
}

// differ shows how two snapshots differ, but for what somebody else did.
func (j *judge) differ(want, got snapshot) string {
	return cmp.Diff(j.plain(want), j.plain(got), protocmp.Transform(), protocmp.IgnoreFields(&iampb.Policy{}, "etag", "version"),
		protocmp.SortRepeatedFields(&iampb.Policy{}, "bindings"))
}

// finished holds the second run to its promise: it finishes the rest.
func (j *judge) finished(o outcome, now snapshot) {
	if o.Exit != 0 {
		j.fail("running it again ends with %d: %+v %s", o.Exit, o.Report.Problem, o.Stderr)
		return
	}
	if diff := j.differ(j.goal, now); diff != "" {
		j.fail("running it again does not lead to where a clean run leads (-clean +got):\n%s", diff)
	}
	for name, s := range now.Secrets {
		if clean := len(j.goal.Secrets[name].Versions); len(s.Versions) > clean {
			j.fail("the secret %s has %d versions now, and %d after a clean run: the token was stored again", name, len(s.Versions), clean)
		}
	}
}

// The exit codes that the program promises.
const (
	exitDone        = 0
	exitFailed      = 1
	exitPartial     = 3
	exitNotSignedIn = 4
	exitRejected    = 5
)

// statuses are those that go with an exit code.
var statuses = map[int][]string{
	exitDone: {"done", "healthy"}, exitFailed: {"failed"}, exitPartial: {"partial"}, exitNotSignedIn: {"failed"},
	exitRejected: {"broken"},
}

// saidTruly holds the exit code and the report against what has happened.
func (j *judge) saidTruly(o outcome, now snapshot) {
	if o.Killed {
		return
	}
	if !slices.Contains(statuses[o.Exit], o.Report.Status) {
		j.fail("exit code %d goes with the status %q: %s", o.Exit, o.Report.Status, o.Stderr)
	}
	changed, open := j.differ(j.before, now), j.differ(j.goal, now)
	switch o.Exit {
	case exitDone:
		if open != "" && (changed != "" || len(o.Report.Unknown) == 0) && !j.mayLeave(o) {
			j.fail("it says that it is done, and it is not (-clean +got):\n%s", open)
		}
		if j.overtaken {
			j.fail("somebody else edited the repository between the plan and its update, and the run went on")
		}
		return
	case exitRejected:
		// A pull that met the fault is broken, as far as anybody can see.
		met := j.fault.at.Method == "pull" || j.fault.kind.outage
		if o.Report.Broken == nil || open == "" && (*o.Report.Broken != "pull" || !met) {
			j.fail("it says that the repository is broken, and it is not: %+v", o.Report.Broken)
		}
		return
	case exitFailed, exitNotSignedIn:
		if changed != "" {
			j.fail("exit code %d says that nothing was changed, but (-before +now):\n%s", o.Exit, changed)
		}
	case exitPartial:
		// A write whose answer never came may not have happened.
		if changed == "" && !j.fault.doubt {
			j.fail("it says that something was changed, and nothing was")
		}
		if o.Report.Receipt == nil {
			j.fail("there is no word of a receipt")
		}
	}
	if o.Report.Problem == nil || o.Report.Problem.Title == "" || len(o.Report.Problem.Hints) == 0 {
		j.fail("it does not say what to do: %+v", o.Report.Problem)
	}
	if j.fault.kind.foreign == grants {
		j.fail("somebody else's grant stops it")
	}
}

// mayLeave tells whether a good end may leave something for good reason: it is
// said, and running the same command again finishes it, or cannot either.
func (j *judge) mayLeave(o outcome) bool {
	return o.tellsOfLeft() && (!j.flow.once || j.fault.kind.code == codes.PermissionDenied)
}

// tellsOfLeft tells whether a report names something that was left as it is,
// and why.
func (o outcome) tellsOfLeft() bool {
	for _, c := range o.Report.Checks {
		if slices.Contains([]string{"kept", "old-version", "left-alone"}, c.ID) && c.Says != "" && c.Why != "" {
			return true
		}
	}
	return false
}

// mayHaveHappened tells whether the program cannot know if the call has.
func (k kind) mayHaveHappened() bool {
	return k.cut || k.after || k.code == codes.Unavailable || k.code == codes.DeadlineExceeded
}

// receipts holds the receipts against what was changed. A run that was ended
// in the middle must have said before what it was about to do.
func (j *judge) receipts(kept *engine.Receipts, now snapshot, earlier int) {
	all, err := kept.List()
	if err != nil {
		j.fail("a receipt cannot be read: %v", err)
	}
	states := map[string]engine.State{}
	if len(all) > earlier { // newest first
		for _, a := range all[0].Actions {
			states[a.ID] = a.State
		}
	}
	for _, c := range changes(j.before, now, j.flow.agent()) {
		told := slices.ContainsFunc(c.actions, func(id string) bool {
			return states[id] == engine.Done || states[id] == engine.Running || states[id] == engine.Failed
		})
		if !told {
			j.fail("%s, and no receipt tells: %v", c.what, states)
		}
	}
}

// change is something that differs, and the actions that do that.
type change struct {
	what    string
	actions []string
}

func changes(before, now snapshot, agent string) []change {
	var all []change
	add := func(what string, actions ...string) { all = append(all, change{what, actions}) }
	if now.Username != before.Username || now.Version != before.Version {
		add("the credentials have changed", engine.ActUpdate, engine.ActClear)
	}
	if !maps.Equal(before.Services, now.Services) {
		add("APIs were turned on", engine.ActEnableAPIs)
	}
	for name, s := range now.Secrets {
		was, existed := before.Secrets[name]
		if !existed {
			add("the secret "+name+" was made", engine.ActCreateSecret)
		}
		if len(s.Versions) > len(was.Versions) {
			add("a version of "+name+" was added", engine.ActAddVersion)
		}
		for i, v := range was.Versions {
			if i < len(s.Versions) && s.Versions[i].State != v.State {
				add(fmt.Sprintf("version %d of %s is %s", i+1, name, s.Versions[i].State), engine.ActDisableOld, engine.ActDisableVersion, engine.ActEnableVersion)
			}
		}
		switch held, holds := granted(was.Policy, agent), granted(s.Policy, agent); {
		case !held && holds:
			add("access to "+name+" was granted", engine.ActGrant)
		case held && !holds:
			add("access to "+name+" was revoked", engine.ActRevoke)
		}
	}
	for name := range before.Secrets {
		if _, there := now.Secrets[name]; !there {
			add("the secret "+name+" was deleted", engine.ActDeleteSecret)
		}
	}
	return all
}

func granted(p *iampb.Policy, member string) bool {
	return slices.ContainsFunc(p.GetBindings(), func(b *iampb.Binding) bool {
		return b.GetRole() == cloud.AccessorRole && b.GetCondition() == nil && slices.Contains(b.GetMembers(), member)
	})
}
