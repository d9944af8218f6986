package tui

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// japaneseFlow is the tests' small setup as a reader of Japanese meets it.
func (w *world) japaneseFlow() *engine.Flow {
	f := w.flow()
	f.Title = text.Verbatim("リポジトリの認証情報を設定")
	for i, step := range []struct{ title, why string }{
		{"プロジェクト", "リポジトリがあるプロジェクトです。プロジェクト番号によって、トークンへのアクセス権が必要なサービス エージェントが決まります。"},
		{"ユーザー名", "アップストリームでのユーザー名です。Google アカウントではありません。"},
		{"トークン", "トークンは、保存する前にアップストリームで検証します。"},
	} {
		f.Steps[i].Title, f.Steps[i].Why = text.Verbatim(step.title), text.Verbatim(step.why)
	}
	w.findings["project"] = []check.Finding{
		{Level: check.OK, Says: text.Verbatim("プロジェクト番号は 123456789012 です")},
		{Level: check.Unknown, Says: text.Verbatim("VPC Service Controls の境界は、権限 artifactregistry.vpcscconfigs.get がないため確認できません。")},
	}
	return f
}

// TestJapaneseScreens draws the main screens for a reader of Japanese. The
// driver holds every frame to its window.
func TestJapaneseScreens(t *testing.T) {
	for _, s := range []struct {
		name string
		play func(d *driver)
	}{
		{"picker", func(*driver) {}},
		{"picker-filtered", func(d *driver) { d.press(typed("shop-t")...) }},
		{"text", func(d *driver) { d.press("enter") }},
		{"token", func(d *driver) { d.press("enter", "ada", "enter", canary) }},
		{"review", func(d *driver) { toReview(d) }},
		{"done", func(d *driver) { toReview(d).pass(time.Second).press("enter") }},
		{"help", func(d *driver) { d.press("f1") }},
		{"leave", func(d *driver) { d.press("esc") }},
	} {
		for _, size := range sizes[:2] {
			name := fmt.Sprintf("ja-%s-%dx%d", s.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				d := drive(t, newWorld().japaneseFlow(), nil, size.w, size.h, Options{Version: "v1.2.3", Language: text.Japanese}).begin()
				s.play(d)
				d.golden(name)
			})
		}
	}
}

func TestJapaneseFitsAnyWindow(t *testing.T) {
	for _, size := range []struct{ w, h int }{{1, 1}, {5, 3}, {20, 5}, {39, 6}, {59, 16}, {200, 60}} {
		d := drive(t, newWorld().japaneseFlow(), nil, size.w, size.h, Options{Language: text.Japanese}).begin()
		d.press("f1", "esc", "enter", "ada", "enter", canary, "enter").pass(time.Second).press("enter")
	}
}

func TestLinesBreakAsJapaneseDoes(t *testing.T) {
	const given = "トークンは「docker-hub-token」に、バージョン 1 として保存されます。コマンドは gcloud artifacts です。"
	for w := 4; w < 60; w++ {
		lines := wrap(given, w)
		for i, l := range lines {
			if n := lipgloss.Width(l); n > w {
				t.Errorf("%d cells in a line of %d: %q", n, w, l)
			}
			if w >= 24 && i > 0 && strings.ContainsRune("、。」ー", []rune(l)[0]) {
				t.Errorf("at %d, a line begins with a closing mark: %q", w, l)
			}
			if w >= 24 && strings.HasSuffix(l, "「") {
				t.Errorf("at %d, a line ends in an opening mark: %q", w, l)
			}
		}
		if w >= 24 && !strings.Contains(strings.Join(lines, "\n"), "docker-hub-token") {
			t.Errorf("at %d, the name is broken: %q", w, lines)
		}
		bare := strings.NewReplacer(" ", "").Replace(strings.Join(lines, ""))
		if bare != strings.ReplaceAll(given, " ", "") {
			t.Errorf("at %d, text is lost: %q", w, lines)
		}
	}
}

// TestNamesAreSetApart holds that a name is coloured, and quoted where there
// are no colours.
func TestNamesAreSetApart(t *testing.T) {
	th := newTheme(nil, text.English)
	says := text.New("Secret %q will be created", "new")
	if got := th.in(says); got != `Secret "new" will be created` {
		t.Errorf("without colours: %q", got)
	}
	th.profile = termenv.ANSI
	lines := wrap(th.in(text.New("Secret %q", "new 日本語")), 10)
	if got := drawn.Replace(strings.Join(lines, "|")); got != "Secret \x1b[36mnew\x1b[39m|\x1b[36m日本語\x1b[39m" {
		t.Errorf("with colours: %q", got)
	}
	if got := drawn.Replace(th.cut(th.in(says), 9)); lipgloss.Width(got) != 9 || !strings.HasSuffix(got, "\x1b[39m") {
		t.Errorf("cut: %q", got)
	}
}

// TestWhatNobodyCouldReadIsSaid holds that the first read's error, or that
// there is nothing to choose, is on the screen, and that letters are commands
// there.
func TestWhatNobodyCouldReadIsSaid(t *testing.T) {
	ask := func(p engine.Prompt, err error) *engine.Flow {
		f := newWorld().flow()
		f.Steps[0].Ask = func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) { yield(p, err) }
		}
		return f
	}
	d := drive(t, ask(engine.Prompt{}, errors.New("the directory is gone")), nil, 80, 24, Options{}).begin()
	d.sees("the directory is gone", "r try again").lacks("type to filter").press("r").sees("the directory is gone")
	empty := &engine.Problem{Title: text.New("No run can be undone")}
	d = drive(t, ask(engine.Prompt{Kind: engine.Pick, Empty: empty}, nil), nil, 80, 24, Options{}).begin()
	d.sees("No run can be undone").lacks("type to filter")
}
