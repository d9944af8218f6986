package change

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// settle finds out which of the run's unanswered writes have happened, by what is
// there now, and counts those as changes. What nobody can tell remains.
func (u *undoing) settle(ctx context.Context) error {
	actions := slices.Clone(u.receipt.Actions)
	for i := range actions {
		a := &actions[i]
		if a.State == engine.Planned || a.State == engine.Skipped {
			continue
		}
		if a.State == engine.Running && u.receipt.Run == "" && a.ID != engine.ActVerify {
			u.remain(text.New("%q was under way when the program ended, and its receipt, of an older version, does not say what it was about to write", a.Says),
				"upstreamauth doctor")
		}
		a.Changes = slices.Clone(a.Changes)
		for _, c := range a.Intends {
			done, err := u.happened(ctx, c)
			if err != nil {
				return err
			}
			a.Changes = append(a.Changes, done...)
		}
		a.Intends = nil
	}
	u.receipt.Actions, u.net = actions, engine.Receipt{Actions: actions}.Net()
	return nil
}

// remain notes that something may be left of the run, and the command to look.
func (u *undoing) remain(what text.Text, command string) {
	if u.plan.Remains == nil {
		u.plan.Remains = &engine.Problem{Title: text.New("Something of the run may be left"), Kind: cloud.Conflict}
	}
	p := u.plan.Remains
	p.Detail = text.Also(p.Detail, what)
	p.Hints = append(p.Hints, check.Hint{Command: command})
	u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "left-alone", Code: check.UndoUnclear, Level: check.Warning,
		Says: text.New("left alone: %s", what), Remedy: &check.Hint{Command: command}})
}

// happened is what became of a write that was not answered: the change, or
// nothing. What cannot be told remains.
func (u *undoing) happened(ctx context.Context, c engine.Change) ([]engine.Change, error) {
	yes := []engine.Change{c}
	switch c.Kind {
	case engine.CredentialsSet:
		name, _ := cloud.ParseRepositoryName(c.Resource)
		is, err := u.env.Repository(ctx, name)
		if gone, err := u.unseen(err, text.New("whether repository %q was given credentials cannot be seen", name.ID),
			fmt.Sprintf("gcloud artifacts repositories describe %s --project=%s --location=%s", name.ID, name.Project, name.Location)); gone || err != nil {
			return nil, err
		}
		if !u.has(ctx, is, *c.After) {
			return nil, nil
		}
	case engine.VersionAdded:
		return u.added(ctx, c)
	case engine.VersionOn, engine.VersionOff:
		v, _ := cloud.ParseVersionName(c.Resource)
		is, err := u.env.Version(ctx, v)
		if gone, err := u.unseen(err, text.New("whether version %s of secret %q was switched cannot be seen", v.ID, v.Secret.ID),
			fmt.Sprintf("gcloud secrets versions describe %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project)); gone || err != nil {
			return nil, err
		}
		if is.Enabled() != (c.Kind == engine.VersionOn) {
			return nil, nil
		}
	case engine.AccessGranted, engine.AccessRevoked:
		name, _ := cloud.ParseSecretName(c.Resource)
		policy, err := u.env.SecretPolicy(ctx, name)
		if gone, err := u.unseen(err, text.New("who may read secret %q cannot be seen", name.ID),
			fmt.Sprintf("gcloud secrets get-iam-policy %s --project=%s", name.ID, name.Project)); gone || err != nil {
			return nil, err
		}
		if cloud.Grants(policy, cloud.AccessorRole, c.Member) != (c.Kind == engine.AccessGranted) {
			return nil, nil
		}
	case engine.SecretCreated, engine.SecretDeleted:
		name, _ := cloud.ParseSecretName(c.Resource)
		is, err := u.env.Secret(ctx, name)
		if c.Kind == engine.SecretDeleted && cloud.KindOf(err) == cloud.NotFound {
			return yes, nil
		}
		if gone, err := u.unseen(err, text.New("whether secret %q was created or deleted cannot be seen", name.ID),
			fmt.Sprintf("gcloud secrets describe %s --project=%s", name.ID, name.Project)); gone || err != nil {
			return nil, err
		}
		if c.Kind == engine.SecretDeleted || is.CreatedBy != u.receipt.Run {
			return nil, nil // it is there, or somebody else has created it
		}
		yes[0].Created = engine.When(is.CreateTime)
	case engine.APIsEnabled, engine.AgentMade: // they stay in any case
	}
	return yes, nil
}

// unseen sorts the errors of a look: what is gone has not happened any more, what
// may not be looked at remains, and the rest is an error.
func (u *undoing) unseen(err error, what text.Text, command string) (settled bool, other error) {
	switch cloud.KindOf(err) {
	case "":
		return false, nil
	case cloud.NotFound:
		return true, nil
	case cloud.PermissionDenied:
		u.remain(text.New("%s: %s", what, engine.Explain(err)), command)
		return true, nil
	default:
		return true, err
	}
}

// skewed is how far this machine's clock and Google's are taken to be apart.
const skewed = 5 * time.Minute

// added finds the version that an unanswered write has added: the only one from
// the expected number on that was created while the run waited.
func (u *undoing) added(ctx context.Context, c engine.Change) ([]engine.Change, error) {
	first, _ := cloud.ParseVersionName(c.Resource)
	list := fmt.Sprintf("gcloud secrets versions list %s --project=%s", first.Secret.ID, first.Secret.Project)
	var found []engine.Change
	for n := first.Number(); ; n++ {
		v := cloud.VersionName{Secret: first.Secret, ID: strconv.Itoa(n)}
		is, err := u.env.Version(ctx, v)
		if cloud.KindOf(err) == cloud.NotFound {
			break
		}
		if settled, err := u.unseen(err, text.New("whether a version was added to secret %q cannot be seen", first.Secret.ID), list); settled {
			return nil, err
		}
		if c.At != nil && is.CreateTime.After(c.At.Add(-skewed)) && is.CreateTime.Before(u.receipt.Updated.Add(skewed)) && !u.knows(v) && is.State != "DESTROYED" {
			found = append(found, engine.Change{Kind: engine.VersionAdded, Resource: v.String(), Created: engine.When(is.CreateTime)})
		}
	}
	if len(found) > 1 {
		u.remain(text.New("%d versions were added to secret %q while the run waited for an answer: which of them is the run's cannot be told", len(found), first.Secret.ID), list)
		return nil, nil
	}
	for _, f := range found {
		v, _ := cloud.ParseVersionName(f.Resource)
		u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "receipt", Code: check.UndoUnclear, Level: check.Warning,
			Says: text.New("version %s of secret %q is taken to be the run's", v.ID, v.Secret.ID),
			Why:  text.New("it was created while the run waited for an answer that never came")})
	}
	return found, nil
}

// knows tells whether the run knows that it has added a version.
func (u *undoing) knows(v cloud.VersionName) bool {
	return slices.ContainsFunc(u.receipt.Actions, func(a engine.ReceiptAction) bool {
		return slices.ContainsFunc(a.Changes, func(c engine.Change) bool { return c.Kind == engine.VersionAdded && c.Resource == v.String() })
	})
}

// anew tells whether something took the place of what a change was about: it has
// the same name and was created at another time. Of an old receipt, which does
// not say when, what the run is to have created may not be older than the run.
func (u *undoing) anew(c engine.Change, created time.Time) bool {
	switch {
	case c.Created != nil:
		return engine.Another(*c.Created, created)
	case c.Kind == engine.SecretCreated || c.Kind == engine.VersionAdded:
		return !created.IsZero() && created.Before(u.receipt.Started.Add(-time.Hour))
	default:
		return false
	}
}

// leaveAnew leaves alone what is another thing than the run's.
func (u *undoing) leaveAnew(what string) {
	u.leave(check.Warning, what, text.New("it was deleted and created anew since, or is older than the run: it is not the one that the run was about"))
}
