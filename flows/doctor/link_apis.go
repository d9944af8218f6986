package doctor

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// off are the APIs that are needed and not on, by project. known is false where
// nobody could say.
func (x *examination) off() (off map[string]map[string]bool, known bool) {
	off = map[string]map[string]bool{}
	add := func(project, api string) {
		if off[project] == nil {
			off[project] = map[string]bool{}
		}
		off[project][api] = false
	}
	project, home := x.projectID(), x.reference.Secret.Project
	elsewhere := x.formed && !cloud.SameProject(home, project, x.project.is)
	known = x.on.ok()
	if x.on.ok() && !x.on.is[cloud.ArtifactRegistryAPI] || cloud.KindOf(x.repo.err) == cloud.APIDisabled {
		add(project, cloud.ArtifactRegistryAPI)
	}
	switch {
	case !elsewhere:
		if x.on.ok() && !x.on.is[cloud.SecretManagerAPI] && (x.credentials() || !x.repo.ok()) {
			add(project, cloud.SecretManagerAPI)
		}
	case x.homeOn.ok() && !x.homeOn.is[cloud.SecretManagerAPI]:
		add(home, cloud.SecretManagerAPI)
	}
	if cloud.KindOf(x.secret.err) == cloud.APIDisabled {
		add(home, cloud.SecretManagerAPI)
	}
	return off, known
}

// apis judges whether the APIs that this needs are on.
func (x *examination) apis() check.Finding {
	off, known := x.off()
	if len(off) > 0 {
		return apisOff(off)
	}
	answers := x.repo.ok() && (!x.formed || x.secret.ok() || x.version.ok() || x.policy.ok())
	switch says := text.New("Nobody can say whether the APIs are on"); {
	case known || answers:
		return check.Finding{Level: check.OK, Code: check.APIsOn, Says: text.New("Every API that this needs is on")}
	case cloud.KindOf(x.on.err) == cloud.APIDisabled: // Service Usage itself: nothing comes before this link
		return check.Finding{Level: check.Unknown, Code: check.NoAnswer, Says: says, Why: engine.Explain(x.on.err).Text()}
	default:
		return unchecked(says, x.on.err, "serviceusage.services.get", "projects/"+x.projectID())
	}
}

// apisOff is the finding of APIs that are off, by project.
func apisOff(off map[string]map[string]bool) check.Finding {
	var all []text.Text
	var commands []string
	for _, project := range slices.Sorted(maps.Keys(off)) {
		for _, api := range slices.Sorted(maps.Keys(off[project])) {
			all = append(all, text.New("%s is off in %q", cmp.Or(apiTitles[api], api), project))
		}
		commands = append(commands, act.EnableAPIs(project, off[project]).Command)
	}
	return check.Finding{Level: check.Block, Code: check.APIsOff, Says: text.Also(all...),
		Why:    text.New("While an API is off, Google refuses every call to it"),
		Remedy: &check.Hint{Says: text.Plural(len(all), "Turn on %d API", "Turn on %d APIs"), Command: strings.Join(commands, " && "), Action: engine.ActEnableAPIs}}
}

// apiTitles are APIs as Google's console calls them.
var apiTitles = map[string]string{cloud.ArtifactRegistryAPI: "Artifact Registry", cloud.SecretManagerAPI: "Secret Manager"}
