package act

import (
	"context"
	"fmt"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// CreateAgent makes sure that Artifact Registry's service agent exists.
func CreateAgent(project, agent string) *engine.Action {
	return &engine.Action{ID: engine.ActCreateAgent, State: engine.Planned, Says: text.New("create the service agent %s", agent), Needs: []string{engine.ActEnableAPIs},
		Command: fmt.Sprintf("gcloud beta services identity create --service=%s --project=%s", cloud.ArtifactRegistryAPI, project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			made := engine.Change{Kind: engine.AgentMade, Resource: "projects/" + project, Member: cloud.MemberPrefix + agent}
			if err := r.Write(ctx, made, func() error { return r.Env.Cloud.CreateServiceAgent(ctx, project, cloud.ArtifactRegistryAPI) }); err != nil {
				return engine.Outcome{}, err
			}
			return engine.Outcome{State: engine.Done, Changes: []engine.Change{made}}, nil
		}}
}
