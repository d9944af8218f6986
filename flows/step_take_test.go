package flows

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/token"
)

// TestTake gives each question answers of the right form and of wrong ones.
func TestTake(t *testing.T) {
	elsewhere := Options{SecretProject: "other-project", Location: "europe"}
	for _, c := range []struct {
		step   Step
		o      Options
		text   string
		want   string // what the trail shows; empty: it is refused
		refuse string // part of what is said against it
	}{
		{step: stepProject(), text: "demo-project", want: "demo-project"},
		{step: stepProject(), text: "  projects/demo-project ", want: "demo-project"},
		{step: stepProject(), text: "123456789", want: "123456789"},
		{step: stepProject(), text: "example.com:demo-project", want: "example.com:demo-project"},
		{step: stepProject(), text: "", refuse: "not a project id"},
		{step: stepProject(), text: "Demo", refuse: "lower-case"},
		{step: stepProject(), text: "demo project", refuse: "not a project id"},
		{step: stepProject(), text: "projects/demo/../x", refuse: "not a project id"},
		{step: stepProject(), text: "dеmo-project", refuse: "not a project id"}, // a Cyrillic letter

		{step: stepRepository(), text: "hub", want: "hub"},
		{step: stepRepository(), text: " us-central1/hub ", want: "us-central1/hub"},
		{step: stepRepository(), text: "projects/demo-project/locations/us/repositories/hub", want: "us/hub"},
		{step: stepRepository(), o: elsewhere, text: "hub", want: "europe/hub"},
		{step: stepRepository(), o: elsewhere, text: "us/hub", refuse: "another location"},
		{step: stepRepository(), text: "projects/other-project/locations/us/repositories/hub", refuse: "another project"},
		{step: stepRepository(), text: "projects/demo-project/repositories/hub", refuse: "full name"},
		{step: stepRepository(), text: "US_central/hub", refuse: "not a location"},
		{step: stepRepository(), text: "us/Hub", refuse: "not a repository's name"},
		{step: stepRepository(), text: "us/hub/more", refuse: "not a repository's name"},
		{step: stepRepository(), text: "", refuse: "not a repository's name"},
		{step: stepRepository(), text: strings.Repeat("a", 64), refuse: "63"},

		{step: stepSecret(), text: "hub_Token-1", want: "hub_Token-1"},
		{step: stepSecret(), text: "projects/other-project/secrets/s", want: "projects/other-project/secrets/s"},
		{step: stepSecret(), text: "projects/demo-project/secrets/s", want: "s"},
		{step: stepSecret(), text: "projects/demo-project/secrets/s/versions/3", want: "s"},
		{step: stepSecret(), o: elsewhere, text: "s", want: "projects/other-project/secrets/s"},
		{step: stepSecret(), o: elsewhere, text: "projects/demo-project/secrets/s", refuse: "another project"},
		{step: stepSecret(), text: "projects/demo-project/locations/us/secrets/s", refuse: "regional"},
		{step: stepSecret(), text: "projects/Demo/secrets/s", refuse: "not a project id"},
		{step: stepSecret(), text: "projects/demo-project/secrets/s/versions/latest", refuse: "pinned by its number"},
		{step: stepSecret(), text: "a.b", refuse: "not a secret's name"},
		{step: stepSecret(), text: "../../etc", refuse: "not a secret's name"},
		{step: stepSecret(), text: strings.Repeat("a", 256), refuse: "255"},

		{step: stepVersion(), text: "new", want: "a new one"},
		{step: stepVersion(), text: " 7 ", want: "7"},
		{step: stepVersion(), text: "007", want: "7"},
		{step: stepVersion(), text: "0", refuse: "not a version's number"},
		{step: stepVersion(), text: "latest", refuse: "not a version's number"},
		{step: stepVersion(), text: "-1", refuse: "not a version's number"},

		{step: stepUsername(), text: " ada ", want: "ada"},
		{step: stepUsername(), text: "  ", refuse: "empty"},
		{step: stepUsername(), text: "a\x1bb", refuse: "control character"},
		{step: stepUsername(), text: strings.Repeat("a", 1025), refuse: "too long"},

		{step: stepUsers(), text: "all", want: "all that use the secret"},
		{step: stepUsers(), text: "only", want: "only this one"},
		{step: stepUsers(), text: "some", refuse: `neither "all" nor "only"`},
		{step: stepCreated(), text: "delete", want: "delete"},
		{step: stepCreated(), text: "keep", want: "keep"},
		{step: stepCreated(), text: "yes", refuse: `neither "keep" nor "delete"`},
		{step: stepFlow(), text: "rotate", want: "rotate"},
		{step: stepFlow(), text: "mend", want: "mend"},
		{step: stepFlow(), text: "dance", refuse: "nothing that this program does"},
	} {
		d := Draft{Project: testProject, Options: c.o, From: map[string]Source{StepProject: Flag}}
		m := &Machine{draft: d, answers: map[string]Answer{c.step.ID: {Text: c.text}}}
		err := c.step.take(&m.draft, Answer{Text: c.text, From: Asked})
		switch {
		case c.refuse != "":
			if !IsUsage(err) || !strings.Contains(err.Error(), c.refuse) {
				t.Errorf("%s %q: %v, want %q", c.step.ID, c.text, err, c.refuse)
			}
			if _, taken := m.draft.From[c.step.ID]; taken && c.step.ID != StepProject {
				t.Errorf("%s %q: refused, and recorded", c.step.ID, c.text)
			}
		case err != nil:
			t.Errorf("%s %q: %v", c.step.ID, c.text, err)
		case m.show(c.step) != c.want || m.draft.From[c.step.ID] != Asked:
			t.Errorf("%s %q is shown as %q from %s, want %q", c.step.ID, c.text, m.show(c.step), m.draft.From[c.step.ID], c.want)
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
		{"alone", testToken, testToken, 0, "", "36 characters"},
		{"with a line end", testToken + "\n", testToken, 1, "", "36 characters"},
		{"with spaces all around", "  " + testToken + "\r\n", testToken, 4, "", "36 characters"},
		{"spaces within stay", "a b", "a b", 0, "", "3 characters"},
		{"of one character", "x", "x", 0, "", "1 character"},
		{"empty", "", "", 0, "empty", ""},
		{"nothing but white space", " \t\n", "", 0, "white space", ""},
		{"too long", strings.Repeat("x", maxPayload+1), "", 0, "65536", ""},
		{"as long as may be", strings.Repeat("x", maxPayload) + "\n", strings.Repeat("x", maxPayload), 1, "", "65536 characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := token.New([]byte(c.typed))
			d := Draft{From: map[string]Source{}}
			err := takeToken(&d, Answer{Secret: s})
			if c.refuse != "" {
				if !IsUsage(err) || !strings.Contains(err.Error(), c.refuse) {
					t.Fatalf("got %v, want %q", err, c.refuse)
				}
				return
			}
			if err != nil || string(d.Token.Reveal()) != c.want || d.Trimmed != c.trimmed {
				t.Fatalf("%v: %d bytes, %d left out", err, d.Token.Len(), d.Trimmed)
			}
			if shown := stepToken().Show(d); shown != c.shown {
				t.Errorf("shown as %q", shown)
			}
			taken := d.Token.Reveal()
			s.Wipe()
			if strings.Trim(string(taken), "\x00") != "" {
				t.Error("the token outlives the answer it came with")
			}
		})
	}
	if shown := stepToken().Show(Draft{}); shown != "given" {
		t.Errorf("a token that was stored is shown as %q", shown)
	}
	if one, two := spaceLeftOut(1), spaceLeftOut(2); !strings.HasPrefix(one, "1 character of") || !strings.Contains(one, " was ") || !strings.HasPrefix(two, "2 characters") {
		t.Errorf("%q, %q", one, two)
	}
}
