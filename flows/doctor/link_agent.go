package doctor

import (
	"fmt"
	"slices"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// serviceAgent judges whether Artifact Registry's own identity exists. Nobody
// can ask Google that; but IAM grants nothing to an account that doesn't exist,
// and an upstream's answer needs one that does.
func (x *examination) serviceAgent() check.Finding {
	project := x.projectID()
	create := &check.Hint{Says: text.New("Create the service agent; doing so again does no harm"), Action: engine.ActCreateAgent,
		Command: fmt.Sprintf("gcloud beta services identity create --service=%s --project=%s", cloud.ArtifactRegistryAPI, project)}
	exists := check.Finding{Level: check.OK, Code: check.AgentExists,
		Says: text.New("Artifact Registry's service agent exists"), Why: text.Verbatim(x.agent)}
	switch {
	case x.diagnosis() == pullNoAgent:
		return check.Finding{Level: check.Block, Code: check.AgentMissing, Says: text.New("Artifact Registry's service agent doesn't exist"),
			Why: text.Verbatim(x.pull.is.Detail), Remedy: create}
	case x.agent == "":
		return x.unknownAgent()
	case x.policy.ok() && member(x.policy.is, cloud.MemberPrefix+x.agent), x.above.ok() && member(x.above.is, cloud.MemberPrefix+x.agent),
		x.diagnosis().readsSecret():
		return exists
	}
	return check.Finding{Level: check.Unknown, Code: check.AgentUnseen, Says: text.New("Nothing shows whether Artifact Registry's service agent exists"),
		Why: text.New("Google creates it with the first repository, and has no call that shows it: %s", x.agent), Remedy: create}
}

// unknownAgent is the finding where the project's number, and so the service
// agent's address, isn't known.
func (x *examination) unknownAgent() check.Finding {
	return unchecked(text.New("You can't see the project's number, which is part of the service agent's address"),
		x.project.err, "resourcemanager.projects.get", "projects/"+x.projectID())
}

// member reports whether a policy names a member at all.
func member(p cloud.Policy, name string) bool {
	return slices.ContainsFunc(p.Bindings, func(b cloud.Binding) bool { return slices.Contains(b.Members, name) })
}
