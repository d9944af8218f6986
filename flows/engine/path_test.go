package engine_test

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

func TestPath(t *testing.T) {
	repository := cloud.Repository{Name: cloud.RepositoryName{Project: "p", Location: "us", ID: "hub"}, Format: "DOCKER", Preset: "DOCKER_HUB",
		SecretVersion: "projects/p/secrets/token/versions/3"}
	finding := func(id string, l check.Level) check.Finding {
		return check.Finding{ID: id, Level: l, Says: text.Verbatim("why")}
	}
	action := func(id string, s engine.State) engine.Action { return engine.Action{ID: id, State: s} }
	for _, c := range []struct {
		name    string
		r       engine.Report
		signs   string
		station string // the secret's note
	}{
		{"nothing known", engine.Report{}, "open open open", ""},
		{"tried", engine.Report{Checks: []check.Finding{finding("upstream", check.OK)}}, "open open holds", ""},
		{"rejected", engine.Report{Checks: []check.Finding{finding("upstream", check.Block)}}, "open open broken", ""},
		{"can't be proven", engine.Report{Checks: []check.Finding{finding("upstream", check.Unknown)}}, "open open unchecked", ""},
		{"a plan", engine.Report{Actions: []engine.Action{
			action(engine.ActCreateSecret, engine.Planned), action(engine.ActAddVersion, engine.Planned), action(engine.ActGrant, engine.Planned),
			action(engine.ActUpdate, engine.Planned), action(engine.ActVerify, engine.Planned)},
			Checks: []check.Finding{finding("upstream", check.Note)}}, "changes creates holds", "new, version 4"},
		{"a rotation", engine.Report{Actions: []engine.Action{action(engine.ActAddVersion, engine.Planned), action(engine.ActGrant, engine.Already)}},
			"open holds open", "version 3 → 4"},
		{"at work", engine.Report{Actions: []engine.Action{action(engine.ActGrant, engine.Running), action(engine.ActUpdate, engine.Planned)}}, "changes working open", ""},
		{"failed", engine.Report{Actions: []engine.Action{action(engine.ActGrant, engine.Done), action(engine.ActUpdate, engine.Failed), action(engine.ActVerify, engine.Skipped)}},
			"broken holds open", ""},
		{"done", engine.Report{Actions: []engine.Action{action(engine.ActGrant, engine.Done), action(engine.ActUpdate, engine.Done), action(engine.ActVerify, engine.Done)},
			Checks: []check.Finding{finding("pull", check.OK)}}, "holds holds holds", ""},
		{"a secret that exists is no grant", engine.Report{Checks: []check.Finding{finding("secret", check.OK)}}, "open open open", ""},
		{"a chain", engine.Report{Chain: true, Checks: []check.Finding{
			finding("apis", check.OK), finding("repository", check.OK), finding("secret", check.OK), finding("grant", check.Block), finding("upstream", check.Unknown)}},
			"holds broken unchecked", ""},
		{"a chain with a warning", engine.Report{Chain: true, Checks: []check.Finding{finding("apis", check.OK), finding("credentials", check.Warning)}}, "warning open open", ""},
	} {
		c.r.About = engine.About{Repository: repository, Upstream: "https://registry-1.docker.io", SecretVersion: "projects/p/secrets/token/versions/4"}
		p := c.r.Path()
		signs := strings.Join([]string{string(p.Links[0].Sign), string(p.Links[1].Sign), string(p.Links[2].Sign)}, " ")
		if signs != c.signs {
			t.Errorf("%s: %s, want %s", c.name, signs, c.signs)
		}
		if note := p.Stations[engine.AtSecret].Note.In(text.English); c.station != "" && note != c.station {
			t.Errorf("%s: the secret is %q, want %q", c.name, note, c.station)
		}
		if up := p.Stations[engine.AtUpstream].Name.In(text.English); up != "Docker Hub" {
			t.Errorf("%s: the upstream is %q", c.name, up)
		}
	}
}
