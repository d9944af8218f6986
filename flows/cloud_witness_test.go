package flows

import (
	"reflect"
	"testing"
)

// TestAWriteWhoseAnswerIsLostMayHaveHappened lets all answers be lost from a
// write on: the program cannot know, and must not say that nothing was changed.
func TestAWriteWhoseAnswerIsLostMayHaveHappened(t *testing.T) {
	for name, exit := range map[string]int{"CreateSecret": ExitPartial, "AddVersion": ExitPartial, "SetCredentials": ExitPartial, "SecretPolicy": ExitDone} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			if name != "CreateSecret" {
				f.addSecret("hub-token")
			}
			down := false
			f.fail = func(c string, after bool) error {
				if down = down || c == name && after && isWrite(name); down {
					return &Error{Kind: Unavailable, Message: "down"}
				}
				return nil
			}
			r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
			if r.ExitCode() != exit || r.Changed != (exit == ExitPartial) && exit != ExitDone {
				t.Errorf("exit %d, changed %v: %v", r.ExitCode(), r.Changed, r.Problem)
			}
		})
	}
}

// TestNothingWasChangedWhereTheWriteWasRefused has every write refused.
func TestNothingWasChangedWhereTheWriteWasRefused(t *testing.T) {
	f := newFake()
	f.fail = func(c string, _ bool) error {
		if isWrite(c) {
			return &Error{Kind: PermissionDenied, Message: "no"}
		}
		return nil
	}
	r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
	if r.ExitCode() != ExitFailed || r.Changed {
		t.Errorf("exit %d, changed %v: %v", r.ExitCode(), r.Changed, r.Problem)
	}
}

// TestTheWitnessSeesEveryWrite holds the witness to the port: a method that it
// lacks would write unseen.
func TestTheWitnessSeesEveryWrite(t *testing.T) {
	writer, own := reflect.TypeFor[Writer](), reflect.TypeFor[witness]()
	for i := range writer.NumMethod() {
		name := writer.Method(i).Name
		called := false
		w := witness{Cloud: newFake(), wrote: func() { called = true }}
		m, ok := own.MethodByName(name)
		if !ok {
			t.Fatal(name)
		}
		args := []reflect.Value{reflect.ValueOf(w), reflect.ValueOf(t.Context())}
		for j := 2; j < m.Type.NumIn(); j++ {
			args = append(args, reflect.Zero(m.Type.In(j)))
		}
		fake := w.Cloud.(*fakeCloud)
		fake.fail = func(string, bool) error { return &Error{Kind: TimedOut, Message: "late"} }
		m.Func.Call(args)
		if !called && name != "Grant" && name != "Revoke" {
			t.Errorf("%s whose answer is lost goes unseen", name)
		}
	}
}
