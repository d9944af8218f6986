package doctor

import (
	"fmt"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// perimeter judges whether VPC Service Controls keep the repository from its
// upstream. The setting alone forbids nothing, so it has no remedy: there must
// be a perimeter too.
func (x *examination) perimeter() check.Finding {
	r := x.repo.is
	switch {
	case x.diagnosis() == pullPerimeter:
		return check.Finding{Level: check.Block, Code: check.PerimeterBlocks, Says: text.New("VPC Service Controls block the repository's upstream"),
			Why: x.pullFailure(),
			Remedy: &check.Hint{Says: text.New("Allow upstreams inside the perimeter, if its administrators agree"),
				Command: fmt.Sprintf("gcloud artifacts vpcsc-config allow --project=%s --location=%s", r.Name.Project, r.Name.Location)}}
	case !x.allowed.ok():
		return unchecked(text.New("You can't see the perimeter setting"), x.allowed.err, "artifactregistry.vpcscconfigs.get", "projects/"+r.Name.Project)
	case x.allowed.is:
		return check.Finding{Level: check.OK, Code: check.PerimeterOpen, Says: text.New("Upstreams are allowed, inside a perimeter too")}
	case x.diagnosis() == pullWorks:
		return check.Finding{Level: check.OK, Code: check.PerimeterOpen, Says: text.New("No perimeter blocks the upstream")}
	}
	return check.Finding{Level: check.Note, Code: check.PerimeterPossible, Says: text.New("A service perimeter would block upstreams in %s", r.Name.Location),
		Why: text.New("This is Google's default, and matters only if the project is in a perimeter")}
}

// pullFailure is what Google said of the pull.
func (x *examination) pullFailure() text.Text {
	if x.pull.err != nil {
		return engine.Explain(x.pull.err).Text()
	}
	return text.Verbatim(x.pull.is.Detail)
}
