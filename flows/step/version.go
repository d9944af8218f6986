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
	"example.com/upstreamauth/flows/text"
)

// newVersion is the answer that adds a version.
const newVersion = "new"

// AskVersion asks, for a secret that has versions, whether one of them is to
// be used instead of a new one.
func Version() engine.Step {
	return engine.Step{
		ID: engine.StepVersion, Title: text.New("Version"), Flag: "secret-version", Default: newVersion,
		Why:  text.New("The repository is pinned to one version by its number: \"latest\" may point at a disabled one tomorrow."),
		When: func(d engine.Draft) bool { return d.Version == "" || d.From[engine.StepVersion] != "" },
		Ask:  engine.AtOnce(askVersion),
		Take: func(d *engine.Draft, a engine.Answer) error {
			given := strings.TrimSpace(a.Text)
			if given == newVersion {
				d.Version = ""
				return nil
			}
			n, err := strconv.Atoi(given)
			if err != nil || n < 1 {
				return &engine.Usage{Title: text.New("%q is not a version's number", given), Detail: text.New("give the number of an existing version, or leave it out to add a new one")}
			}
			d.Version = strconv.Itoa(n)
			return nil
		},
		Check: checkVersion,
		Show: func(d engine.Draft) text.Text {
			if d.Version == "" {
				return text.New("a new one")
			}
			return text.Verbatim(d.Version)
		},
	}
}

func askVersion(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
	s, err := state.LookAtSecret(ctx, e, d)
	if err != nil {
		return engine.Prompt{}, err
	}
	p := engine.Prompt{Kind: engine.Pick, Options: []engine.Option{{Value: newVersion, Label: text.New("new version"), Note: text.New("you enter the token next")}}}
	usable := 0
	for _, v := range s.Versions {
		o := engine.Option{Value: v.Name.ID, Label: text.New("version %s", v.Name.ID), Note: text.New("added %s", v.CreateTime.Format(time.DateOnly))}
		if v.Enabled() {
			usable++
		} else {
			o.Off = text.Verbatim(strings.ToLower(v.State))
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
		return []check.Finding{{ID: engine.StepVersion, Level: check.Block, Says: text.New("there is no version %s of %s", d.Version, d.Secret.ID),
			Remedy: &check.Hint{Command: fmt.Sprintf("gcloud secrets versions list %s --project=%s", d.Secret.ID, d.SecretProject())}}}, nil
	default:
		return nil, err
	}
	if !v.Enabled() {
		f := check.Finding{ID: engine.StepVersion, Level: check.Block, Says: text.New("version %s is %s", d.Version, strings.ToLower(v.State)),
			Remedy: &check.Hint{Says: text.New("choose another version, or add a new one")}}
		if v.State == "DISABLED" {
			f.Remedy = &check.Hint{Says: text.New("enable it"), Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", d.Version, d.Secret.ID, d.SecretProject())}
		}
		return []check.Finding{f}, nil
	}
	return []check.Finding{{ID: engine.StepVersion, Level: check.OK, Says: text.New("version %s is enabled", d.Version)}}, nil
}
