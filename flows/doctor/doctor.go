// Package doctor checks every link of the chain from a request to its upstream,
// says which is broken and what fixes it; an audit does it for many repositories.
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

// Doctor checks every link between a request and its upstream, and says which is
// broken. With Options.Fix its plan fixes what can be fixed.
func Doctor() *engine.Flow {
	return &engine.Flow{
		ID: "doctor", Title: text.New("Find out why a pull fails"),
		Why:   text.New("It checks every link from a request to the upstream, and changes nothing unless you ask for it."),
		Steps: []engine.Step{step.SignIn(), stepAnyProject(), stepAnyRepository(), step.PresentTrial(), stepFixUsername(), stepFixToken()},
		Plan:  planDoctor,
	}
}

// stepAnyProject picks the project to check. It may lack what a setup needs.
func stepAnyProject() engine.Step {
	s := step.Project()
	s.Why = text.New("The project of the repository.")
	s.Check = func(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
		p, err := e.Project(ctx, d.Project)
		switch cloud.KindOf(err) {
		case cloud.NotSignedIn, cloud.QuotaProject:
			return nil, err
		case "":
			fs, err := step.AboutProject(d, p, nil)
			return fs, err
		default:
			return []check.Finding{{ID: engine.StepProject, Level: check.Note, Code: check.NotAllowed, Says: text.New("You can't see the project %q, or it doesn't exist", d.Project),
				Why: text.New("What you can see is checked all the same")}}, nil
		}
	}
	return s
}

// stepAnyRepository picks the repository to check, broken as it may be.
func stepAnyRepository() engine.Step {
	s := step.Repository()
	s.Why = text.New("The remote repository whose pulls fail.")
	s.Check = nil
	return s
}

// asItIs answers a question that doesn't arise after all.
const asItIs = "as it is"

// stepFixUsername asks for a user name where the present one can't be right.
func stepFixUsername() engine.Step {
	s := step.Username()
	return whereNeeded(s, func(x *examination, c repair) (settled string) {
		if c.username {
			return ""
		}
		return cmp.Or(x.repo.is.Username, asItIs)
	}, func(c repair, d engine.Draft) bool { return c.user == d.Username })
}

// stepFixToken asks for a token where nothing else fixes the chain.
func stepFixToken() engine.Step {
	return whereNeeded(step.Token(), func(_ *examination, c repair) (settled string) {
		if c.token {
			return ""
		}
		return asItIs
	}, func(c repair, _ engine.Draft) bool { return c.token })
}

// whereNeeded makes a step ask only where the repair needs its answer, and use an
// answer that was given only where the repair does. settled is the answer of a
// question that doesn't arise; empty: it does.
func whereNeeded(s engine.Step, settled func(*examination, repair) string, uses func(repair, engine.Draft) bool) engine.Step {
	ask, take, test := s.Ask, s.Take, s.Check
	decide := func(ctx context.Context, e *engine.Env, d engine.Draft) (given string, used bool, err error) {
		x, err := examine(ctx, e, d, inFull)
		if err != nil {
			return "", false, err
		}
		defer x.wipe()
		c, err := x.repair(ctx, e, d)
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
		if d.From[s.ID] == engine.Only { // nothing new: the chain says what is wrong with it
			return nil, nil
		}
		if _, used, err := decide(ctx, e, d); err != nil || !used {
			return []check.Finding{{ID: engine.Unneeded, Level: check.Note, Says: text.New("%s isn't needed for this fix, so what you gave is ignored", s.Title)}}, err
		}
		return test(ctx, e, d)
	}
	return s
}

// inFull is the depth of doctor's own examination.
var inFull = depth{pull: true, trial: true}

// planDoctor checks the chain and, if asked to, plans what fixes it.
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
	if err := x.fix(ctx, e, d, p); err != nil {
		p.Blocked = engine.Explain(err)
	}
	return p, nil
}

// About is what is known of the repository and the things around it.
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

// lookAgain is the plan's last action: it checks the chain as it is then.
func lookAgain(d engine.Draft, needs []string) *engine.Action {
	return &engine.Action{ID: engine.ActVerify, State: engine.Planned, Needs: needs, Says: text.New("check every link again"),
		Command: fmt.Sprintf("upstreamauth doctor --project %s --repository %s/%s", d.Project, d.Location, d.Repository),
		Do:      func(ctx context.Context, r *engine.Run) (engine.Outcome, error) { return look(ctx, r, d) }}
}

// look checks the chain after a run. It waits only for what the run has turned on
// or granted, which takes a while to be known everywhere.
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
	for r.Changed() && engine.Broken(x.chain()) == engine.LinkPull && x.diagnosis() == pullNoSecret {
		if r.Pause(ctx, &wait, engine.ActVerify, text.New("Waiting for the grant to take effect")) != nil {
			break
		}
		x.pull.Of(r.Env.Cloud.Pull(ctx, x.repo.is, d.Options.Artifact(x.repo.is)))
	}
	about := x.About()
	o := engine.Outcome{State: engine.Done, Checks: x.chain(), About: &about}
	if link := engine.Broken(o.Checks); link != "" {
		o.Note = text.New("%s still fails", LinkTitle(link))
	}
	return o, nil
}
