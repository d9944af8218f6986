package emulator

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed scenarios/*.yaml
var scenarioFiles embed.FS

// The types below are the format of a seed file; docs/EMULATOR.md describes
// it. The built-in scenarios are such files, but for the fleet, which is made
// from numbers.

type seedWorld struct {
	Callers             []string            `yaml:"callers"`
	Roles               map[string][]string `yaml:"roles"`
	RequireQuotaProject bool                `yaml:"requireQuotaProject"`
	AssetDelay          time.Duration       `yaml:"assetDelay"`
	Groups              map[string][]string `yaml:"groups"` // by their addresses
	Organizations       []seedContainer     `yaml:"organizations"`
	Folders             []seedContainer     `yaml:"folders"` // each after its parent
	Projects            []seedProject       `yaml:"projects"`
}

type seedProject struct {
	ID               string            `yaml:"id"`
	Number           int64             `yaml:"number"`
	Name             string            `yaml:"name"`
	Parent           string            `yaml:"parent"`
	State            string            `yaml:"state"`
	Labels           map[string]string `yaml:"labels"`
	Services         []string          `yaml:"services"`
	Disabled         []string          `yaml:"disabled"`
	Agent            *bool             `yaml:"agent"` // unset: if there are repositories
	Identity         identityOutcome   `yaml:"identity"`
	Perimeter        bool              `yaml:"perimeter"`
	AllowUpstreams   []string          `yaml:"allowUpstreams"`
	NoBilling        bool              `yaml:"noBilling"`
	AllowedLocations []string          `yaml:"allowedLocations"`
	AllowedDomains   []string          `yaml:"allowedDomains"`
	Denied           bool              `yaml:"denied"`
	Policy           []seedBinding     `yaml:"policy"`
	Keys             []seedKey         `yaml:"keys"`
	Repositories     []seedRepository  `yaml:"repositories"`
	Secrets          []seedSecret      `yaml:"secrets"`

	ServiceAccounts []seedServiceAccount `yaml:"serviceAccounts"`
}

type seedBinding struct {
	Role      string         `yaml:"role"`
	Members   []string       `yaml:"members"`
	Condition *seedCondition `yaml:"condition"`
}

type seedCondition struct {
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	Expression  string `yaml:"expression"`
}

type seedRepository struct {
	Name        string            `yaml:"name"` // LOCATION/ID
	Format      string            `yaml:"format"`
	Mode        string            `yaml:"mode"`
	Upstream    string            `yaml:"upstream"`
	Custom      bool              `yaml:"custom"`
	Of          []seedUpstream    `yaml:"of"`
	Logs        string            `yaml:"platformLogs"`
	NoCache     bool              `yaml:"noCache"`
	Username    string            `yaml:"username"`
	Password    string            `yaml:"password"`
	Description string            `yaml:"description"`
	Labels      map[string]string `yaml:"labels"`
	Age         time.Duration     `yaml:"age"`
	Policy      []seedBinding     `yaml:"policy"`
}

type seedKey struct {
	Name   string        `yaml:"name"` // LOCATION/RING/KEY
	Policy []seedBinding `yaml:"policy"`
}

// seedUpstream is an upstream of a virtual repository.
type seedUpstream struct {
	Repository string `yaml:"repository"` // LOCATION/ID, or a full name
	Priority   int32  `yaml:"priority"`
}

type seedSecret struct {
	ID          string            `yaml:"id"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
	Replicas    []string          `yaml:"replicas"`
	Key         string            `yaml:"key"`
	Type        string            `yaml:"type"`
	Age         time.Duration     `yaml:"age"`
	ExpiresIn   time.Duration     `yaml:"expiresIn"`
	DestroyTTL  time.Duration     `yaml:"destroyTTL"`
	Aliases     map[string]int64  `yaml:"aliases"`
	Versions    []seedVersion     `yaml:"versions"`
	Policy      []seedBinding     `yaml:"policy"`
}

type seedVersion struct {
	Data     string        `yaml:"data"`
	TokenFor string        `yaml:"tokenFor"` // an embedded upstream, whose demo token it holds
	State    string        `yaml:"state"`
	Age      time.Duration `yaml:"age"`
}

// populate fills the world with what the options ask for.
func (s *Server) populate() error {
	seed, err := s.options.seed()
	if err != nil {
		return err
	}
	b := &builder{Server: s}
	return b.build(seed)
}

// seed reads or makes the world that the options name.
func (o Options) seed() (seedWorld, error) {
	if o.SeedFile != "" {
		if o.Scenario != "" {
			return seedWorld{}, errors.New("a scenario and a seed file cannot go together")
		}
		text, err := os.ReadFile(o.SeedFile)
		if err != nil {
			return seedWorld{}, fmt.Errorf("read the seed file: %w", err)
		}
		return parseSeed(o.SeedFile, text)
	}
	switch o.Scenario {
	case "", "empty":
		return seedWorld{}, nil
	case "fleet":
		return fleet(o.Projects, o.Repositories, o.Seed), nil
	}
	name := "scenarios/" + o.Scenario + ".yaml"
	text, err := scenarioFiles.ReadFile(name)
	if err != nil {
		return seedWorld{}, fmt.Errorf("there is no scenario %q; there are onboarding, broken, fleet and empty", o.Scenario)
	}
	return parseSeed(name, text)
}

func parseSeed(name string, text []byte) (seedWorld, error) {
	var seed seedWorld
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&seed); err != nil && !errors.Is(err, io.EOF) {
		return seedWorld{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return seedWorld{}, fmt.Errorf("%s: more than one document", name)
	}
	return seed, nil
}
