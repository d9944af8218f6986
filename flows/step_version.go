package flows

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
)

// newVersion is the answer that adds a version.
const newVersion = "new"

// stepVersion asks, for a secret that has versions, whether one of them is to
// be used instead of a new one.
func stepVersion() Step {
	return Step{
		ID: StepVersion, Title: "Version", Flag: "secret-version", Default: newVersion,
		Why:  "The repository is pinned to one version by its number: \"latest\" may point at a disabled one tomorrow.",
		When: func(d Draft) bool { return d.Version == "" || d.From[StepVersion] != "" },
		Ask:  atOnce(askVersion),
		Take: func(d *Draft, a Answer) error {
			text := strings.TrimSpace(a.Text)
			if text == newVersion {
				d.Version = ""
				return nil
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return &Usage{Title: fmt.Sprintf("%q is not a version's number", text), Detail: "give the number of an existing version, or leave it out to add a new one"}
			}
			d.Version = strconv.Itoa(n)
			return nil
		},
		Check: checkVersion,
		Show: func(d Draft) string {
			if d.Version == "" {
				return "a new one"
			}
			return d.Version
		},
	}
}

func askVersion(ctx context.Context, e *Env, d Draft) (Prompt, error) {
	s, err := lookAtSecret(ctx, e, d)
	if err != nil {
		return Prompt{}, err
	}
	p := Prompt{Kind: Pick, Options: []Option{{Value: newVersion, Label: "new version", Note: "you enter the token next"}}}
	usable := 0
	for _, v := range s.versions {
		o := Option{Value: v.Name.ID, Label: "version " + v.Name.ID, Note: "added " + v.CreateTime.Format(time.DateOnly)}
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

func checkVersion(ctx context.Context, e *Env, d Draft) ([]check.Finding, error) {
	if d.Version == "" {
		return nil, nil
	}
	name := VersionName{d.SecretName(), d.Version}
	v, err := e.Version(ctx, name)
	switch KindOf(err) {
	case "":
	case NotFound:
		return []check.Finding{{ID: StepVersion, Level: check.Block, Says: "there is no version " + d.Version + " of " + d.Secret.ID,
			Remedy: &check.Remedy{Command: fmt.Sprintf("gcloud secrets versions list %s --project=%s", d.Secret.ID, d.SecretProject())}}}, nil
	default:
		return nil, err
	}
	if !v.Enabled() {
		f := check.Finding{ID: StepVersion, Level: check.Block, Says: "version " + d.Version + " is " + strings.ToLower(v.State),
			Remedy: &check.Remedy{Says: "choose another version, or add a new one"}}
		if v.State == "DISABLED" {
			f.Remedy = &check.Remedy{Says: "enable it", Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", d.Version, d.Secret.ID, d.SecretProject())}
		}
		return []check.Finding{f}, nil
	}
	return []check.Finding{{ID: StepVersion, Level: check.OK, Says: "version " + d.Version + " is enabled"}}, nil
}
