package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/ui/line"
)

func (a *app) demoCommand() *cobra.Command {
	c := &cobra.Command{Use: "demo", Args: noArgs}
	a.describe(c, text.New("Try the wizard on an embedded emulator, without an account or a network"),
		text.New("Start an emulator of Google's APIs inside this process, with projects, repositories and upstreams in it, and open the"+
			" wizard on it. It shows the credentials to enter. Without a terminal it plays a whole setup by itself, step by step,"+
			" as text."),
		text.Verbatim("upstreamauth demo\nupstreamauth demo --plain\nupstreamauth demo </dev/null | less"))
	f := a.newFlowFlags(c)
	f.shape()
	var latency time.Duration
	c.Flags().DurationVar(&latency, "latency", 0, "")
	f.set().usage("latency", text.New("`DURATION` to add to each request to an API, as in 50ms"))
	c.RunE = func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), f, latency) }
	return c
}

// demo runs the wizard on an emulator of its own. Its receipts are useless once
// the emulator is gone, and are deleted with it.
func (a *app) demo(ctx context.Context, f *flowFlags, latency time.Duration) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	if latency < 0 {
		return usage(text.New("--latency can't be negative"),
			check.Hint{Says: text.New("for example %s", "--latency 200ms")})
	}
	receipts, err := os.MkdirTemp("", "upstreamauth-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo's receipts: %w", err)
	}
	defer os.RemoveAll(receipts)
	e, err := a.StartEmulator(ctx, EmulatorOptions{Listen: "127.0.0.1:0", Scenario: "onboarding", Latency: latency})
	if err != nil {
		return err
	}
	defer e.Close()
	f.connection.Emulator = e.Addr()
	r := &flowRun{
		app: a, flags: f, flow: flows.Wizard(), given: map[string]engine.Answer{}, env: &engine.Env{},
		banner: a.banner(e.Upstreams()), transient: true,
		credential: func(upstream string) string { return a.credential(e.Upstreams(), upstream) },
	}
	r.front = a.choose(f, false)
	if r.front == headless {
		r.flow, r.player = change.Setup(), &player{app: a, upstreams: e.Upstreams(), out: a.Out}
		if f.output == "json" {
			r.player.out = a.Err
		}
	}
	return r.run(ctx, receipts)
}

// banner shows the credentials that the demo's upstreams accept.
func (a *app) banner(upstreams []DemoUpstream) []string {
	lines := []string{text.New("This is a demo: an emulator stands in for Google and for the upstreams. Use these credentials:").In(a.lang)}
	for _, u := range upstreams {
		if u.Username != "" {
			lines = append(lines, "  "+u.Text().In(a.lang))
		}
	}
	return lines
}

// Text is what to type.
func (u DemoUpstream) Text() text.Text {
	return text.New("%s: user name %s, token %s", u.Name, u.Username, u.Token)
}

// credential is what to type for an upstream, given by its URI.
func (a *app) credential(upstreams []DemoUpstream, uri string) string {
	host := hostOf(uri)
	for _, u := range upstreams {
		if u.Username != "" && host != "" && slices.ContainsFunc(u.StandsFor,
			func(s string) bool { return hostOf(s) == host }) {
			return u.Text().In(a.lang)
		}
	}
	return ""
}

func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Host
}

// player answers the demo's questions where nobody is there to do it, and says
// why.
type player struct {
	app       *app
	machine   *engine.Machine
	upstreams []DemoUpstream
	out       io.Writer
}

var _ line.Input = (*player)(nil)

// Line types the answer to the machine's question.
func (p *player) Line(ctx context.Context) (string, error) {
	answer, why := p.answer()
	p.say(answer, why)
	return answer, ctx.Err()
}

// Secret types the token that the demo's upstream accepts.
func (p *player) Secret(ctx context.Context, ask func()) (token.Secret, error) {
	ask()
	hidden := text.Plural(len(p.upstream().Token), "(the demo's token, %d character)",
		"(the demo's token, %d characters)")
	p.say(hidden.In(p.app.lang), text.New("a token is never shown; this one is public and opens nothing else"))
	return token.New([]byte(p.upstream().Token)), ctx.Err()
}

func (p *player) say(answer string, why text.Text) {
	_, _ = fmt.Fprintf(p.out, "%s\n  %s\n", answer, text.New("Why: %s.", why).In(p.app.lang))
}

func (p *player) answer() (answer string, why text.Text) {
	m := p.machine
	if m.Phase() == engine.Reviewing || m.Confirming() {
		return "y", text.New("nothing has changed so far, and this is the plan that is wanted")
	}
	prompt, _, _ := m.Prompt()
	switch m.Step().ID {
	case engine.StepRepository:
		return p.repository(prompt)
	case engine.StepSecret:
		for _, o := range prompt.Options {
			if o.New {
				return o.Value, text.New("a secret of its own, so that nothing else can read this token")
			}
		}
	case engine.StepUsername:
		return p.upstream().Username, text.New("the demo's account at the upstream")
	}
	return first(prompt)
}

// repository is the healthy project's repository for Docker Hub, which the
// emulator's scenario always has.
func (p *player) repository(prompt engine.Prompt) (answer string, why text.Text) {
	for _, o := range prompt.Options {
		if o.Off.Empty() && path.Base(o.Value) == "docker-hub" {
			return o.Value, text.New("it pulls from Docker Hub, which allows an account more pulls than an anonymous caller")
		}
	}
	return first(prompt)
}

// first is the first choice, or else the proposal.
func first(prompt engine.Prompt) (answer string, why text.Text) {
	for _, o := range prompt.Options {
		if o.Off.Empty() {
			return o.Value, text.New("the first one that can be chosen")
		}
	}
	return prompt.Proposal, text.New("the proposal")
}

// upstream is the one that stands for Docker Hub.
func (p *player) upstream() DemoUpstream {
	for _, u := range p.upstreams {
		if u.Format == "DOCKER" && u.Username != "" {
			return u
		}
	}
	return DemoUpstream{}
}
