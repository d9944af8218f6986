package emulator

import (
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
)

// world is everything that the emulator knows. Whoever reads holds mu for
// reading. Messages in it are never changed once they are in: a change puts
// an altered copy in their place, so that answers can be sent after mu was
// released.
type world struct {
	mu       sync.RWMutex
	projects []*project          // in the order in which they are listed
	byName   map[string]*project // by id, and by number as text
	roles    map[string]role     // custom roles by their full names
	// roleMessages are the custom roles as the IAM API describes them; one that
	// only a seed names has none.
	roleMessages map[string]*adminpb.Role
	hierarchy    hierarchy
	// assetDelay is how old a resource is when it is found in the inventory.
	assetDelay time.Duration
	// requireQuotaProject refuses requests that name no quota project, as
	// Google does with a user's own credentials.
	requireQuotaProject bool
}

func newWorld() *world {
	return &world{byName: map[string]*project{}, roles: map[string]role{}, roleMessages: map[string]*adminpb.Role{}}
}

func (w *world) add(p *project) {
	w.projects = append(w.projects, p)
	w.byName[p.id] = p
	w.byName[strconv.FormatInt(p.number, 10)] = p
}

type project struct {
	id     string
	number int64
	pb     *resourcemanagerpb.Project
	// enabled are the services that are on, by host name.
	enabled map[string]bool
	// agent tells whether Artifact Registry's service agent exists.
	agent bool
	// secretAgent tells whether Secret Manager's does.
	secretAgent bool
	identity    identityOutcome
	policy      *policy
	parent      *container // nil: in none
	accounts    []*adminpb.ServiceAccount
	settings    *artifactregistrypb.ProjectSettings // nil: none were set
	// logging says what is logged of the pulls of a location, or of a repository
	// as in "LOCATION/ID".
	logging map[string]platformLogs
	// repositories are sorted by location and id.
	repositories index[*repository]
	secrets      index[*secret]
	nextSecret   int64
	// upstreamPolicies are the VPC-SC configurations that were set, by location.
	upstreamPolicies map[string]upstreamPolicy
	// perimeter tells whether a service perimeter is around the project. It
	// keeps remote repositories from their upstreams unless those are allowed.
	perimeter bool
	noBilling bool
	// keys are the policies of Cloud KMS keys, by LOCATION/RING/KEY.
	keys map[string]*policy
	// allowedLocations are where secrets may be; empty: anywhere.
	allowedLocations []string
	// allowedDomains are whose members may be in policies; empty: anyone's.
	allowedDomains []string
}

// identityOutcome is what generateServiceIdentity answers: all three have been
// seen in the wild (hashicorp/terraform-provider-google#18649, #21931).
type identityOutcome string

const (
	identityEmail         identityOutcome = "email"
	identityWithoutEmail  identityOutcome = "no-email"
	identityNotConfigured identityOutcome = "not-configured"
)

func (p *project) numberText() string { return strconv.FormatInt(p.number, 10) }

type upstreamPolicy = artifactregistrypb.VPCSCConfig_VPCSCPolicy

// upstreamPolicy is a location's VPC-SC configuration. Google denies unless
// told otherwise; what it says of a project without a perimeter is not
// documented (modelled: nothing).
func (p *project) upstreamPolicy(location string) upstreamPolicy {
	if set, ok := p.upstreamPolicies[location]; ok {
		return set
	}
	if p.perimeter {
		return artifactregistrypb.VPCSCConfig_DENY
	}
	return artifactregistrypb.VPCSCConfig_VPCSC_POLICY_UNSPECIFIED
}

// cutOff tells whether repositories of the location cannot reach upstreams.
func (p *project) cutOff(location string) bool {
	return p.perimeter && p.upstreamPolicy(location) != artifactregistrypb.VPCSCConfig_ALLOW
}

type repository struct {
	project  *project
	location string
	id       string
	pb       *artifactregistrypb.Repository
	policy   *policy
	contents *contents // nil: nothing was pulled yet
}

func repositoryKey(location, id string) string { return location + "/" + id }

type secret struct {
	project *project
	id      string
	// serial orders secrets that were created at the same instant.
	serial   int64
	pb       *secretmanagerpb.Secret
	policy   *policy
	versions []*version // by number: versions[0] is number 1
}

type version struct {
	pb   *secretmanagerpb.SecretVersion
	data []byte
	crc  int64
}

// expired tells whether the secret has come to its end; Google then deletes it.
func (s *secret) expired(now time.Time) bool {
	t := s.pb.GetExpireTime()
	return t != nil && !now.Before(t.AsTime())
}

// index is a list of values sorted by their keys.
type index[T any] struct {
	keys   []string
	values []T
}

func (x *index[T]) get(key string) (T, bool) {
	if i, ok := slices.BinarySearch(x.keys, key); ok {
		return x.values[i], true
	}
	var none T
	return none, false
}

func (x *index[T]) put(key string, v T) {
	i, ok := slices.BinarySearch(x.keys, key)
	if ok {
		x.values[i] = v
		return
	}
	x.keys, x.values = slices.Insert(x.keys, i, key), slices.Insert(x.values, i, v)
}

func (x *index[T]) remove(key string) {
	if i, ok := slices.BinarySearch(x.keys, key); ok {
		x.keys, x.values = slices.Delete(x.keys, i, i+1), slices.Delete(x.values, i, i+1)
	}
}

// prefix returns the values whose keys begin with p. The result is a part of
// the index: it must not be kept after the lock was released.
func (x *index[T]) prefix(p string) []T {
	from, _ := slices.BinarySearch(x.keys, p)
	n := sort.Search(len(x.keys)-from, func(i int) bool {
		k := x.keys[from+i]
		return len(k) < len(p) || k[:len(p)] != p
	})
	return x.values[from : from+n]
}
