package engine

import (
	"slices"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// Sign is how a link of the path stands.
type Sign string

// The signs of links.
const (
	SignOpen      Sign = "open"      // not yet known
	SignHolds     Sign = "holds"     //
	SignCreates   Sign = "creates"   // the plan creates it
	SignChanges   Sign = "changes"   // the plan changes it
	SignWorking   Sign = "working"   // it is being written
	SignUnchecked Sign = "unchecked" // it could not be looked at
	SignWarning   Sign = "warning"   //
	SignBroken    Sign = "broken"    //
)

// Path is the way of a pull, as one picture of all flows: the repository, whose
// service agent reads the secret, whose token opens the upstream.
type Path struct {
	Stations [4]Station
	Links    [3]Link
}

// The stations of a path, in their order.
const (
	AtRepository = iota
	AtAgent
	AtSecret
	AtUpstream
)

// Station is one end of a link.
type Station struct {
	// Name is what a person calls it; Named tells that a person gave that name.
	Name  text.Text
	Named bool
	// Note says in a few words what is known of it; may be empty.
	Note text.Text
}

// Link joins a station and the next one.
type Link struct {
	Sign Sign
	// Note says in a few words why it does not hold; may be empty.
	Note text.Text
}

// pathChecks are the findings that tell of a link, by its index. A chain has one
// finding for each of its links; elsewhere a secret that exists tells nothing of
// who may read it.
var (
	pathChecks = [3][]string{{"service-agent"}, {CheckGrant}, {CheckUpstream, CheckPull}}
	pathChain  = [3][]string{
		{"apis", "repository", "credentials", "secret-reference", "service-agent"},
		{"secret", "version", CheckGrant},
		{"payload", CheckUpstream, "perimeter", CheckPull},
	}
)

// pathActions are the links at which actions are at work, and the signs of those
// that are planned.
var pathActions = map[string]struct {
	link    int
	planned Sign
}{
	ActEnableAPIs:     {1, SignOpen},
	ActCreateSecret:   {1, SignOpen},
	ActAddVersion:     {1, SignOpen},
	ActEnableVersion:  {1, SignChanges},
	ActDisableVersion: {1, SignOpen},
	ActDisableOld:     {1, SignOpen},
	ActDeleteSecret:   {1, SignOpen},
	ActGrant:          {1, SignCreates},
	ActRevoke:         {1, SignChanges},
	ActCreateAgent:    {0, SignCreates},
	ActUpdate:         {0, SignChanges},
	ActClear:          {0, SignChanges},
	ActVerify:         {2, SignOpen},
}

// Path is the report's picture.
func (r Report) Path() Path {
	p := Path{Links: [3]Link{{Sign: SignOpen}, {Sign: SignOpen}, {Sign: SignOpen}}}
	p.Stations = stations(r)
	ids := pathChecks
	if r.Chain {
		ids = pathChain
	}
	for i := range p.Links {
		p.Links[i] = checked(r.Checks, ids[i])
	}
	for _, a := range r.Actions {
		at, ok := pathActions[a.ID]
		if !ok {
			continue
		}
		l := &p.Links[at.link]
		switch a.State {
		case Running:
			*l = Link{Sign: SignWorking, Note: a.Note}
		case Failed:
			*l = Link{Sign: SignBroken}
		case Planned:
			if at.planned != SignOpen && l.Sign != SignBroken && l.Sign != SignWorking {
				*l = Link{Sign: at.planned}
			}
		case Done, Already:
			if l.Sign == SignOpen && at.planned != SignOpen {
				l.Sign = SignHolds
			}
		case Skipped:
		}
	}
	return p
}

// checked is what findings tell of a link.
func checked(fs []check.Finding, ids []string) Link {
	var about []check.Finding
	for _, f := range fs {
		if slices.Contains(ids, f.ID) {
			about = append(about, f)
		}
	}
	if len(about) == 0 {
		return Link{Sign: SignOpen}
	}
	worst := check.Worst(about)
	f := about[slices.IndexFunc(about, func(f check.Finding) bool { return f.Level == worst })]
	switch worst {
	case check.Block:
		return Link{Sign: SignBroken, Note: f.Says}
	case check.Warning:
		return Link{Sign: SignWarning}
	case check.Unknown:
		return Link{Sign: SignUnchecked}
	default:
		return Link{Sign: SignHolds}
	}
}

// stations are what the path leads through, as far as it is known.
func stations(r Report) [4]Station {
	var all [4]Station
	about := r.About
	all[AtRepository] = Station{Name: text.New("repository")}
	if name := about.Repository.Name; name.ID != "" {
		all[AtRepository] = Station{Name: text.Verbatim(name.ID), Named: true, Note: text.Verbatim(name.Location)}
	}
	all[AtAgent] = Station{Name: text.New("service agent")}
	all[AtSecret] = Station{Name: text.New("secret")}
	if v, ok := cloud.ParseVersionName(about.SecretVersion); ok {
		all[AtSecret] = Station{Name: text.Verbatim(v.Secret.ID), Named: true, Note: versionNote(r, v)}
	}
	all[AtUpstream] = Station{Name: text.New("upstream")}
	if about.Upstream != "" {
		all[AtUpstream] = Station{Name: text.Verbatim(upstream.Recognise(TargetOf(about.Repository)).Name())}
	}
	return all
}

// versionNote says which version the repository reads, and which it will.
func versionNote(r Report, v cloud.VersionName) text.Text {
	state := func(id string) State {
		for _, a := range r.Actions {
			if a.ID == id {
				return a.State
			}
		}
		return ""
	}
	before, had := cloud.ParseVersionName(r.About.Repository.SecretVersion)
	switch {
	case state(ActCreateSecret) == Planned:
		return text.New("new, version %s", v.ID)
	case had && before.Secret.ID == v.Secret.ID && before.ID != v.ID:
		return text.New("version %s → %s", before.ID, v.ID)
	default:
		return text.New("version %s", v.ID)
	}
}
