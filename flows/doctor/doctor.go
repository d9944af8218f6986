// Package doctor looks at the chain from a request to its upstream, says which
// link is broken, and knows what fixes each; an audit does it for many.
package doctor

import (
	"cmp"
	"context"
	"fmt"
	"iter"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// Doctor looks at every link between a request and its upstream, and says
// which is broken. With Options.Fix its plan mends what can be mended.
func Doctor() *engine.Flow {
	return &engine.Flow{
		ID: "doctor", Title: text.New("Find out why a pull fails"),
		Why:   text.New("Every link from the request to the upstream is looked at; nothing is changed unless you ask for it."),
		Steps: []engine.Step{step.SignIn(), stepAnyProject(), stepAnyRepository(), step.PresentTrial(), stepMendUsername(), stepMendToken()},
		Plan:  planDoctor,
	}
}

// stepAnyProject picks a project to look at: nothing of what a setup needs
// stands against it.
func stepAnyProject() engine.Step {
	s := step.Project()
	s.Why = text.New("The project that holds the repository.")
	s.Check = func(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
		p, err := e.Project(ctx, d.Project)
		switch cloud.KindOf(err) {
		case cloud.NotSignedIn, cloud.QuotaProject:
			return nil, err
		case "":
			fs, err := step.AboutProject(d, p, nil)
			return fs, err
		default:
			return []check.Finding{{ID: engine.StepProject, Level: check.Note, Says: text.New("the project %s cannot be looked at, or does not exist", d.Project),
				Why: text.New("what can be seen all the same, will be")}}, nil
		}
	}
	return s
}

// stepAnyRepository picks a repository to look at, broken as it may be.
func stepAnyRepository() engine.Step {
	s := step.Repository()
	s.Why = text.New("The remote repository whose pulls fail.")
	s.Check = nil
	return s
}

// asItIs answers a question that does not arise after all.
const asItIs = "as it is"

// stepMendUsername asks for a user name where the present one cannot be right.
func stepMendUsername() engine.Step {
	s := step.Username()
	return mending(s, func(x *examination, c cure) (settled string) {
		if c.username {
			return ""
		}
		return cmp.Or(x.repo.is.Username, asItIs)
	}, func(c cure, d engine.Draft) bool { return c.user == d.Username })
}

// stepMendToken asks for a token where nothing else mends the chain.
func stepMendToken() engine.Step {
	return mending(step.Token(), func(_ *examination, c cure) (settled string) {
		if c.token {
			return ""
		}
		return asItIs
	}, func(c cure, _ engine.Draft) bool { return c.token })
}

// mending makes a step ask only where mending needs its answer, which settled
// tells, and heed an answer that was given only where the cure uses it.
func mending(s engine.Step, settled func(*examination, cure) string, uses func(cure, engine.Draft) bool) engine.Step {
	ask, take, test := s.Ask, s.Take, s.Check
	decide := func(ctx context.Context, e *engine.Env, d engine.Draft) (given string, used bool, err error) {
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
	s.When, s.Settles = func(d engine.Draft) bool { return d.Options.Fix }, true
	s.Ask = func(ctx context.Context, e *engine.Env, d engine.Draft) iter.Seq2[engine.Prompt, error] {
		return func(yield func(engine.Prompt, error) bool) {
			given, _, err := decide(ctx, e, d)
			if err != nil || given != "" {
				yield(engine.Prompt{Settled: given}, err)
				return
			}
			ask(ctx, e, d)(yield)
		}
	}
	s.Take = func(d *engine.Draft, a engine.Answer) error {
		if a.From == engine.Only && a.Text == asItIs {
			return nil
		}
		return take(d, a)
	}
	s.Check = func(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
		if d.From[s.ID] == engine.Only { // nothing new: the chain tells what is wrong with it
			return nil, nil
		}
		if _, used, err := decide(ctx, e, d); err != nil || !used {
			return []check.Finding{{ID: engine.Unneeded, Level: check.Note, Says: text.New("%s: no new one is needed; the one that was given is left alone", s.Title)}}, err
		}
		return test(ctx, e, d)
	}
	return s
}

// inFull is the depth of doctor's own examination.
var inFull = depth{pull: true, trial: true}

// planDoctor looks at the chain and, where it is asked to, plans what mends it.
func planDoctor(ctx context.Context, e *engine.Env, d engine.Draft) (*engine.Plan, error) {
	x, err := examine(ctx, e, d, inFull)
	if err != nil {
		return nil, err
	}
	defer x.wipe()
	p := &engine.Plan{Chain: true, About: x.About(), Checks: x.chain(), Faults: x.faults()}
	if !d.Options.Fix {
		return p, nil
	}
	if err := x.mend(ctx, e, d, p); err != nil {
		p.Blocked = engine.Explain(err)
	}
	return p, nil
}

func (x *examination) About() engine.About {
	a := engine.About{Project: x.asked, ServiceAgent: x.agent}
	if x.project.ok() {
		a.Project, a.ProjectNumber = cmp.Or(x.project.is.ID, x.asked), x.project.is.Number
	}
	if x.repo.ok() {
		a.Repository, a.Upstream = x.repo.is, engine.TargetOf(x.repo.is).BaseURL()
		a.Username, a.SecretVersion = x.repo.is.Username, x.repo.is.SecretVersion
	}
	return a
}

// lookAgain is the plan's last action: it examines the chain as it is then.
func lookAgain(d engine.Draft, needs []string) *engine.Action {
	return &engine.Action{ID: engine.ActVerify, State: engine.Planned, Needs: needs, Says: text.New("look at the whole chain again"),
		Command: fmt.Sprintf("upstreamauth doctor --project %s --repository %s/%s", d.Project, d.Location, d.Repository),
		Do:      func(ctx context.Context, r *engine.Run) (engine.Outcome, error) { return look(ctx, r, d) }}
}

// look examines the chain after a run. What the run has turned on or granted
// may take a while to be known everywhere, so it is patient with that alone.
func look(ctx context.Context, r *engine.Run, d engine.Draft) (engine.Outcome, error) {
	r.Env.Refresh()
	var x *examination
	err := act.AfterEnabling(ctx, r, engine.ActVerify, func() (err error) {
		if x, err = examine(ctx, r.Env, d, inFull); err != nil {
			return err
		}
		defer x.wipe()
		for _, err := range []error{x.repo.err, x.secret.err} {
			if cloud.KindOf(err) == cloud.APIDisabled {
				r.Env.Refresh()
				return err
			}
		}
		return nil
	})
	if x == nil {
		return engine.Outcome{}, err
	}
	wait := engine.Patience{Limit: act.GrantSpreads, Now: r.Env.Now}
	for r.Changed() && engine.Broken(x.chain()) == engine.LinkPull && x.heard() == heardNoSecret {
		if r.Pause(ctx, &wait, engine.ActVerify, "waiting for the grant to take effect") != nil {
			break
		}
		x.pull.Of(r.Env.Cloud.Pull(ctx, x.repo.is, d.Options.Artifact(x.repo.is)))
	}
	about := x.About()
	o := engine.Outcome{State: engine.Done, Checks: x.chain(), About: &about}
	if link := engine.Broken(o.Checks); link != "" {
		o.Note = text.New("still broken: %s", link)
	}
	return o, nil
}
