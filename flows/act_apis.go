package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// enableAPIs turns on what is off; nil if nothing is, or nobody knows.
func enableAPIs(project string, on map[string]bool) *Action {
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
	return &Action{
		ID: ActEnableAPIs, State: Planned, Says: "turn on " + strings.Join(off, " and "),
		Command: fmt.Sprintf("gcloud services enable %s --project=%s", strings.Join(off, " "), project),
		Do: func(ctx context.Context, r *Run) (Outcome, error) {
			if err := r.Env.Cloud.EnableServices(ctx, project, off); err != nil {
				return Outcome{}, err
			}
			return Outcome{State: Done, Changes: []Change{{Kind: APIsEnabled, Resource: "projects/" + project + ": " + strings.Join(off, " ")}}}, nil
		},
	}
}

// enablingTakes is how long an API that was just turned on may still be
// refused; Google says "a few minutes".
const enablingTakes = 3 * time.Minute

// afterEnabling repeats a call that is refused because an API which this run
// turned on is not known to be on everywhere yet.
func (r *Run) afterEnabling(ctx context.Context, id string, call func() error) error {
	enabled := slices.ContainsFunc(r.Plan.Actions, func(a Action) bool { return a.ID == ActEnableAPIs })
	wait := patience{limit: enablingTakes, now: r.Env.Now}
	for {
		err := call()
		if !enabled || KindOf(err) != APIDisabled {
			return err
		}
		if e := r.pause(ctx, &wait, id, "waiting for the API to be on everywhere"); e != nil {
			return err
		}
	}
}
