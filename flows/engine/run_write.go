package engine

import (
	"context"
	"slices"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// Write makes a change. The receipt holds it from before the call on, so that it
// is known whatever becomes of the answer or of the program; it is forgotten only
// where Google has said that it has not happened.
func (r *Run) Write(ctx context.Context, c Change, call func() error) error {
	return r.WriteIf(ctx, c, func() (bool, error) {
		err := call()
		return err == nil || cloud.Lost(err), err
	})
}

// WriteIf is write for a call that tells by itself whether anything was, or may
// have been, changed.
func (r *Run) WriteIf(ctx context.Context, c Change, call func() (changed bool, err error)) error {
	i := r.actionOf(ctx)
	if r.receipt == nil || i < 0 {
		_, err := call()
		return err
	}
	c.At = When(r.Env.Now())
	if err := r.receipt.intend(i, c); err != nil {
		return err
	}
	changed, err := call()
	switch {
	case !changed:
		r.receipt.withdraw(i, c)
	case err != nil:
		r.receipt.lost(c)
	}
	return err
}

// actionOf is the index of the action that is under way; negative: none is.
func (r *Run) actionOf(ctx context.Context) int {
	key, _ := ctx.Value(actionKey{}).(string)
	return slices.IndexFunc(r.Plan.Actions, func(a Action) bool { return a.Unique() == key })
}

// ID names the run; what it creates says so.
func (r *Run) ID() string {
	if r.receipt == nil {
		return ""
	}
	return r.receipt.Run
}

// CreatedOf is when a secret was created; zero where that cannot be seen.
func (r *Run) CreatedOf(ctx context.Context, name cloud.SecretName) time.Time {
	info, err := r.Env.Cloud.Secret(ctx, name)
	if err != nil {
		return time.Time{}
	}
	return info.CreateTime
}

// Another tells whether two times of creation are those of two things; what is
// not known tells nothing.
func Another(was, is time.Time) bool { return !was.IsZero() && !is.IsZero() && !is.Equal(was) }

// MadeAnew is the problem of a thing that took the place of another one of the
// same name since the plan was made; title says which.
func MadeAnew(title text.Text) *Problem {
	return &Problem{Code: check.Recreated, Kind: cloud.Conflict, Title: title, Detail: text.New("The new one is left unchanged"),
		Hints: sentences(text.New("Check it, then run the same command again"))}
}

// SecretMadeAnew is MadeAnew of a secret.
func SecretMadeAnew(name cloud.SecretName) *Problem {
	return MadeAnew(text.New("Someone else deleted secret %q and created it again", name.ID))
}
