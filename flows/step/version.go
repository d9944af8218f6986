package step

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// newVersion is the answer that adds a version.
const newVersion = "new"

// Version asks, for a secret that has versions, whether to use one of them instead
// of a new one.
func Version() engine.Step {
	return engine.Step{
		ID: engine.StepVersion, Title: text.New("Version"), Flag: "secret-version", Default: newVersion,
		Why:  text.New("The repository always uses one version by its number, so that a new version can't break it."),
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
				return &engine.Usage{Title: text.New("%q is not a version number", given),
					Detail: text.New("Give the number of an existing version, or leave it out to add a new one")}
			}
			d.Version = strconv.Itoa(n)
			return nil
		},
		Check: checkVersion,
		Show: func(d engine.Draft) text.Text {
			if d.Version == "" {
				return text.New("new")
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
	p := engine.Prompt{Kind: engine.Pick, Options: []engine.Option{
		{Value: newVersion, Label: text.New("New version"), Note: text.New("you enter the token next")},
	}}
	usable := 0
	for _, v := range s.Versions {
		o := engine.Option{Value: v.Name.ID, Label: text.New("Version %s", v.Name.ID),
			Note: text.New("created %s", v.CreateTime)}
		if v.Enabled() {
			usable++
		} else {
			o.Off = state.OfVersion(v)
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
		return []check.Finding{{ID: engine.StepVersion, Code: check.VersionMissing, Level: check.Block,
			Says: text.New("Secret %q has no version %s", d.Secret.ID, d.Version),
			Remedy: &check.Hint{Says: text.New("List its versions"),
				Command: fmt.Sprintf("gcloud secrets versions list %s --project=%s", d.Secret.ID,
					d.SecretProject())}}}, nil
	default:
		return nil, err
	}
	if !v.Enabled() {
		f := check.Finding{ID: engine.StepVersion, Code: check.VersionNotEnabled, Level: check.Block,
			Says:   text.New("Version %s is %s", d.Version, state.OfVersion(v)),
			Remedy: &check.Hint{Says: text.New("Choose another version, or add a new one")}}
		if v.State == "DISABLED" {
			f.Remedy = &check.Hint{Says: text.New("Enable the version"), Command: fmt.Sprintf(
				"gcloud secrets versions enable %s --secret=%s --project=%s", d.Version, d.Secret.ID, d.SecretProject())}
		}
		return []check.Finding{f}, nil
	}
	return []check.Finding{{ID: engine.StepVersion, Code: check.VersionEnabled, Level: check.OK,
		Says: text.New("Version %s is enabled", d.Version)}}, nil
}
