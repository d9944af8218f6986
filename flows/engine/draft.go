package engine

import (
	"maps"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
)

// Source is where an answer comes from.
type Source string

// The sources of answers.
const (
	Asked       Source = "asked"
	Flag        Source = "flag"
	Environment Source = "environment"
	Config      Source = "configuration"
	Only        Source = "only candidate"
	Default     Source = "default"
)

// Answer is what was answered to a step.
type Answer struct {
	Text   string
	Secret token.Secret
	// AsIs: a token is taken whatever it looks like, byte for byte.
	AsIs bool
	From Source
}

// Draft holds the answers so far. It is passed by value; Take alone changes it.
type Draft struct {
	Flow       string
	Project    string // id or number, as answered
	Location   string // may be empty until the repository is found
	Repository string // short name
	// Secret's project is empty where it is the repository's.
	Secret cloud.SecretName
	// Version is the number of an existing version to use; empty: a new one.
	Version  string
	Username string
	// UsernameAsIs tells that the user name was taken whatever it looks like.
	UsernameAsIs bool
	Token        token.Secret
	// AsIs tells that the token was taken whatever it looks like, as asked.
	AsIs bool
	// Trimmed is how many characters of white space were taken off the token.
	Trimmed int
	Options Options
	// Agreed is the stored token, and the upstream, that a person agreed to try
	// it on though Google can't be seen to send it there; empty: none.
	Agreed string
	// Public tells that a person lets the token be stored in a secret that too
	// many may read.
	Public bool
	// Looking tells a check that the answer is only looked at: what costs
	// something can wait until it is submitted, if there is a warning already.
	Looking bool
	// From says where each answer comes from, by step id.
	From map[string]Source
}

// Options are the choices that are no questions.
type Options struct {
	// Location is where a short repository name is looked for, and the only
	// location that is listed; empty: all.
	Location string
	// SecretProject is the project of the secret where it is another one.
	SecretProject string
	// ReplicationLocations and KMSKeys shape a new secret.
	ReplicationLocations []string
	KMSKeys              []string
	// AllowRealms are the foreign token realms that may get the credential.
	AllowRealms []string
	// AllowPublicSecret lets a token be stored where everybody, or a whole
	// company, pool or project, may read it.
	AllowPublicSecret bool
	// TokenAsIs takes a token whatever it looks like, byte for byte.
	TokenAsIs bool
	// SkipTrial leaves out trying the credential on its upstream, SkipVerify
	// the real pull; VerifyWith names an artifact to pull.
	SkipTrial, SkipVerify bool
	VerifyWith            string
	// Fix lets doctor mend; KeepOld lets rotate leave the old version enabled,
	// DisableOld lets it disable that even where another tool may switch back to
	// it; AllUsers lets it switch the other repositories of the secret as well.
	Fix, KeepOld, DisableOld, AllUsers bool
	// DeleteCreated lets undo delete a secret that the run created.
	DeleteCreated bool
	// Receipt is the file of the run to undo; empty: the last one.
	Receipt string
}

// clone copies what Take may change in place.
func (d Draft) clone() Draft {
	d.From = maps.Clone(d.From)
	if d.From == nil {
		d.From = map[string]Source{}
	}
	return d
}

// SecretProject is the project that holds the secret.
func (d Draft) SecretProject() string {
	switch {
	case d.Secret.Project != "":
		return d.Secret.Project
	case d.Options.SecretProject != "":
		return d.Options.SecretProject
	default:
		return d.Project
	}
}

// SecretName is the full name of the secret that was answered.
func (d Draft) SecretName() cloud.SecretName {
	return cloud.SecretName{Project: d.SecretProject(), ID: d.Secret.ID}
}
