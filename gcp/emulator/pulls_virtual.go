package emulator

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
)

// serveVirtual answers from the first upstream of a virtual repository that
// has what is wanted, in the order of their priorities, the greatest first
// (cloud.google.com/artifact-registry/docs/repositories/virtual-overview).
// That an index is the first one's and not all of them joined, and that a
// failure other than "not found" is the answer, is modelled.
func (p pulls) serveVirtual(w http.ResponseWriter, r *http.Request, wanted pull, from readFrom) error {
	err := error(refusal{http.StatusNotFound, "Requested entity was not found."})
	for _, upstream := range p.upstreamsOf(from) {
		err = p.serveRemote(w, r, wanted, upstream)
		var no refusal
		if err == nil || !errors.As(err, &no) || no.status != http.StatusNotFound {
			return err
		}
	}
	return err
}

// upstreamsOf are the repositories behind a virtual one that are there.
func (p pulls) upstreamsOf(from readFrom) []readFrom {
	policies := slices.Clone(from.pb.GetVirtualRepositoryConfig().GetUpstreamPolicies())
	slices.SortStableFunc(policies, func(a, b *artifactregistrypb.UpstreamPolicy) int {
		return cmp.Or(cmp.Compare(b.GetPriority(), a.GetPriority()), cmp.Compare(a.GetRepository(), b.GetRepository()))
	})
	p.world.mu.RLock()
	defer p.world.mu.RUnlock()
	var all []readFrom
	for _, policy := range policies {
		parts, ok := split("projects/*/locations/*/repositories/*", policy.GetRepository())
		if !ok || p.world.byName[parts[0]] == nil {
			continue
		}
		owner := p.world.byName[parts[0]]
		if r, exists := owner.repositories.get(repositoryKey(parts[1], parts[2])); exists && r.pb.GetMode() != artifactregistrypb.Repository_VIRTUAL_REPOSITORY {
			all = append(all, readFrom{owner, r, r.pb})
		}
	}
	return all
}
