package flows

import (
	"context"
	"fmt"
)

// createAgent makes sure that Artifact Registry's service agent exists.
func createAgent(project, agent string) *Action {
	return &Action{ID: ActCreateAgent, State: Planned, Says: "have Google make the service agent " + agent, Needs: []string{ActEnableAPIs},
		Command: fmt.Sprintf("gcloud beta services identity create --service=%s --project=%s", ArtifactRegistryAPI, project),
		Do: func(ctx context.Context, r *Run) (Outcome, error) {
			if err := r.Env.Cloud.CreateServiceAgent(ctx, project, ArtifactRegistryAPI); err != nil {
				return Outcome{}, err
			}
			return Outcome{State: Done, Changes: []Change{{Kind: AgentMade, Resource: "projects/" + project, Member: memberPrefix + agent}}}, nil
		}}
}
