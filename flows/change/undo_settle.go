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
// there now, and counts those as changes. What stays unclear is noted.
func (u *undoing) settle(ctx context.Context) error {
	actions := slices.Clone(u.receipt.Actions)
	for i := range actions {
		a := &actions[i]
		if a.State == engine.Planned || a.State == engine.Skipped {
			continue
		}
		if a.State == engine.Running && u.receipt.Run == "" && a.ID != engine.ActVerify {
			u.remain(text.New("The program ended during the step %q, and its receipt, from an older version, doesn't say what it was writing", a.Says),
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

// remain notes that something of the run may be left, and the command that shows it.
func (u *undoing) remain(what text.Text, command string) {
	if u.plan.Remains == nil {
		u.plan.Remains = &engine.Problem{Title: text.New("Some changes of the run may be left"), Kind: cloud.Conflict}
	}
	p := u.plan.Remains
	p.Detail = text.Also(p.Detail, what)
	p.Hints = append(p.Hints, check.Hint{Command: command})
	u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "left-alone", Code: check.UndoUnclear,
		Level: check.Warning,
		Says:  what, Remedy: &check.Hint{Command: command}})
}

// happened is what became of a write that wasn't answered: the change, or nothing.
// What stays unclear is noted.
func (u *undoing) happened(ctx context.Context, c engine.Change) ([]engine.Change, error) {
	yes := []engine.Change{c}
	switch c.Kind {
	case engine.CredentialsSet:
		name, _ := cloud.ParseRepositoryName(c.Resource)
		is, err := u.env.Repository(ctx, name)
		if gone, err := u.unseen(err, text.New("It's not known whether repository %q got its credentials", name.ID),
			fmt.Sprintf("gcloud artifacts repositories describe %s --project=%s --location=%s", name.ID, name.Project,
				name.Location)); gone || err != nil {
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
		if gone, err := u.unseen(err, text.New("It's not known whether version %s of secret %q was switched on or off", v.ID, v.Secret.ID),
			fmt.Sprintf("gcloud secrets versions describe %s --secret=%s --project=%s", v.ID, v.Secret.ID,
				v.Secret.Project)); gone || err != nil {
			return nil, err
		}
		if is.Enabled() != (c.Kind == engine.VersionOn) {
			return nil, nil
		}
	case engine.AccessGranted, engine.AccessRevoked:
		name, _ := cloud.ParseSecretName(c.Resource)
		policy, err := u.env.SecretPolicy(ctx, name)
		if gone, err := u.unseen(err, text.New("It's not known who may read secret %q", name.ID),
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
		if gone, err := u.unseen(err, text.New("It's not known whether secret %q was created or deleted", name.ID),
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

// unseen sorts the errors of a look: what is gone counts as not done, what may not
// be looked at is noted, and the rest is an error.
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
		if settled, err := u.unseen(err, text.New("It's not known whether secret %q got a new version",
			first.Secret.ID), list); settled {
			return nil, err
		}
		if c.At != nil && is.CreateTime.After(c.At.Add(-skewed)) && is.CreateTime.Before(u.receipt.Updated.Add(skewed)) &&
			!u.knows(v) && is.State != "DESTROYED" {
			found = append(found, engine.Change{Kind: engine.VersionAdded, Resource: v.String(),
				Created: engine.When(is.CreateTime)})
		}
	}
	if len(found) > 1 {
		u.remain(text.New("%d versions were added to secret %q while the run waited for an answer; it's not known which one is the run's",
			len(found), first.Secret.ID), list)
		return nil, nil
	}
	for _, f := range found {
		v, _ := cloud.ParseVersionName(f.Resource)
		u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "receipt", Code: check.UndoUnclear,
			Level: check.Warning,
			Says:  text.New("Version %s of secret %q seems to be the run's", v.ID, v.Secret.ID),
			Why:   text.New("It was created while the run waited for an answer that never came")})
	}
	return found, nil
}

// knows reports whether the run knows that it has added a version.
func (u *undoing) knows(v cloud.VersionName) bool {
	return slices.ContainsFunc(u.receipt.Actions, func(a engine.ReceiptAction) bool {
		return slices.ContainsFunc(a.Changes, func(c engine.Change) bool {
			return c.Kind == engine.VersionAdded && c.Resource == v.String()
		})
	})
}

// anew reports whether something took the place of what a change was about: it has
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

// leaveAnew leaves alone what has the name of something of the run's, and is
// something else.
func (u *undoing) leaveAnew(says text.Text) {
	u.leave(check.UndoRecreated, check.Warning, says,
		text.New("It was deleted and created again since, or is older than the run: it isn't the one that the run changed"))
}
