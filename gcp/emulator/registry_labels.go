package emulator

import (
	"maps"
	"slices"
)

// Limits of a repository's labels (google.devtools.artifactregistry.v1.Repository.labels).
const (
	maxRepositoryLabels = 64
	maxRepositoryLabel  = 63 // characters of a key or a value
)

// checkRepositoryLabels holds labels against the rules of the field: keys begin
// with a lower-case letter, and both have lower-case letters, digits, _ and -.
// The texts are modelled.
func checkRepositoryLabels(labels map[string]string) error {
	if len(labels) > maxRepositoryLabels {
		return invalidField("repository.labels", "A repository can have at most %d labels.", maxRepositoryLabels)
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value := labels[key]
		if key == "" || key[0] < 'a' || key[0] > 'z' || !isLabelText(key) {
			return invalidField("repository.labels", "The label key %q is invalid: it must begin with a lowercase letter, have at most %d "+
				"characters, and only lowercase letters, digits, underscores and dashes.", key, maxRepositoryLabel)
		}
		if !isLabelText(value) {
			return invalidField("repository.labels", "The value %q of the label %q is invalid: it must have at most %d characters, and only "+
				"lowercase letters, digits, underscores and dashes.", value, key, maxRepositoryLabel)
		}
	}
	return nil
}

func isLabelText(text string) bool {
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return len(text) <= maxRepositoryLabel
}
