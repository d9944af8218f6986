// Package cloud is the port to Google: what a flow needs of it, in plain types,
// its names and the kinds of its errors. It knows neither Google's libraries nor
// any flow; package gcp implements it.
package cloud

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/token"
)

// Cloud is what a flow needs of Google, in plain types. All text that it
// returns is clean. All its errors are *Error. Every call ends by a deadline of
// its own where the context brings none.
type Cloud interface {
	Reader
	Writer
}

// Reader is the part of Cloud that changes nothing; every call can be repeated.
type Reader interface {
	// Caller says who is signed in, and whether that works at all.
	Caller(ctx context.Context) (Caller, error)

	// Projects yields all active projects that the caller sees, page by page.
	Projects(ctx context.Context) iter.Seq2[[]Project, error]
	// Project returns one project, by id or number.
	Project(ctx context.Context, id string) (Project, error)
	// ProjectPermissions returns those of the permissions that the caller has.
	ProjectPermissions(ctx context.Context, project string, permissions []string) ([]string, error)
	// ProjectPolicy returns the project's IAM policy at version 3.
	ProjectPolicy(ctx context.Context, project string) (Policy, error)
	// RolePermissions returns what a role permits: a predefined one, or a custom
	// one of a project or an organisation, by its full name.
	RolePermissions(ctx context.Context, role string) ([]string, error)
	// Services tells which of the APIs are on, by their host names.
	Services(ctx context.Context, project string, names []string) (map[string]bool, error)

	// Repositories yields the repositories of all locations as they arrive, one
	// batch a location or page. A location that fails is a batch with Err.
	Repositories(ctx context.Context, project string) iter.Seq2[RepositoryBatch, error]
	Repository(ctx context.Context, name RepositoryName) (Repository, error)
	RepositoryPermissions(ctx context.Context, name RepositoryName, permissions []string) ([]string, error)
	// UpstreamAllowed tells whether the location's VPC Service Controls setting
	// lets remote repositories reach their upstreams from inside a perimeter.
	UpstreamAllowed(ctx context.Context, project, location string) (bool, error)

	// Secrets yields a project's global secrets, newest first, page by page.
	Secrets(ctx context.Context, project string) iter.Seq2[[]SecretInfo, error]
	Secret(ctx context.Context, name SecretName) (SecretInfo, error)
	SecretPermissions(ctx context.Context, name SecretName, permissions []string) ([]string, error)
	// Versions returns a secret's versions, newest first, without their bytes.
	Versions(ctx context.Context, name SecretName) ([]Version, error)
	Version(ctx context.Context, name VersionName) (Version, error)
	// Payload returns a version's bytes after checking their CRC32C. The
	// caller of Payload wipes them.
	Payload(ctx context.Context, name VersionName) (token.Secret, error)
	SecretPolicy(ctx context.Context, name SecretName) (Policy, error)

	// ServiceAgent is the address of Artifact Registry's own identity for a
	// project's number, in the universe that the client speaks to.
	ServiceAgent(projectNumber string) string
	// SecretManagerAgent is that of Secret Manager, which encrypts with a KMS key.
	SecretManagerAgent(projectNumber string) string
	// Upstream says where an upstream is really asked: the emulator's stand-in
	// for it, or the same URI on Google.
	Upstream(ctx context.Context, uri string) (string, error)
	// Pull asks the repository, as the caller, for a small artifact past its
	// cache. An empty artifact means one that does not exist. The answer is
	// what the repository said; an error means it could not be asked.
	Pull(ctx context.Context, r Repository, artifact string) (PullAnswer, error)
}

// Writer is the part of Cloud that changes something.
type Writer interface {
	// EnableServices turns APIs on and waits until they are.
	EnableServices(ctx context.Context, project string, names []string) error
	// CreateServiceAgent makes sure that a service's agent in the project
	// exists. The address Google answers may be empty.
	CreateServiceAgent(ctx context.Context, project, service string) error

	CreateSecret(ctx context.Context, name SecretName, spec SecretSpec) (SecretInfo, error)
	// DeleteSecret deletes a secret if its etag is still the one given; else it
	// answers Conflict. So do EnableVersion, DisableVersion and Revoke. An empty
	// etag stands for any. A write with an etag is never repeated by itself: the
	// second time would meet the etag that the first has left.
	DeleteSecret(ctx context.Context, name SecretName, etag string) error
	// AddVersion stores the bytes with their CRC32C and checks that the answer
	// confirms it. It is never repeated by itself.
	AddVersion(ctx context.Context, name SecretName, payload token.Secret) (Version, error)
	EnableVersion(ctx context.Context, name VersionName, etag string) error
	DisableVersion(ctx context.Context, name VersionName, etag string) error
	// Grant adds the member to an unconditional binding of the role on the
	// secret, keeping everything else byte for byte. It repeats itself when
	// another writer was faster, and reads the result back. It tells whether
	// anything was changed; with an error, whether it may have been.
	Grant(ctx context.Context, name SecretName, role, member string) (changed bool, err error)
	// Revoke takes the member off the role's unconditional binding, likewise.
	// The etag is the policy's.
	Revoke(ctx context.Context, name SecretName, role, member, etag string) (changed bool, err error)

	// SetCredentials writes the repository's user name and secret version, and
	// nothing else of it. An empty user name leaves the one that is there.
	SetCredentials(ctx context.Context, name RepositoryName, username, version string) (Repository, error)
	// ClearCredentials takes the repository's upstream credentials away.
	ClearCredentials(ctx context.Context, name RepositoryName) (Repository, error)
}

// Caller is who is signed in.
type Caller struct {
	// Email may be empty: not every credential says whose it is.
	Email string
	// Kind is "user", "service account", "impersonated service account",
	// "external account", "metadata server" or "emulator".
	Kind string
	// QuotaProject is the project that pays for the calls; may be empty.
	QuotaProject string
}

// Project is a Google Cloud project.
type Project struct {
	ID, Number, DisplayName string
	Active                  bool
	// Parent is the folder or organisation that it is in, as in "folders/1", and
	// whose grants and policies it inherits; empty: it is in none.
	Parent string
}

// RepositoryName names an Artifact Registry repository.
type RepositoryName struct{ Project, Location, ID string }

// String is the full resource name.
func (n RepositoryName) String() string {
	return "projects/" + n.Project + "/locations/" + n.Location + "/repositories/" + n.ID
}

// ParseRepositoryName reads a full resource name.
func ParseRepositoryName(s string) (RepositoryName, bool) {
	p := strings.Split(s, "/")
	if len(p) != 6 || p[0] != "projects" || p[2] != "locations" || p[4] != "repositories" || p[1] == "" || p[3] == "" || p[5] == "" {
		return RepositoryName{}, false
	}
	return RepositoryName{p[1], p[3], p[5]}, true
}

// RepositoryBatch is some of a location's repositories, or why there are none.
type RepositoryBatch struct {
	Location     string
	Repositories []Repository
	Err          error
}

// Repository is an Artifact Registry repository.
type Repository struct {
	Name        RepositoryName
	Format      string // "DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "GO", …
	Mode        string // "REMOTE_REPOSITORY", "STANDARD_REPOSITORY", "VIRTUAL_REPOSITORY"
	Description string
	Labels      map[string]string
	// CreateTime and UpdateTime are zero in an answer that does not say.
	CreateTime, UpdateTime time.Time
	// RegistryURI is where clients pull from, without a scheme, as in
	// "us-docker.pkg.dev/my-project/my-repository".
	RegistryURI string
	// Preset is the public upstream's name, as in "DOCKER_HUB"; empty for a URI.
	Preset string
	// URI is the upstream's address: a preset's own, a custom or common
	// repository's, or the resource name of another Artifact Registry one.
	URI string
	// Username and SecretVersion are the upstream credentials; empty if none.
	// SecretVersion is kept as Google returns it, well formed or not.
	Username, SecretVersion string
	// Size is in bytes.
	Size int64
}

// Remote tells whether the repository pulls from an upstream.
func (r Repository) Remote() bool { return r.Mode == "REMOTE_REPOSITORY" }

// SecretName names a global secret. Project may be an id or a number; Google
// answers with the number.
type SecretName struct{ Project, ID string }

// String is the full resource name.
func (n SecretName) String() string { return "projects/" + n.Project + "/secrets/" + n.ID }

// ParseSecretName reads a full resource name of a global secret.
func ParseSecretName(s string) (SecretName, bool) {
	p := strings.Split(s, "/")
	if len(p) != 4 || p[0] != "projects" || p[2] != "secrets" || p[1] == "" || p[3] == "" {
		return SecretName{}, false
	}
	return SecretName{p[1], p[3]}, true
}

// VersionName names a version of a global secret; ID is a number, "latest" or
// an alias.
type VersionName struct {
	Secret SecretName
	ID     string
}

// String is the full resource name.
func (n VersionName) String() string { return n.Secret.String() + "/versions/" + n.ID }

// Number is the version's number, 0 for "latest" and aliases.
func (n VersionName) Number() int {
	i, err := strconv.Atoi(n.ID)
	if err != nil || i < 1 {
		return 0
	}
	return i
}

// ParseVersionName reads a full resource name of a global secret's version.
func ParseVersionName(s string) (VersionName, bool) {
	secret, id, ok := strings.Cut(s, "/versions/")
	name, well := ParseSecretName(secret)
	if !ok || !well || id == "" || strings.Contains(id, "/") {
		return VersionName{}, false
	}
	return VersionName{name, id}, true
}

// SecretInfo is what Secret Manager says of a secret, never its contents.
type SecretInfo struct {
	Name       SecretName
	CreateTime time.Time
	// ExpireTime is zero for a secret that stays.
	ExpireTime time.Time
	// Type is empty for a plain secret; typed ones restrict their contents.
	Type string
	// Locations are the replicas' locations; empty for automatic replication.
	Locations []string
	// KMSKeys are the full names of the keys that encrypt it; none: Google's own.
	KMSKeys []string
	Labels  map[string]string
	// CreatedBy is the run of this program that made it; empty: none, or one
	// that did not say so.
	CreatedBy string
	// Etag changes with the secret's own settings, not with its versions and
	// its policy (https://cloud.google.com/secret-manager/docs/etags).
	Etag string
}

// SecretSpec is how a new secret is to be made.
type SecretSpec struct {
	// Locations, if any, are its replicas' locations (user-managed
	// replication); none means automatic replication.
	Locations []string
	// KMSKeys are the full names of the keys that encrypt it, one a location;
	// none: Google's own.
	KMSKeys []string
	Labels  map[string]string
	// CreatedBy is the run that makes it.
	CreatedBy string
}

// Version is a version of a secret.
type Version struct {
	Name       VersionName
	State      string // "ENABLED", "DISABLED", "DESTROYED"
	CreateTime time.Time
	Etag       string
}

// Enabled tells whether the version's bytes can be read.
func (v Version) Enabled() bool { return v.State == "ENABLED" }

// Policy is an IAM policy, to be looked at; writing goes through Grant and
// Revoke, which keep what this type does not show.
type Policy struct {
	Bindings []Binding
	Etag     string
}

// Binding gives members a role.
type Binding struct {
	Role    string
	Members []string
	// Condition is the expression that limits it; empty: always.
	Condition string
}

// PullAnswer is what a repository answered to a pull.
type PullAnswer struct {
	// Status is the HTTP status.
	Status int
	// Detail is what the body said, shortened.
	Detail string
	// URL is what was asked for.
	URL string
}

// The names of Google's APIs and of the role and members that flows speak of.
const (
	ArtifactRegistryAPI = "artifactregistry.googleapis.com"
	SecretManagerAPI    = "secretmanager.googleapis.com"
	AccessorRole        = "roles/secretmanager.secretAccessor"
	MemberPrefix        = "serviceAccount:"
)
