package reliability

import "google.golang.org/grpc/codes"

// flow is a command that changes something, in the world it begins with.
type flow struct {
	name, says          string
	project, repository string
	// before are commands that are run first and must succeed.
	before [][]string
	// command is what is tested; TOKEN stands for a file with the new token,
	// RECEIPT for that of the run before.
	command []string
	// takesBack: where it cannot prove what it did it takes that back. What is
	// left then is a disabled version, which the next run enables again.
	takesBack bool
	// once: there is nothing left to do for a second run after a good one, and
	// it says so.
	once bool
}

func (f flow) repositoryName() string {
	return "projects/" + f.project + "/locations/us-central1/repositories/" + f.repository
}

const agentOfShop = "serviceAccount:service-700000000001@gcp-sa-artifactregistry.iam.gserviceaccount.com"
const agentOfFresh = "serviceAccount:service-700000000002@gcp-sa-artifactregistry.iam.gserviceaccount.com"

// agent is the service agent of the flow's project.
func (f flow) agent() string {
	if f.project == "rel-fresh" {
		return agentOfFresh
	}
	return agentOfShop
}

func setup(project, repository, secret string) []string {
	return []string{"setup", "--project", project, "--repository", "us-central1/" + repository, "--secret", secret,
		"--username", username, "--token-file", "TOKEN", "--verify-with", "app:latest"}
}

// writeFlows are all flows that change anything.
var writeFlows = []flow{
	{
		name: "setup-new-secret", says: "`setup` of a repository that has credentials, with a secret that does not exist",
		project: "rel-shop", repository: "images", command: setup("rel-shop", "images", "brand-new"),
	},
	{
		name: "setup-existing-secret", says: "`setup` of a repository that has credentials, with another secret, whose policy has conditions",
		project: "rel-shop", repository: "images", command: setup("rel-shop", "images", "spare-token"),
	},
	{
		name: "setup-from-nothing", says: "`setup` in a project without Secret Manager and without the service agent",
		project: "rel-fresh", repository: "images", command: setup("rel-fresh", "images", "images-token"),
	},
	{
		name: "doctor-fix", says: "`doctor --fix` of a repository whose version is disabled and whose service agent has access only under a condition",
		project: "rel-shop", repository: "locked-out",
		command: []string{"doctor", "--project", "rel-shop", "--repository", "us-central1/locked-out", "--fix", "--verify-with", "app:latest"},
	},
	{
		name: "rotate", says: "`rotate` of a repository that is in use",
		project: "rel-shop", repository: "images", takesBack: true,
		command: []string{"rotate", "--project", "rel-shop", "--repository", "us-central1/images", "--token-file", "TOKEN", "--verify-with", "app:latest"},
	},
	{
		name: "remove", says: "`remove` of the credentials of a repository that is in use",
		project: "rel-shop", repository: "images",
		command: []string{"remove", "--project", "rel-shop", "--repository", "us-central1/images"},
	},
	{
		name: "undo-setup", says: "`undo` of a `setup` with another secret",
		project: "rel-shop", repository: "images", before: [][]string{setup("rel-shop", "images", "spare-token")},
		command: []string{"undo"}, once: true,
	},
	{
		name: "undo-rotate", says: "`undo RECEIPT` of a `rotate`",
		project: "rel-shop", repository: "images",
		before:  [][]string{{"rotate", "--project", "rel-shop", "--repository", "us-central1/images", "--token-file", "TOKEN", "--verify-with", "app:latest"}},
		command: []string{"undo", "RECEIPT"},
	},
}

// kind is a way in which a call goes wrong.
type kind struct {
	name, says string
	// code is what is answered; OK: what the emulator answers.
	code codes.Code
	// after: the call happens, its answer is not told.
	after bool
	// cut: the connection ends. kill: the program does. outage: all calls
	// from there on fail.
	cut, kill, outage bool
	// foreign tells what somebody else does at that moment.
	foreign foreign
	// writes: it makes a difference to a call that changes something alone.
	writes bool
}

type foreign int

const (
	nobody foreign = iota
	grants
	edits
)

// kinds are all ways, in the order of the page's columns.
var kinds = []kind{
	{name: "unavailable", says: "UNAVAILABLE; the call does not happen", code: codes.Unavailable},
	{name: "lost", says: "the call happens, UNAVAILABLE is answered", code: codes.Unavailable, after: true},
	{name: "deadline", says: "DEADLINE_EXCEEDED; the call does not happen", code: codes.DeadlineExceeded},
	{name: "late", says: "the call happens, DEADLINE_EXCEEDED is answered", code: codes.DeadlineExceeded, after: true, writes: true},
	{name: "aborted", says: "ABORTED", code: codes.Aborted},
	{name: "denied", says: "PERMISSION_DENIED", code: codes.PermissionDenied},
	{name: "exhausted", says: "RESOURCE_EXHAUSTED", code: codes.ResourceExhausted},
	{name: "cut", says: "the connection is cut before the call happens", cut: true},
	{name: "cut-after", says: "the call happens, the connection is cut before its answer", cut: true, after: true, writes: true},
	{name: "outage", says: "from this call on Google answers UNAVAILABLE to everything", code: codes.Unavailable, outage: true},
	{name: "outage-after", says: "the call happens, and from its answer on everything is UNAVAILABLE", code: codes.Unavailable, outage: true, after: true, writes: true},
	{name: "killed", says: "the program is ended by SIGKILL before the call happens", kill: true},
	{name: "killed-after", says: "the call happens, the program is ended by SIGKILL before its answer", kill: true, after: true, writes: true},
	{name: "granted", says: "somebody else grants a role on every secret just before the call happens", foreign: grants},
	{name: "edited", says: "somebody else edits the repository just before the call happens", foreign: edits},
}
