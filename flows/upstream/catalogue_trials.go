package upstream

import "example.com/upstreamauth/flows/text"

// compared says how a token is checked where a wrong one might be accepted too.
var compared = text.New(
	"To check the token, upstreamauth signs in with it and with a made-up one, and compares the answers.")

// The trials that several entries share.
var (
	byRegistry = Trial{compared, dockerTrial{}.run}
	byProtocol = Trial{compared, tryProtocol}
	// byToken is for registries that are known to reject every wrong credential.
	byToken = Trial{text.New("To check the token, upstreamauth signs in to the registry with it."), dockerTrial{strict: true}.run}
)
