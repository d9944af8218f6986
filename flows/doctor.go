package flows

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"

	"example.com/upstreamauth/flows/check"
)

// Doctor looks at every link between a request and its upstream, and says
// which is broken. With Options.Fix its plan mends what can be mended.
func Doctor() *Flow {
	return &Flow{
		ID: "doctor", Title: "Find out why a pull fails",
		Why:   "Every link from the request to the upstream is looked at; nothing is changed unless you ask for it.",
		Steps: []Step{stepSignIn(), stepAnyProject(), stepAnyRepository(), stepMendUsername(), stepMendToken()},
		Plan:  planDoctor,
	}
}

// stepAnyProject picks a project to look at: nothing of what a setup needs
// stands against it.
func stepAnyProject() Step {
	s := stepProject()
	s.Why = "The project that holds the repository."
	s.Check = func(ctx context.Context, e *Env, d Draft) ([]check.Finding, error) {
		p, err := e.Project(ctx, d.Project)
		switch KindOf(err) {
		case NotSignedIn, QuotaProject:
			return nil, err
		case "":
			fs, err := aboutProject(d, p, nil)
			return fs, err
		default:
			return []check.Finding{{ID: StepProject, Level: check.Note, Says: "the project " + d.Project + " cannot be looked at, or does not exist",
				Why: "what can be seen all the same, will be"}}, nil
		}
	}
	return s
}

// stepAnyRepository picks a repository to look at, broken as it may be.
func stepAnyRepository() Step {
	s := stepRepository()
	s.Why = "The remote repository whose pulls fail."
	s.Check = nil
	return s
}

// asItIs answers a question that does not arise after all.
const asItIs = "as it is"

// stepMendUsername asks for a user name where the present one cannot be right.
func stepMendUsername() Step {
	s := stepUsername()
	return mending(s, func(x *examination, c cure) (settled string) {
		if c.username {
			return ""
		}
		return cmp.Or(x.repo.is.Username, asItIs)
	}, func(c cure, d Draft) bool { return c.user == d.Username })
}

// stepMendToken asks for a token where nothing else mends the chain.
func stepMendToken() Step {
	return mending(stepToken(), func(_ *examination, c cure) (settled string) {
		if c.token {
			return ""
		}
		return asItIs
	}, func(c cure, _ Draft) bool { return c.token })
}

// unneeded is the id of the finding that an answer was left alone.
const unneeded = "unneeded"

// mending makes a step ask only where mending needs its answer, which settled
// tells, and heed an answer that was given only where the cure uses it.
func mending(s Step, settled func(*examination, cure) string, uses func(cure, Draft) bool) Step {
	ask, take, test := s.Ask, s.Take, s.Check
	decide := func(ctx context.Context, e *Env, d Draft) (text string, used bool, err error) {
		x, err := examine(ctx, e, d, inFull)
		if err != nil {
			return "", false, err
		}
		defer x.wipe()
		c, err := x.cure(ctx, e, d)
		if err != nil {
			return "", false, err
		}
		return settled(x, c), uses(c, d), nil
	}
	s.When, s.Settles = func(d Draft) bool { return d.Options.Fix }, true
	s.Ask = func(ctx context.Context, e *Env, d Draft) iter.Seq2[Prompt, error] {
		return func(yield func(Prompt, error) bool) {
			text, _, err := decide(ctx, e, d)
			if err != nil || text != "" {
				yield(Prompt{Settled: text}, err)
				return
			}
			ask(ctx, e, d)(yield)
		}
	}
	s.Take = func(d *Draft, a Answer) error {
		if a.From == Only && a.Text == asItIs {
			return nil
		}
		return take(d, a)
	}
	s.Check = func(ctx context.Context, e *Env, d Draft) ([]check.Finding, error) {
		if d.From[s.ID] == Only { // nothing new: the chain tells what is wrong with it
			return nil, nil
		}
		if _, used, err := decide(ctx, e, d); err != nil || !used {
			return []check.Finding{{ID: unneeded, Level: check.Note, Says: "no new " + strings.ToLower(s.Title) + " is needed: the one that was given is left alone"}}, err
		}
		return test(ctx, e, d)
	}
	return s
}

// inFull is the depth of doctor's own examination.
var inFull = depth{pull: true, trial: true}

// planDoctor looks at the chain and, where it is asked to, plans what mends it.
func planDoctor(ctx context.Context, e *Env, d Draft) (*Plan, error) {
	x, err := examine(ctx, e, d, inFull)
	if err != nil {
		return nil, err
	}
	defer x.wipe()
	p := &Plan{Chain: true, About: x.about(), Checks: x.chain(), Faults: x.faults()}
	if !d.Options.Fix {
		return p, nil
	}
	if err := x.mend(ctx, e, d, p); err != nil {
		p.Blocked = Explain(err)
	}
	return p, nil
}

func (x *examination) about() About {
	a := About{Project: x.asked, ServiceAgent: x.agent}
	if x.project.ok() {
		a.Project, a.ProjectNumber = cmp.Or(x.project.is.ID, x.asked), x.project.is.Number
	}
	if x.repo.ok() {
		a.Repository, a.Upstream = x.repo.is, targetOf(x.repo.is).BaseURL()
		a.Username, a.SecretVersion = x.repo.is.Username, x.repo.is.SecretVersion
	}
	return a
}

// lookAgain is the plan's last action: it examines the chain as it is then.
func lookAgain(d Draft, needs []string) *Action {
	return &Action{ID: ActVerify, State: Planned, Needs: needs, Says: "look at the whole chain again",
		Command: fmt.Sprintf("upstreamauth doctor --project %s --repository %s/%s", d.Project, d.Location, d.Repository),
		Do:      func(ctx context.Context, r *Run) (Outcome, error) { return r.look(ctx, d) }}
}

// look examines the chain after a run. What the run has turned on or granted
// may take a while to be known everywhere, so it is patient with that alone.
func (r *Run) look(ctx context.Context, d Draft) (Outcome, error) {
	r.Env.refresh()
	var x *examination
	err := r.afterEnabling(ctx, ActVerify, func() (err error) {
		if x, err = examine(ctx, r.Env, d, inFull); err != nil {
			return err
		}
		defer x.wipe()
		for _, err := range []error{x.repo.err, x.secret.err} {
			if KindOf(err) == APIDisabled {
				r.Env.refresh()
				return err
			}
		}
		return nil
	})
	if x == nil {
		return Outcome{}, err
	}
	wait := patience{limit: grantSpreads, now: r.Env.Now}
	for r.Changed() && Broken(x.chain()) == linkPull && x.heard() == heardNoSecret {
		if r.pause(ctx, &wait, ActVerify, "waiting for the grant to take effect") != nil {
			break
		}
		x.pull.of(r.Env.Cloud.Pull(ctx, x.repo.is, d.Options.VerifyWith))
	}
	about := x.about()
	o := Outcome{State: Done, Checks: x.chain(), About: &about}
	if link := Broken(o.Checks); link != "" {
		o.Note = "still broken: " + link
	}
	return o, nil
}
