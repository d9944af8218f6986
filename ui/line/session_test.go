package line

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// talk is a flow of a name, a token and a plan, to be led through by what is
// typed.
type talk struct {
	taken   []string // the answers, as they were recorded
	applied bool
	// names are to be chosen from; none: a name is typed.
	names []engine.Option
	// judge finds something about an answer.
	judge func(answer string) []check.Finding
	// unread is what keeps the name's question from being read, so many times.
	unread int
	// blocked keeps the plan from being applied.
	blocked *engine.Problem
	yes     bool
}

func (x *talk) flow() *engine.Flow {
	given := ""
	take := func(_ *engine.Draft, a engine.Answer) error {
		if given = a.Text; !a.Secret.Empty() {
			given = string(a.Secret.Reveal())
		}
		x.taken = append(x.taken, given)
		return nil
	}
	judged := func(context.Context, *engine.Env, engine.Draft) ([]check.Finding, error) {
		if x.judge == nil {
			return nil, nil
		}
		return x.judge(given), nil
	}
	name := engine.Step{ID: "name", Title: text.New("Name"), Why: text.New("To call it something."), Take: take, Check: judged,
		Ask: func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) {
				if x.unread > 0 {
					x.unread--
					yield(engine.Prompt{}, &cloud.Error{Kind: cloud.Unavailable, Message: "Google is away"})
					return
				}
				p := engine.Prompt{Kind: engine.Type, Noun: text.New("name"), Help: []text.Text{text.New("Any name will do.")}}
				if len(x.names) > 0 {
					p.Kind, p.Options = engine.Pick, x.names
				}
				yield(p, nil)
			}
		}}
	secret := engine.Step{ID: "token", Title: text.New("Token"), Why: text.New("To sign in."), Take: take, Check: judged,
		Ask: func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) { yield(engine.Prompt{Kind: engine.Token}, nil) }
		}}
	return &engine.Flow{ID: "talk", Title: text.New("Talk"), Steps: []engine.Step{name, secret},
		Plan: func(context.Context, *engine.Env, engine.Draft) (*engine.Plan, error) {
			return &engine.Plan{Flow: "talk", Blocked: x.blocked, Rows: []engine.Row{{Label: text.New("Name"), After: text.New("ada")}, {Label: text.New("Colour"), Before: text.New("red"), After: text.New("red")}},
				Actions: []engine.Action{{ID: "write", Says: text.New("write it down"), Command: "gcloud write", State: engine.Planned,
					Do: func(context.Context, *engine.Run) (engine.Outcome, error) {
						x.applied = true
						return engine.Outcome{State: engine.Done}, nil
					}}}}, nil
		}}
}

// lead plays what is typed, and returns what was said.
func (x *talk) lead(t *testing.T, typed string) (said string, err error) {
	t.Helper()
	in, out := pipe(t, typed)
	env := engine.NewEnv(nil, nil)
	env.Receipts = &engine.Receipts{Dir: t.TempDir()}
	s := &Session{Machine: engine.New(env, x.flow(), nil, engine.Options{}), In: in, Out: out, Banner: []string{"Hello."}, Yes: x.yes}
	_, err = s.Run(t.Context())
	return out.String(), err
}

// says holds that texts are said, in this order.
func says(t *testing.T, said string, texts ...string) {
	t.Helper()
	rest := said
	for _, given := range texts {
		_, after, found := strings.Cut(rest, given)
		if !found {
			t.Fatalf("%q is not said, or not there, in\n%s", given, said)
		}
		rest = after
	}
}

func TestASessionFromItsFirstQuestionToItsLastAction(t *testing.T) {
	x := &talk{}
	said, err := x.lead(t, "?\nback\nada\ntok\ny\n")
	if err != nil || !x.applied {
		t.Fatalf("applied %v, %v\n%s", x.applied, err, said)
	}
	says(t, said, "Hello.\n", "Step 1 of 4: Name. To call it something.\n", "  Any name will do.\n", "Type the name (? for help): ",
		"back: the question before", "This is the first question.\n",
		"Step 2 of 4: Token. To sign in.\n", "Type the token (not shown; press enter to go back): ",
		"Step 3 of 4: Review. Nothing has been changed yet.\n", "  Name: now (none), will be ada\n", "  Colour: red (unchanged)\n",
		"  1. write it down\n     $ gcloud write\n", "Apply? [y/N]", "✓ done     write it down\n")
	if strings.Contains(said, "tok\n") {
		t.Error("the token is shown")
	}
}

// TestNobodyAppliesAPlanByAccident tries everything that is not a yes.
func TestNobodyAppliesAPlanByAccident(t *testing.T) {
	for typed, left := range map[string]bool{"": true, "\n": true, "n\n": true, "quit\n": true, "perhaps\n": true, "perhaps\ny\n": false, "Y\n": false} {
		x := &talk{}
		said, err := x.lead(t, "ada\ntok\n"+typed)
		if errors.Is(err, ErrAborted) != left || x.applied == left {
			t.Errorf("%q: applied %v, %v\n%s", typed, x.applied, err, said)
		}
	}
	x := &talk{yes: true}
	if said, err := x.lead(t, "ada\ntok\n"); err != nil || !x.applied || strings.Contains(said, "Apply?") {
		t.Errorf("with a consent given before: applied %v, %v\n%s", x.applied, err, said)
	}
}

// TestGoingBack keeps what was answered: an empty line gives it again.
func TestGoingBack(t *testing.T) {
	x := &talk{}
	said, err := x.lead(t, "ada\ntok\nback\n\ny\nback\n\nn\nback\n")
	if !errors.Is(err, ErrAborted) {
		t.Fatal(err)
	}
	says(t, said, "Apply?", "Step 2 of 4: Token", "Keep the token from before? [y/N]", "Apply?", "Keep the token from before?", "Type the name [ada] (? for help): ")
	if got := fmt.Sprint(x.taken[:3]); got != "[ada tok tok]" {
		t.Errorf("taken: %s", got)
	}
}

func TestADoubtAndARefusal(t *testing.T) {
	judge := func(answer string) []check.Finding {
		switch answer {
		case "odd":
			return []check.Finding{{ID: "odd", Level: check.Warning, Says: text.New("an odd name")}}
		case "bad":
			return []check.Finding{{ID: "bad", Level: check.Block, Says: text.New("not a name"), Why: text.New("it is bad"), Remedy: &check.Hint{Says: text.New("take another")}}}
		}
		return nil
	}
	x := &talk{judge: judge}
	said, err := x.lead(t, "bad\nbad\nodd\nn\nodd\ny\ntok\ny\n")
	if err != nil || !x.applied {
		t.Fatalf("applied %v, %v\n%s", x.applied, err, said)
	}
	says(t, said, "✗ problem: not a name\n", "    it is bad\n", "    hint: take another\n", "✗ problem: not a name", "warning: an odd name\n",
		"Continue with this warning? [y/N]: ", "Type the name (? for help): ", "warning: an odd name", "Continue with this warning?", "Step 2 of 4")
}

// TestACorrection offers the right part of an answer that held more.
func TestACorrection(t *testing.T) {
	judge := func(answer string) []check.Finding {
		if !strings.HasPrefix(answer, "user:") {
			return nil
		}
		return []check.Finding{{ID: "pasted", Level: check.Block, Says: text.New("a user name stands before it"),
			Remedy: &check.Hint{Says: text.New("use what comes after it"), Use: &check.Correction{Token: token.New([]byte(strings.TrimPrefix(answer, "user:")))}}}}
	}
	x := &talk{judge: judge}
	said, err := x.lead(t, "ada\nuser:tok\ny\ny\n")
	if err != nil || !x.applied || x.taken[len(x.taken)-1] != "tok" {
		t.Fatalf("took %q, %v\n%s", x.taken, err, said)
	}
	says(t, said, "✗ problem: a user name stands before it", "  use what comes after it\nUse this correction? [y/N]: ")
	x = &talk{judge: judge}
	said, _ = x.lead(t, "ada\nuser:tok\nn\n")
	says(t, said, "Use this correction?", "Type the token (not shown")
}

// Of several corrections, a person says which one is meant, or none.
func TestChoosingACorrection(t *testing.T) {
	judge := func(answer string) []check.Finding {
		if answer != "both" {
			return nil
		}
		choice := func(tok string) check.Choice {
			return check.Choice{Says: text.New("use the token in it for %s", tok), Use: check.Correction{Token: token.New([]byte(tok))}}
		}
		return []check.Finding{{ID: "pasted", Level: check.Block, Says: text.New("it holds two"), Remedy: &check.Hint{
			Says: text.New("choose one of them"), Choices: []check.Choice{choice("one"), choice("two")}}}}
	}
	x := &talk{judge: judge}
	said, err := x.lead(t, "ada\nboth\n3\n2\ny\n")
	if err != nil || !x.applied || x.taken[len(x.taken)-1] != "two" {
		t.Fatalf("took %q, %v\n%s", x.taken, err, said)
	}
	says(t, said, "it holds two", "  1. use the token in it for one\n  2. use the token in it for two\n", "Which one? (1 to 2; press enter for none): ", "Which one?")
	x = &talk{judge: judge}
	said, _ = x.lead(t, "ada\nboth\n\n")
	says(t, said, "Which one?", "Type the token (not shown")
}

// TestWhatCannotBeRead can be tried again, or left.
func TestWhatCannotBeRead(t *testing.T) {
	x := &talk{unread: 2}
	said, err := x.lead(t, "what\nr\nr\nada\ntok\ny\n")
	if err != nil || !x.applied {
		t.Fatalf("applied %v, %v\n%s", x.applied, err, said)
	}
	says(t, said, "Google is away", "Type r to try again, or quit: ", "Type r to try again, or quit: ", "Google is away", "Step 1 of 4: Name")
	x = &talk{blocked: &engine.Problem{Title: text.New("Not like this"), Hints: []check.Hint{{Says: text.New("do it otherwise")}}}}
	said, err = x.lead(t, "ada\ntok\nback\n\ny\nquit\n")
	if !errors.Is(err, ErrAborted) || x.applied {
		t.Fatalf("applied %v, %v", x.applied, err)
	}
	says(t, said, "Not like this\n  hint: do it otherwise\n", "Type r to try again, back to change an answer, or quit: ", "Step 2 of 4", "Not like this")
}

// TestALongList is read out in pieces, but for a short rest.
func TestALongList(t *testing.T) {
	long := func(n int) (names []engine.Option) {
		for i := range n {
			names = append(names, engine.Option{Value: fmt.Sprintf("v%02d", i+1), Label: text.New("label%02d", i+1)})
		}
		return names
	}
	x := &talk{names: long(47)}
	said, _ := x.lead(t, "more\nmore\nmore\n42\n")
	says(t, said, "  20. label20\n  27 more. Type more, or /TEXT to filter the list.\n", "  21. label21\n", "  40. label40\n  7 more.",
		"  47. label47\n", "  1. label01\n")
	if x.taken[0] != "v42" {
		t.Errorf("took %q", x.taken)
	}
	x = &talk{names: long(25)}
	said, _ = x.lead(t, "label25\n")
	says(t, said, "  25. label25\n")
	if strings.Contains(said, "more.") || x.taken[0] != "v25" {
		t.Errorf("took %q\n%s", x.taken, said)
	}
}
