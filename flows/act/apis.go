package act

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// EnableAPIs turns on what is off; nil if nothing is, or nobody knows.
func EnableAPIs(project string, on map[string]bool) *engine.Action {
	var off []string
	for name, yes := range on {
		if !yes {
			off = append(off, name)
		}
	}
	if len(off) == 0 {
		return nil
	}
	slices.Sort(off)
	return &engine.Action{
		ID: engine.ActEnableAPIs, State: engine.Planned, Says: text.New("turn on %s", text.Words(off)),
		Command: fmt.Sprintf("gcloud services enable %s --project=%s", strings.Join(off, " "), project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			enabled := engine.Change{Kind: engine.APIsEnabled, Resource: "projects/" + project + ": " + strings.Join(off, " ")}
			if err := r.Write(ctx, enabled, func() error { return r.Env.Cloud.EnableServices(ctx, project, off) }); err != nil {
				return engine.Outcome{}, err
			}
			return engine.Outcome{State: engine.Done, Changes: []engine.Change{enabled}}, nil
		},
	}
}

// EnablingTakes is how long an API that was just turned on may still be
// refused; Google says "a few minutes".
const EnablingTakes = 3 * time.Minute

// AfterEnabling repeats a call that is refused because an API that this run turned
// on isn't on everywhere yet.
func AfterEnabling(ctx context.Context, r *engine.Run, id string, call func() error) error {
	enabled := slices.ContainsFunc(r.Plan.Actions, func(a engine.Action) bool { return a.ID == engine.ActEnableAPIs })
	wait := engine.Patience{Limit: EnablingTakes, Now: r.Env.Now}
	for {
		err := call()
		if !enabled || cloud.KindOf(err) != cloud.APIDisabled {
			return err
		}
		if e := r.Pause(ctx, &wait, id, text.New("Waiting until the API is on everywhere")); e != nil {
			return err
		}
	}
}
