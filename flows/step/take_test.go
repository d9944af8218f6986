package step

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// TestTake gives each question answers of the right form and of wrong ones.
func TestTake(t *testing.T) {
	elsewhere := engine.Options{SecretProject: "other-project", Location: "europe"}
	for _, c := range []struct {
		step   engine.Step
		o      engine.Options
		text   string
		want   string // what the trail shows; empty: it is refused
		refuse string // part of what is said against it
	}{
		{step: Project(), text: "demo-project", want: "demo-project"},
		{step: Project(), text: "  projects/demo-project ", want: "demo-project"},
		{step: Project(), text: "123456789", want: "123456789"},
		{step: Project(), text: "example.com:demo-project", want: "example.com:demo-project"},
		{step: Project(), text: "", refuse: "not a project ID"},
		{step: Project(), text: "Demo", refuse: "lower-case"},
		{step: Project(), text: "demo project", refuse: "not a project ID"},
		{step: Project(), text: "projects/demo/../x", refuse: "not a project ID"},
		{step: Project(), text: "dеmo-project", refuse: "not a project ID"}, // a Cyrillic letter

		{step: Repository(), text: "hub", want: "hub"},
		{step: Repository(), text: " us-central1/hub ", want: "us-central1/hub"},
		{step: Repository(), text: "projects/demo-project/locations/us/repositories/hub", want: "us/hub"},
		{step: Repository(), o: elsewhere, text: "hub", want: "europe/hub"},
		{step: Repository(), o: elsewhere, text: "us/hub", refuse: "another location"},
		{step: Repository(), text: "projects/other-project/locations/us/repositories/hub", refuse: "another project"},
		{step: Repository(), text: "projects/demo-project/repositories/hub", refuse: "full name"},
		{step: Repository(), text: "US_central/hub", refuse: "not a location"},
		{step: Repository(), text: "us/Hub", refuse: "not a repository name"},
		{step: Repository(), text: "us/hub/more", refuse: "not a repository name"},
		{step: Repository(), text: "", refuse: "not a repository name"},
		{step: Repository(), text: strings.Repeat("a", 64), refuse: "63"},

		{step: Secret(), text: "hub_Token-1", want: "hub_Token-1"},
		{step: Secret(), text: "projects/other-project/secrets/s", want: "projects/other-project/secrets/s"},
		{step: Secret(), text: "projects/demo-project/secrets/s", want: "s"},
		{step: Secret(), text: "projects/demo-project/secrets/s/versions/3", want: "s"},
		{step: Secret(), o: elsewhere, text: "s", want: "projects/other-project/secrets/s"},
		{step: Secret(), o: elsewhere, text: "projects/demo-project/secrets/s", refuse: "another project"},
		{step: Secret(), text: "projects/demo-project/locations/us/secrets/s", refuse: "regional"},
		{step: Secret(), text: "projects/Demo/secrets/s", refuse: "not a project ID"},
		{step: Secret(), text: "projects/demo-project/secrets/s/versions/latest", refuse: "by its number"},
		{step: Secret(), text: "a.b", refuse: "not a secret name"},
		{step: Secret(), text: "../../etc", refuse: "not a secret name"},
		{step: Secret(), text: strings.Repeat("a", 256), refuse: "255"},

		{step: Version(), text: "new", want: "new"},
		{step: Version(), text: " 7 ", want: "7"},
		{step: Version(), text: "007", want: "7"},
		{step: Version(), text: "0", refuse: "not a version number"},
		{step: Version(), text: "latest", refuse: "not a version number"},
		{step: Version(), text: "-1", refuse: "not a version number"},

		{step: Username(), text: " ada ", want: "ada"},
		{step: Username(), text: "  ", refuse: "empty"},
		{step: Username(), text: "a\x1bb", refuse: "control character"},
		{step: Username(), text: strings.Repeat("a", 1025), refuse: "too long"},

		{step: Users(), text: "all", want: "all that use the secret"},
		{step: Users(), text: "only", want: "only this one"},
		{step: Users(), text: "some", refuse: `neither "all" nor "only"`},
	} {
		d := engine.Draft{Project: cloudtest.TestProject, Options: c.o, From: map[string]engine.Source{engine.StepProject: engine.Flag}}
		err := c.step.Record(&d, engine.Answer{Text: c.text, From: engine.Asked})
		switch {
		case c.refuse != "":
			if !engine.IsUsage(err) || !strings.Contains(err.Error(), c.refuse) {
				t.Errorf("%s %q: %v, want %q", c.step.ID, c.text, err, c.refuse)
			}
			if _, taken := d.From[c.step.ID]; taken && c.step.ID != engine.StepProject {
				t.Errorf("%s %q: refused, and recorded", c.step.ID, c.text)
			}
		case err != nil:
			t.Errorf("%s %q: %v", c.step.ID, c.text, err)
		case shown(c.step, d, c.text) != c.want || d.From[c.step.ID] != engine.Asked:
			t.Errorf("%s %q is shown as %q from %s, want %q", c.step.ID, c.text, shown(c.step, d, c.text), d.From[c.step.ID], c.want)
		}
	}
}

// TestTakeToken: the token itself is what is left without the white space
// around it, and wiping one wipes the other.
func TestTakeToken(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		want        string
		trimmed     int
		refuse      string
		shown       string
	}{
		{"alone", cloudtest.TestToken, cloudtest.TestToken, 0, "", "36 characters"},
		{"with a line end", cloudtest.TestToken + "\n", cloudtest.TestToken, 1, "", "36 characters"},
		{"with spaces all around", "  " + cloudtest.TestToken + "\r\n", cloudtest.TestToken, 4, "", "36 characters"},
		{"spaces within stay", "a b", "a b", 0, "", "3 characters"},
		{"of one character", "x", "x", 0, "", "1 character"},
		{"empty", "", "", 0, "empty", ""},
		{"nothing but white space", " \t\n", "", 0, "white space", ""},
		{"too long", strings.Repeat("x", maxPayload+1), "", 0, "65,536", ""},
		{"as long as may be", strings.Repeat("x", maxPayload) + "\n", strings.Repeat("x", maxPayload), 1, "", "65,536 characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := token.New([]byte(c.typed))
			d := engine.Draft{From: map[string]engine.Source{}}
			err := takeToken(&d, engine.Answer{Secret: s})
			if c.refuse != "" {
				if !engine.IsUsage(err) || !strings.Contains(err.Error(), c.refuse) {
					t.Fatalf("got %v, want %q", err, c.refuse)
				}
				return
			}
			if err != nil || string(d.Token.Reveal()) != c.want || d.Trimmed != c.trimmed {
				t.Fatalf("%v: %d bytes, %d left out", err, d.Token.Len(), d.Trimmed)
			}
			if shown := Token().Show(d).In(text.English); shown != c.shown {
				t.Errorf("shown as %q", shown)
			}
			taken := d.Token.Reveal()
			s.Wipe()
			if strings.Trim(string(taken), "\x00") != "" {
				t.Error("the token outlives the answer it came with")
			}
		})
	}
	if shown := Token().Show(engine.Draft{}).In(text.English); shown != "given" {
		t.Errorf("a token that was stored is shown as %q", shown)
	}
}

// shown is an answer as the trail has it.
func shown(s engine.Step, d engine.Draft, given string) string {
	if s.Show == nil {
		return given
	}
	return s.Show(d).In(text.English)
}
