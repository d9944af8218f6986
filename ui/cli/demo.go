package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
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
	c := &cobra.Command{
		Use: "demo", Short: "The wizard on an embedded emulator: no account and no network needed", Args: noArgs,
		Long: `Start an emulator of Google's APIs inside this process, with projects,
repositories and upstreams in it, and open the wizard on it. The credentials to
enter are shown. Without a terminal it plays a whole setup by itself, step by
step, as text.`,
		Example: `  upstreamauth demo
  upstreamauth demo --plain
  upstreamauth demo </dev/null | less`,
	}
	f := newFlowFlags(c)
	f.shape()
	latency := c.Flags().Duration("latency", 0, "`DURATION` that is added to each request, as in 200ms")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), f, *latency) }
	return c
}

// demo runs the wizard on an emulator of its own. Its receipts are of no use
// once the emulator is gone, and go with it.
func (a *app) demo(ctx context.Context, f *flowFlags, latency time.Duration) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	if latency < 0 {
		return usage(text.New("--latency cannot be negative"), check.Hint{Says: text.New("--latency 200ms, or leave it out")})
	}
	receipts, err := os.MkdirTemp("", "upstreamauth-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demo's receipts: %w", err)
	}
	defer os.RemoveAll(receipts)
	e, err := a.StartEmulator(ctx, EmulatorOptions{Listen: "127.0.0.1:0", Scenario: "onboarding", Latency: latency})
	if err != nil {
		return err
	}
	defer e.Close()
	f.connection.Emulator = e.Addr()
	r := &flowRun{app: a, flags: f, flow: flows.Wizard(), given: map[string]engine.Answer{}, env: &engine.Env{}, banner: banner(e.Upstreams()), transient: true,
		credential: func(upstream string) string { return credential(e.Upstreams(), upstream) }}
	r.front = a.choose(f, false)
	if r.front == headless {
		r.flow, r.player = change.Setup(), &player{upstreams: e.Upstreams(), out: a.Out}
		if f.output == "json" {
			r.player.out = a.Err
		}
	}
	return r.run(ctx, receipts)
}

// banner shows the credentials that the demo's upstreams accept.
func banner(upstreams []DemoUpstream) []string {
	lines := []string{"This is a demo: an emulator stands in for Google and for the upstreams. These credentials work in it:"}
	for _, u := range upstreams {
		if u.Username != "" {
			lines = append(lines, "  "+u.String())
		}
	}
	return lines
}

// String says what to type.
func (u DemoUpstream) String() string {
	return fmt.Sprintf("%s: user name %s, token %s", u.Name, u.Username, u.Token)
}

// credential says what to type for an upstream, given by its URI.
func credential(upstreams []DemoUpstream, uri string) string {
	host := hostOf(uri)
	for _, u := range upstreams {
		if u.Username != "" && host != "" && slices.ContainsFunc(u.StandsFor, func(s string) bool { return hostOf(s) == host }) {
			return u.String()
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

// player answers the questions of the demo where nobody is there to do it, and
// says why it answers so.
type player struct {
	machine   *engine.Machine
	upstreams []DemoUpstream
	out       io.Writer
}

var _ line.Input = (*player)(nil)

// Line types the answer to what the machine wants to know.
func (p *player) Line(ctx context.Context) (string, error) {
	answer, why := p.answer()
	p.say(answer, why)
	return answer, ctx.Err()
}

// Secret types the token that the demo's upstream accepts.
func (p *player) Secret(ctx context.Context, ask func()) (token.Secret, error) {
	ask()
	p.say("(the demo's token, "+fmt.Sprint(len(p.upstream().Token))+" characters)", "a token is never shown; this one is published and opens nothing else")
	return token.New([]byte(p.upstream().Token)), ctx.Err()
}

func (p *player) say(answer, why string) {
	_, _ = fmt.Fprintf(p.out, "%s\n  Why: %s.\n", answer, why)
}

func (p *player) answer() (answer, why string) {
	m := p.machine
	if m.Phase() == engine.Reviewing || m.Confirming() {
		return "y", "nothing has been changed so far; this is what is wanted"
	}
	prompt, _, _ := m.Prompt()
	switch m.Step().ID {
	case engine.StepRepository:
		for _, o := range prompt.Options {
			if o.Off.Empty() && strings.Contains(o.Note.In(text.English), "docker.io") {
				return o.Value, "it pulls from Docker Hub, where an account may pull more than an anonymous caller"
			}
		}
	case engine.StepSecret:
		for _, o := range prompt.Options {
			if o.New {
				return o.Value, "a secret of its own, so that nothing else can read this token"
			}
		}
	case engine.StepUsername:
		return p.upstream().Username, "the demo's account at the upstream"
	}
	for _, o := range prompt.Options {
		if o.Off.Empty() {
			return o.Value, "the first one that can be chosen"
		}
	}
	return prompt.Proposal, "as it is proposed"
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
