package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
)

func start(t *testing.T, set func(w *world)) (*world, *driver) {
	t.Helper()
	w := newWorld()
	if set != nil {
		set(w)
	}
	return w, drive(t, w.flow(), nil, 80, 24, Options{}).begin()
}

func TestAWholeSetup(t *testing.T) {
	w, d := start(t, nil)
	d.sees("Step 1 of 5", "shop-prod").press("down", "enter")
	d.sees("Step 2 of 5", "Project: shop-test").press("ada", "enter")
	d.sees("Step 3 of 5", "User name: ada").press(canary, "enter")
	if got := string(w.token.Reveal()); got != canary {
		t.Fatalf("the flow took %q as the token", got)
	}
	d.sees("Step 4 of 5", "Nothing has been changed yet.").pass(time.Second).press("enter")
	d.sees("now pulls as", "docker pull us-central1-docker.pkg.dev/shop-test/hub/library/alpine:latest", "upstreamauth undo")
	if r := d.m.machine.Report(); r.Status != engine.StatusDone || r.Interrupted {
		t.Fatalf("status %s, interrupted %v", r.Status, r.Interrupted)
	}
	if d.press("enter"); !d.quit {
		t.Fatal("enter does not leave the last screen")
	}
}

func TestASecondEnterCannotApproveAnUnseenPlan(t *testing.T) {
	_, d := start(t, nil)
	d.press("enter", "ada", "enter", canary, "enter", "enter")
	d.sees("Review the changes first", "Step 4 of 5")
	d.pass(settleTime).press("enter").sees("now pulls as")
}

func TestEnterTypedTooEarlyAnswersNothing(t *testing.T) {
	_, d := start(t, nil)
	d.held = true
	d.press("down", "enter") // chosen, and still being checked
	d.press("enter").sees("Still checking", "Step 1 of 5")
	d.held = false
	d.run().sees("Step 2 of 5").lacks("Still checking")
}

func TestEscapeGoesBackAndAsksBeforeLeaving(t *testing.T) {
	_, d := start(t, nil)
	d.press("enter", "ada", "enter").sees("Step 3 of 5")
	d.press("esc").sees("Step 2 of 5", "ada")
	d.press("esc").sees("Step 1 of 5")
	d.press("esc").sees("Leave?").press("esc").sees("shop-prod")
	if d.quit {
		t.Fatal("left without an answer")
	}
	d.press("enter").sees("Step 3 of 5", "User name: ada") // the later answer was kept
	if d.press("esc", "esc", "esc", "enter"); !d.quit {
		t.Fatal("did not leave")
	}
	if r := d.m.machine.Report(); !r.Interrupted || r.Changed {
		t.Fatalf("interrupted %v, changed %v", r.Interrupted, r.Changed)
	}
}

func TestEscapeWorksWhileSomethingLoads(t *testing.T) {
	w := newWorld()
	d := drive(t, w.flow(), nil, 80, 24, Options{})
	d.held = true
	d.queue(d.m.Init())
	d.pass(spinAfter).sees("* Reading…")
	d.pass(12 * time.Second).sees("Reading… 12 s")
	d.press("enter").sees("Still reading").press("esc").sees("Leave?").press("n")
	d.held = false
	d.run().sees("shop-prod").lacks("reading")
}

func TestAWaitIsSilentAtFirst(t *testing.T) {
	_, d := start(t, nil)
	d.held = true
	d.press("down", "enter").lacks("Checking")
	d.pass(spinAfter - time.Millisecond).lacks("Checking")
	d.pass(time.Millisecond).sees("Checking your answer")
	d.pass(ageAfter).sees("Checking your answer… 3 s")
}

func TestQuitting(t *testing.T) {
	_, d := start(t, nil)
	if d.press("ctrl+c"); !d.quit {
		t.Fatal("ctrl+c does not quit")
	}
	if got := d.m.machine.Report().Ending(); got != engine.EndedInterrupted {
		t.Fatalf("ended %q", got)
	}
}

func TestQuittingWhileApplyingFinishesTheAction(t *testing.T) {
	_, d := start(t, nil)
	toReview(d).pass(time.Second)
	d.held = true
	d.press("enter").sees("Applying", "waiting create the secret")
	for range 2 {
		if d.press("ctrl+c").sees("Finishing this change, then stopping"); d.quit {
			t.Fatal("quit in the middle of an action")
		}
	}
	d.press("esc").sees("can't go back")
	d.held = false
	d.run()
	r := d.m.machine.Report()
	for _, a := range r.Actions {
		if a.State == engine.Running || a.State == engine.Planned {
			t.Errorf("%s is still %s", a.ID, a.State)
		}
	}
	if r.Actions[3].State != engine.Skipped {
		t.Errorf("the last action is %s", r.Actions[3].State)
	}
	if d.quit {
		t.Fatal("the last screen was not shown")
	}
}

func TestWarningsAreAskedAboutOnce(t *testing.T) {
	_, d := start(t, func(w *world) {
		w.findings["project"] = []check.Finding{{Level: check.Warning, Says: text.New("this project looks retired")}}
	})
	d.press("enter").sees("! warning this project looks retired", "Press enter again")
	d.press("enter").sees("Step 2 of 5")
}

// TestADoubtAboutAFlagIsConfirmedBeforeItsRowIsThere answers while the list is
// still being read.
func TestADoubtAboutAFlagIsConfirmedBeforeItsRowIsThere(t *testing.T) {
	w := newWorld()
	w.findings["project"] = []check.Finding{{Level: check.Warning, Says: text.New("this project looks retired")}}
	d := drive(t, w.flow(), map[string]engine.Answer{"project": {Text: "shop-prod", From: engine.Flag}}, 80, 24, Options{}).begin()
	d.sees("Press enter again")
	d.m.screen.(*question).field = newPicker(d.m.theme, engine.Prompt{Kind: engine.Pick}, "")
	d.press("enter").lacks("nothing is selected").sees("Step 2 of 5")
}

func TestABlockStops(t *testing.T) {
	_, d := start(t, func(w *world) {
		w.findings["project"] = []check.Finding{{Level: check.Block, Says: text.New("there is no such project")}}
	})
	d.press("enter", "enter").sees("Step 1 of 5", "✗ problem there is no such project", "This answer can't be used")
}

func TestWhatIsRefusedStaysSaid(t *testing.T) {
	_, d := start(t, nil)
	d.press("enter", "enter").sees("✗ problem a user name has no spaces").press("x").lacks("problem")
}

func TestKeysThatComeAtOnceAreKeys(t *testing.T) {
	_, d := start(t, nil)
	send := func(given string) *driver {
		_, cmd := d.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(given)})
		d.queue(cmd)
		return d.run()
	}
	send("test").sees("/ test▏", "▸ shop-test").press("enter")
	send("ada").sees("▸ ada▏").press("enter")
	send(canary).sees("27 characters")
}

func TestAProblemCanBeTriedAgain(t *testing.T) {
	w, d := start(t, func(w *world) { w.broken = &cloud.Error{Kind: cloud.Unavailable, Message: "connection refused"} })
	d.sees("✗ problem Google can't be reached", "enter try again")
	w.broken = nil
	d.press("f5").sees("✓ ok project shop-prod").lacks("problem")
}

func TestAStepThatAsksNothingCanBeTriedAgain(t *testing.T) {
	w := newWorld()
	f := w.flow()
	fails := true
	f.Steps = append([]engine.Step{{ID: "sign-in", Title: text.New("Sign-in"), Why: text.New("Google must know who you are."),
		Check: func(context.Context, *engine.Env, engine.Draft) ([]check.Finding, error) {
			if fails {
				return nil, &cloud.Error{Kind: cloud.NotSignedIn}
			}
			return nil, nil
		}}}, f.Steps...)
	d := drive(t, f, nil, 80, 24, Options{}).begin()
	d.sees("You aren't signed in", "$ gcloud auth application-default login", "r try again").press("enter", "r").sees("signed in")
	fails = false
	d.press("enter").sees("shop-prod", "Step 2 of 6")
}

func TestAFailedListSaysWhatItKnows(t *testing.T) {
	w, d := start(t, func(w *world) { w.fails = errors.New("the list broke off") })
	d.sees("the list broke off", "shop-prod")
	w.fails = nil
	d.press("f5").lacks("broke off")
}

func TestAFailedPlanCanBeTriedAgain(t *testing.T) {
	w, d := start(t, func(w *world) { w.planned = &cloud.Error{Kind: cloud.Unavailable} })
	toReview(d).sees("Google can't be reached", "r try again", "esc back")
	d.press("esc").sees("Step 3 of 5").press("enter").sees("Google can't be reached")
	w.planned = nil
	d.press("r").sees("Nothing has been changed yet.")
}

func TestABlockedPlanCannotBeApplied(t *testing.T) {
	_, d := start(t, func(w *world) { w.blocked = &engine.Problem{Title: text.New("It changed meanwhile")} })
	toReview(d).pass(time.Second).press("enter").sees("It changed meanwhile", "These changes can't be applied").lacks("enter apply")
}

func TestADryRunEndsWithThePlan(t *testing.T) {
	_, d := start(t, nil)
	d.m.machine.DryRun = true
	toReview(d).pass(time.Second).sees("dry run").press("enter").sees("Dry run: nothing was changed")
	if r := d.m.machine.Report(); r.Status != engine.StatusPlanned || r.Changed {
		t.Fatalf("status %s, changed %v", r.Status, r.Changed)
	}
}

func TestACorrectionIsOfferedAndTaken(t *testing.T) {
	w, d := start(t, nil)
	w.findings["token"] = []check.Finding{{Level: check.Block, Says: text.New("this is a user name and a token"), Remedy: &check.Hint{
		Says: text.New("use the part after the colon"), Use: &check.Correction{Token: token.New([]byte("the-token-alone"))}}}}
	d.press("enter", "ada", "enter", "ada:the-token-alone").sees("ctrl+f: use the part after the colon", "ctrl+f fix")
	w.findings["token"] = nil
	d.press("ctrl+f").sees("15 characters").lacks("ctrl+f")
	if got := string(w.token.Reveal()); got != "the-token-alone" {
		t.Fatalf("the flow looks at %q", got)
	}
	d.press("enter").sees("Review")
}

func TestOneOfSeveralCorrectionsIsChosen(t *testing.T) {
	w, d := start(t, nil)
	choice := func(tok string) check.Choice {
		return check.Choice{Says: text.New("use the one of %s", tok), Use: check.Correction{Token: token.New([]byte(tok))}}
	}
	w.findings["token"] = []check.Finding{{Level: check.Block, Says: text.New("it holds two"), Remedy: &check.Hint{
		Says: text.New("choose one of them"), Choices: []check.Choice{choice("first"), choice("second-token")}}}}
	d.press("enter", "ada", "enter", "both").sees("ctrl+f: choose one of them", "1 use the one of first", "2 use the one of second-token", "ctrl+f choose one")
	d.press("ctrl+f").sees("Which one is it?", "1-2 choose").press("esc").lacks("Which one is it?").sees("4 characters")
	d.press("ctrl+f", "3").lacks("Which one is it?").sees("4 characters")
	w.findings["token"] = nil
	d.press("ctrl+f", "2").sees("12 characters").lacks("ctrl+f")
	if got := string(w.token.Reveal()); got != "second-token" {
		t.Fatalf("the flow looks at %q", got)
	}
	d.press("enter").sees("Review")
}

func TestAPasteKeepsItsLines(t *testing.T) {
	for _, c := range []struct{ pasted, want string }{
		{"{\r  1\r}", "{\n  1\n}"}, {"{\r\n}\r\n", "{\n}\n"}, {"{\n}", "{\n}"}, {"token", "token"}, {"", ""},
	} {
		if got := string(lineEnds([]rune(c.pasted))); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.pasted, got, c.want)
		}
	}
}

func TestTheTrailSaysWhereAnswersComeFrom(t *testing.T) {
	w := newWorld()
	d := drive(t, w.flow(), map[string]engine.Answer{"project": {Text: "shop-prod", From: engine.Flag}}, 80, 24, Options{}).begin()
	d.sees("Project: shop-prod (flag)", "Step 2 of 5")
	d.press("ada", "enter", canary, "enter").sees("Review")
	d.press("end").sees("Project: shop-prod (flag)", "User name: ada")
}

func TestHelpOpensAndCloses(t *testing.T) {
	_, d := start(t, nil)
	d.press("f1").sees("Help: Project", "--project").press("?").lacks("Help: Project")
	d.press("enter", "?").sees("▸ ?").press("ctrl+g").sees("Help: User name").press("esc").sees("▸ ?")
	d.press("f1").sees("Help: User name").press("f1").sees("▸ ?")
}

func TestADemoShowsItsCredentialsWhereTheyAreTyped(t *testing.T) {
	w := newWorld()
	demo := &Demo{Lines: []string{"This is a demo:", "  docker-hub: user name demo, token demo-token", "  quay: user name q, token q"},
		Credential: func(string) string { return "docker-hub: user name demo, token demo-token" }}
	d := drive(t, w.flow(), nil, 80, 24, Options{Demo: demo}).begin()
	d.sees("demo · Step 1 of 5").lacks("demo-token").press("enter").sees("Demo: docker-hub: user name demo, token demo-token")
	d.press("ctrl+g").sees("This is a demo:").press("esc", "ada", "enter", canary, "enter").pass(time.Second).press("enter")
	d.sees("now pulls as").lacks("upstreamauth undo")
}

func TestSuspend(t *testing.T) {
	_, d := start(t, nil)
	_, cmd := d.m.Update(keyOf("ctrl+z"))
	found := false
	var look func(c tea.Cmd)
	look = func(c tea.Cmd) {
		if c == nil {
			return
		}
		switch msg := c().(type) {
		case tea.BatchMsg:
			for _, c := range msg {
				look(c)
			}
		default:
			found = found || fmt.Sprintf("%T", msg) == "tea.execMsg"
		}
	}
	if look(cmd); !found {
		t.Fatal("ctrl+z does not suspend")
	}
}

func TestHostileTextShowsNoEscapes(t *testing.T) {
	const evil = "a\x1b]52;c;AAAA\x07b\u202ec\x9bd\re\u200bf"
	_, d := start(t, func(w *world) {
		w.batches[0][0].Label, w.batches[0][0].Note = text.Verbatim(evil), text.Verbatim(evil)
		w.batches[0][1].Off = text.Verbatim(evil)
		w.findings["project"] = []check.Finding{{Level: check.Warning, Says: text.Verbatim(evil), Why: text.Verbatim(evil), Remedy: &check.Hint{Says: text.Verbatim(evil), Command: evil}}}
		w.blocked = &engine.Problem{Title: text.Verbatim(evil), Detail: text.Verbatim(evil), Hints: []check.Hint{{Says: text.Verbatim(evil)}}}
		w.actions[0].Says, w.actions[0].Command = text.Verbatim(evil), evil
		w.rows[0].After = text.Verbatim(evil)
	})
	d.check()
	d.sees(`a\x1b]52`).press(evil).press("backspace", "ctrl+g").press("esc", "ctrl+u", "enter", "enter", evil, "ctrl+u", "ada", "enter", canary, "enter")
	d.sees("Review", `\u202e`).press("end", "?")
}

func TestAnythingTypedAtAnySizeFits(t *testing.T) {
	for _, size := range []struct{ w, h int }{{0, 0}, {1, 1}, {2, 2}, {5, 3}, {10, 4}, {20, 5}, {39, 6}, {41, 9}, {59, 16}, {104, 38}, {500, 200}} {
		w := newWorld()
		d := drive(t, w.flow(), nil, size.w, size.h, Options{}).begin()
		d.press("f1", "down", "esc", "enter", "ada", "enter", canary, "ctrl+r", "enter").pass(time.Second).press("down", "enter", "enter")
	}
}

func TestNothingOfATokenStays(t *testing.T) {
	w, d := start(t, nil)
	d.press("enter", "ada", "enter")
	f := d.m.screen.(*question).field.(*tokenField)
	for _, key := range typed(canary) {
		d.press(key)
		if strings.Contains(d.m.View(), "canary") {
			t.Fatal("the token is on the screen")
		}
	}
	buffer := f.buf[:cap(f.buf)]
	first := w.token
	d.press("backspace")
	if !first.Empty() {
		t.Error("what was typed before the last key is still in memory")
	}
	d.press("esc")
	for _, b := range buffer {
		if b != 0 {
			t.Fatal("the field was not overwritten when it was left")
		}
	}
	if !w.token.Empty() {
		t.Error("a token that was never submitted is still in memory")
	}
}
