package step

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
)

// newVersion is the answer that adds a version.
const newVersion = "new"

// AskVersion asks, for a secret that has versions, whether one of them is to
// be used instead of a new one.
func Version() engine.Step {
	return engine.Step{
		ID: engine.StepVersion, Title: "Version", Flag: "secret-version", Default: newVersion,
		Why:  "The repository is pinned to one version by its number: \"latest\" may point at a disabled one tomorrow.",
		When: func(d engine.Draft) bool { return d.Version == "" || d.From[engine.StepVersion] != "" },
		Ask:  engine.AtOnce(askVersion),
		Take: func(d *engine.Draft, a engine.Answer) error {
			text := strings.TrimSpace(a.Text)
			if text == newVersion {
				d.Version = ""
				return nil
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return &engine.Usage{Title: fmt.Sprintf("%q is not a version's number", text), Detail: "give the number of an existing version, or leave it out to add a new one"}
			}
			d.Version = strconv.Itoa(n)
			return nil
		},
		Check: checkVersion,
		Show: func(d engine.Draft) string {
			if d.Version == "" {
				return "a new one"
			}
			return d.Version
		},
	}
}

func askVersion(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
	s, err := state.LookAtSecret(ctx, e, d)
	if err != nil {
		return engine.Prompt{}, err
	}
	p := engine.Prompt{Kind: engine.Pick, Options: []engine.Option{{Value: newVersion, Label: "new version", Note: "you enter the token next"}}}
	usable := 0
	for _, v := range s.Versions {
		o := engine.Option{Value: v.Name.ID, Label: "version " + v.Name.ID, Note: "added " + v.CreateTime.Format(time.DateOnly)}
		if v.Enabled() {
			usable++
		} else {
			o.Off = strings.ToLower(v.State)
		}
		p.Options = append(p.Options, o)
	}
	if usable == 0 {
		p.Settled = newVersion
	}
	return p, nil
}

func checkVersion(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	if d.Version == "" {
		return nil, nil
	}
	name := cloud.VersionName{Secret: d.SecretName(), ID: d.Version}
	v, err := e.Version(ctx, name)
	switch cloud.KindOf(err) {
	case "":
	case cloud.NotFound:
		return []check.Finding{{ID: engine.StepVersion, Level: check.Block, Says: "there is no version " + d.Version + " of " + d.Secret.ID,
			Remedy: &check.Remedy{Command: fmt.Sprintf("gcloud secrets versions list %s --project=%s", d.Secret.ID, d.SecretProject())}}}, nil
	default:
		return nil, err
	}
	if !v.Enabled() {
		f := check.Finding{ID: engine.StepVersion, Level: check.Block, Says: "version " + d.Version + " is " + strings.ToLower(v.State),
			Remedy: &check.Remedy{Says: "choose another version, or add a new one"}}
		if v.State == "DISABLED" {
			f.Remedy = &check.Remedy{Says: "enable it", Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", d.Version, d.Secret.ID, d.SecretProject())}
		}
		return []check.Finding{f}, nil
	}
	return []check.Finding{{ID: engine.StepVersion, Level: check.OK, Says: "version " + d.Version + " is enabled"}}, nil
}
