package cloud

import (
	"cmp"
	"regexp"
)

// KeyName names a key of Cloud KMS.
type KeyName struct{ Project, Location, Ring, ID string }

var keyName = regexp.MustCompile(`^projects/([^/\s]+)/locations/([a-z0-9-]+)/keyRings/([A-Za-z0-9_-]+)/cryptoKeys/([A-Za-z0-9_-]+)$`)

// ParseKeyName reads a key's full resource name.
func ParseKeyName(s string) (KeyName, bool) {
	m := keyName.FindStringSubmatch(s)
	if m == nil {
		return KeyName{}, false
	}
	return KeyName{m[1], m[2], m[3], m[4]}, true
}

// Anywhere is the location of the keys that automatic replication takes.
const Anywhere = "global"

// KeyFor is the key that encrypts the replica in a location; "" stands for
// automatic replication. Secret Manager takes a key of "global" there, and one
// of the replica's own location elsewhere (Secret Manager's API,
// CustomerManagedEncryption.kms_key_name).
func (s SecretSpec) KeyFor(location string) string {
	for _, k := range s.KMSKeys {
		if n, ok := ParseKeyName(k); ok && n.Location == cmp.Or(location, Anywhere) {
			return k
		}
	}
	return ""
}
