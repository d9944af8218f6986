package engine_test

import (
	"reflect"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// TestAWriteWhoseAnswerIsLostMayHaveHappened lets all answers be lost from a
// write on: the program cannot know, and must not say that nothing was changed.
func TestAWriteWhoseAnswerIsLostMayHaveHappened(t *testing.T) {
	for name, exit := range map[string]engine.Ending{"CreateSecret": engine.EndedPartial, "AddVersion": engine.EndedPartial, "SetCredentials": engine.EndedPartial, "SecretPolicy": engine.EndedDone} {
		t.Run(name, func(t *testing.T) {
			f := cloudtest.NewFake()
			if name != "CreateSecret" {
				f.AddSecret("hub-token")
			}
			down := false
			f.Fail = func(c string, after bool) error {
				if down = down || c == name && after && cloudtest.IsWrite(name); down {
					return &cloud.Error{Kind: cloud.Unavailable, Message: "down"}
				}
				return nil
			}
			r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), engine.Options{})
			if r.Ending() != exit || r.Changed != (exit == engine.EndedPartial) && exit != engine.EndedDone {
				t.Errorf("ended %q, changed %v: %v", r.Ending(), r.Changed, r.Problem)
			}
		})
	}
}

// TestNothingWasChangedWhereTheWriteWasRefused has every write refused.
func TestNothingWasChangedWhereTheWriteWasRefused(t *testing.T) {
	f := cloudtest.NewFake()
	f.Fail = func(c string, _ bool) error {
		if cloudtest.IsWrite(c) {
			return &cloud.Error{Kind: cloud.PermissionDenied, Message: "no"}
		}
		return nil
	}
	r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), engine.Options{})
	if r.Ending() != engine.EndedFailed || r.Changed {
		t.Errorf("ended %q, changed %v: %v", r.Ending(), r.Changed, r.Problem)
	}
}

// TestEveryWriteIsRecorded has each write time out: it may have happened, so it
// counts as written.
func TestEveryWriteIsRecorded(t *testing.T) {
	writer := reflect.TypeFor[cloud.Writer]()
	for i := range writer.NumMethod() {
		name := writer.Method(i).Name
		called := false
		fake := cloudtest.NewFake()
		w := cloud.RecordWrites(fake, func() { called = true })
		m, ok := reflect.TypeOf(w).MethodByName(name)
		if !ok {
			t.Fatal(name)
		}
		args := []reflect.Value{reflect.ValueOf(w), reflect.ValueOf(t.Context())}
		for j := 2; j < m.Type.NumIn(); j++ {
			args = append(args, reflect.Zero(m.Type.In(j)))
		}
		fake.Fail = func(string, bool) error { return &cloud.Error{Kind: cloud.TimedOut, Message: "late"} }
		m.Func.Call(args)
		if !called && name != "Grant" && name != "Revoke" {
			t.Errorf("%s whose answer is lost goes unseen", name)
		}
	}
}
