package emulator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
)

// servicesAPI is Service Usage.
type servicesAPI struct {
	serviceusagepb.UnimplementedServiceUsageServer
	*Server
}

// titles are the services that can be on or off, by host name.
var titles = map[string]string{
	"accesscontextmanager.googleapis.com": "Access Context Manager API",
	"aiplatform.googleapis.com":           "Vertex AI API",
	artifactRegistry.host:                 artifactRegistry.title,
	"bigquery.googleapis.com":             "BigQuery API",
	"cloudasset.googleapis.com":           "Cloud Asset API",
	"cloudbilling.googleapis.com":         "Cloud Billing API",
	"cloudbuild.googleapis.com":           "Cloud Build API",
	"cloudfunctions.googleapis.com":       "Cloud Functions API",
	"cloudkms.googleapis.com":             "Cloud Key Management Service (KMS) API",
	resourceManager.host:                  resourceManager.title,
	"compute.googleapis.com":              "Compute Engine API",
	"container.googleapis.com":            "Kubernetes Engine API",
	"containeranalysis.googleapis.com":    "Container Analysis API",
	"containerscanning.googleapis.com":    "Container Scanning API",
	"dns.googleapis.com":                  "Cloud DNS API",
	"eventarc.googleapis.com":             "Eventarc API",
	"iam.googleapis.com":                  "Identity and Access Management (IAM) API",
	"iamcredentials.googleapis.com":       "IAM Service Account Credentials API",
	"logging.googleapis.com":              "Cloud Logging API",
	"monitoring.googleapis.com":           "Cloud Monitoring API",
	"orgpolicy.googleapis.com":            "Organization Policy API",
	"policytroubleshooter.googleapis.com": "Policy Troubleshooter API",
	"pubsub.googleapis.com":               "Cloud Pub/Sub API",
	"run.googleapis.com":                  "Cloud Run Admin API",
	secretManager.host:                    secretManager.title,
	serviceUsage.host:                     serviceUsage.title,
	"sqladmin.googleapis.com":             "Cloud SQL Admin API",
	"storage.googleapis.com":              "Cloud Storage API",
	"sts.googleapis.com":                  "Security Token Service API",
}

// hosts are the services in the order in which they are listed.
var hosts = slices.Sorted(maps.Keys(titles))

func (p *project) service(host string) *serviceusagepb.Service {
	state := serviceusagepb.State_DISABLED
	if p.enabled[host] {
		state = serviceusagepb.State_ENABLED
	}
	parent := "projects/" + p.numberText()
	return &serviceusagepb.Service{
		Name: parent + "/services/" + host, Parent: parent, State: state,
		Config: &serviceusagepb.ServiceConfig{Name: host, Title: titles[host]},
	}
}

// usageProject finds the project of a parent as in "projects/P".
func (s *Server) usageProject(ctx context.Context, parent, permission, denial string) (*project, error) {
	parts, ok := split("projects/*", parent)
	if !ok {
		return nil, invalid("Invalid resource name: %q.", parent) // modelled
	}
	p := s.world.byName[parts[0]]
	if p == nil || !s.world.may(callerOf(ctx), permission, p.policy) {
		return nil, usageDenied(denial)
	}
	return p, nil
}

// usageDenied is Service Usage's way to deny: it names no permission
// (aquasecurity/cloudsploit#1606, su-kaka/gcli2api#283).
func usageDenied(to string) error {
	return failWith(codes.PermissionDenied, "Permission denied to "+to+"\nHelp Token: emulator",
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{
			Type: "googleapis.com", Subject: "110002",
		}}},
		&errdetails.ErrorInfo{Reason: "AUTH_PERMISSION_DENIED", Domain: serviceUsage.host})
}

// usageService finds project and service of a name as in
// "projects/P/services/S"; verb is the last word of the permission.
func (s *Server) usageService(ctx context.Context, name, verb string) (*project, string, error) {
	parts, ok := split("projects/*/services/*", name)
	if !ok {
		return nil, "", invalid("Invalid resource name: %q.", name) // modelled
	}
	p, err := s.usageProject(ctx, "projects/"+parts[0], "serviceusage.services."+verb, verb+" service ["+parts[1]+"]")
	if err != nil {
		return nil, "", err
	}
	return p, parts[1], checkService(parts[1])
}

// checkService refuses services that Google would not know (text modelled on
// what it answers to enabling one).
func checkService(host string) error {
	if titles[host] != "" {
		return nil
	}
	return failWith(codes.PermissionDenied, fmt.Sprintf("Not found or permission denied for service(s): %s.", host),
		&errdetails.ErrorInfo{Reason: "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED", Domain: serviceUsage.host,
			Metadata: map[string]string{"services": host}})
}

// GetService tells whether a service is on.
func (a *servicesAPI) GetService(ctx context.Context, req *serviceusagepb.GetServiceRequest) (*serviceusagepb.Service, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, host, err := a.usageService(ctx, req.GetName(), "get")
	if err != nil {
		return nil, err
	}
	return p.service(host), nil
}

// BatchGetServices is GetService for up to 30 of one project.
func (a *servicesAPI) BatchGetServices(ctx context.Context, req *serviceusagepb.BatchGetServicesRequest) (*serviceusagepb.BatchGetServicesResponse, error) {
	if n := len(req.GetNames()); n < 1 || n > 30 {
		return nil, invalid("Between 1 and 30 services can be asked about at once, not %d.", n) // modelled
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	answer := &serviceusagepb.BatchGetServicesResponse{}
	for _, name := range req.GetNames() {
		if !strings.HasPrefix(name, req.GetParent()+"/services/") {
			return nil, invalid("The service %q does not belong to the parent %q.", name, req.GetParent()) // modelled
		}
		p, host, err := a.usageService(ctx, name, "get")
		if err != nil {
			return nil, err
		}
		answer.Services = append(answer.Services, p.service(host))
	}
	return answer, nil
}

// ListServices lists all services, or those that are on or off.
func (a *servicesAPI) ListServices(ctx context.Context, req *serviceusagepb.ListServicesRequest) (*serviceusagepb.ListServicesResponse, error) {
	var only serviceusagepb.State
	switch filter := strings.ReplaceAll(req.GetFilter(), " ", ""); filter {
	case "":
	case "state:ENABLED":
		only = serviceusagepb.State_ENABLED
	case "state:DISABLED":
		only = serviceusagepb.State_DISABLED
	default:
		return nil, invalid("Invalid filter: %q. Only state:ENABLED and state:DISABLED are allowed.", filter) // modelled
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.usageProject(ctx, req.GetParent(), "serviceusage.services.list",
		"list services for consumer container ["+req.GetParent()+"]")
	if err != nil {
		return nil, err
	}
	var all []*serviceusagepb.Service
	for _, host := range hosts {
		s := p.service(host)
		if only == 0 || s.GetState() == only {
			all = append(all, s)
		}
	}
	if req.GetPageSize() > 200 {
		return nil, invalid("The page size cannot exceed 200.") // modelled
	}
	some, next, err := page(all, pageOf(req, req.GetParent(), req.GetFilter()), 50, 200)
	if err != nil {
		return nil, err
	}
	return &serviceusagepb.ListServicesResponse{Services: some, NextPageToken: next}, nil
}

// EnableService turns a service on. The operation is done when it is answered; for
// a service that is on already it is the one that did nothing.
func (a *servicesAPI) EnableService(ctx context.Context, req *serviceusagepb.EnableServiceRequest) (*longrunningpb.Operation, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	p, host, err := a.usageService(ctx, req.GetName(), "enable")
	if err != nil {
		return nil, err
	}
	name, err := p.enable(host)
	if err != nil {
		return nil, err
	}
	s := p.service(host)
	return a.operations.done(name, &serviceusagepb.OperationMetadata{ResourceNames: []string{s.GetName()}},
		&serviceusagepb.EnableServiceResponse{Service: s})
}

// enable turns services on, all or none, and names the operation: the one that
// did nothing where all were on.
func (p *project) enable(all ...string) (operation string, err error) {
	off := slices.DeleteFunc(slices.Clone(all), func(host string) bool { return p.enabled[host] })
	if len(off) == 0 {
		return noopOperation, nil
	}
	if p.noBilling {
		return "", noBilling(p.number, off)
	}
	for _, host := range off {
		p.enabled[host] = true
	}
	kind := "acf"
	if len(all) > 1 {
		kind = "acat"
	}
	return fmt.Sprintf("operations/%s.p2-%d-%s", kind, p.number, uuid()), nil
}

// noBilling is the answer to a project without a billing account (zeta#71).
func noBilling(number int64, services []string) error {
	subject := fmt.Sprintf("%d", number)
	return failWith(codes.FailedPrecondition,
		fmt.Sprintf("Billing account for project '%d' is not found. Billing must be enabled for activation of service(s) '%s' to proceed.\n"+
			"Help Token: emulator", number, strings.Join(services, ",")),
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{
			Type: "googleapis.com/billing-enabled", Subject: subject,
		}}},
		&errdetails.ErrorInfo{Reason: "UREQ_PROJECT_BILLING_NOT_FOUND", Domain: "serviceusage.googleapis.com/billing-enabled"})
}

// BatchEnableServices turns up to 20 services on, all or none.
func (a *servicesAPI) BatchEnableServices(ctx context.Context, req *serviceusagepb.BatchEnableServicesRequest) (*longrunningpb.Operation, error) {
	if n := len(req.GetServiceIds()); n < 1 || n > 20 {
		return nil, invalid("Between 1 and 20 services can be enabled at once, not %d.", n) // modelled
	}
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	p, err := a.usageProject(ctx, req.GetParent(), "serviceusage.services.enable",
		"enable service ["+strings.Join(req.GetServiceIds(), ",")+"]")
	if err != nil {
		return nil, err
	}
	for _, host := range req.GetServiceIds() {
		if err := checkService(host); err != nil {
			return nil, err
		}
	}
	name, err := p.enable(req.GetServiceIds()...)
	if err != nil {
		return nil, err
	}
	answer, metadata := &serviceusagepb.BatchEnableServicesResponse{}, &serviceusagepb.OperationMetadata{}
	for _, host := range req.GetServiceIds() {
		s := p.service(host)
		answer.Services = append(answer.Services, s)
		metadata.ResourceNames = append(metadata.ResourceNames, s.GetName())
	}
	return a.operations.done(name, metadata, answer)
}

// DisableService turns a service off, and does not ask what depends on it.
func (a *servicesAPI) DisableService(ctx context.Context, req *serviceusagepb.DisableServiceRequest) (*longrunningpb.Operation, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	p, host, err := a.usageService(ctx, req.GetName(), "disable")
	if err != nil {
		return nil, err
	}
	name := noopOperation
	if p.enabled[host] {
		delete(p.enabled, host)
		name = fmt.Sprintf("operations/acd.p2-%d-%s", p.number, uuid())
	}
	s := p.service(host)
	return a.operations.done(name, &serviceusagepb.OperationMetadata{ResourceNames: []string{s.GetName()}},
		&serviceusagepb.DisableServiceResponse{Service: s})
}
