package gcp

import (
	"context"
	"slices"
	"strings"
	"time"

	serviceusage "cloud.google.com/go/serviceusage/apiv1"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	identities "google.golang.org/api/serviceusage/v1beta1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Google's limits on one request
// (https://cloud.google.com/service-usage/docs/reference/rest/v1/services).
const (
	servicesRead    = 30
	servicesEnabled = 20
)

// operationLimit bounds the wait for one of Service Usage's operations, which
// take seconds to a few minutes.
const operationLimit = 5 * time.Minute

// Services tells which of the APIs are on, by their host names.
func (c *Client) Services(ctx context.Context, project string, names []string) (map[string]bool, error) {
	m := method{op: "look up the enabled APIs of project", rpc: "ServiceUsage.BatchGetServices", needs: "serviceusage.services.get", repeat: true}
	on := make(map[string]bool, len(names))
	for some := range slices.Chunk(names, servicesRead) {
		r, err := ask(ctx, c, c.services, m, project, func(ctx context.Context, api *serviceusage.Client) (*serviceusagepb.BatchGetServicesResponse, error) {
			return api.BatchGetServices(ctx, &serviceusagepb.BatchGetServicesRequest{Parent: "projects/" + project, Names: serviceNames(project, some)})
		})
		if err != nil {
			return nil, err
		}
		for _, name := range some {
			on[name] = slices.ContainsFunc(r.GetServices(), func(s *serviceusagepb.Service) bool {
				return strings.HasSuffix(s.GetName(), "/"+name) && s.GetState() == serviceusagepb.State_ENABLED
			})
		}
	}
	return on, nil
}

func serviceNames(project string, hosts []string) []string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = "projects/" + project + "/services/" + h
	}
	return names
}

// EnableServices turns APIs on and waits until they are. An API that is on
// already stays so, which makes this safe to repeat.
func (c *Client) EnableServices(ctx context.Context, project string, names []string) error {
	ctx, cancel := c.bound(ctx, operationLimit)
	defer cancel()
	m := method{op: "enable APIs in project", rpc: "ServiceUsage.BatchEnableServices", needs: "serviceusage.services.enable", repeat: true, limit: operationLimit}
	for some := range slices.Chunk(names, servicesEnabled) {
		_, err := ask(ctx, c, c.services, m, project, func(ctx context.Context, api *serviceusage.Client) (any, error) {
			request := &serviceusagepb.BatchEnableServicesRequest{Parent: "projects/" + project, ServiceIds: some}
			operation, err := within(ctx, slowWrite, func(ctx context.Context) (*serviceusage.BatchEnableServicesOperation, error) {
				return api.BatchEnableServices(ctx, request)
			})
			if err != nil {
				return nil, err
			}
			// Nothing to do comes back done, with a name that nobody may ask for.
			return nil, c.until(ctx, operation.Done, func(ctx context.Context) error {
				_, err := operation.Poll(ctx)
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// CreateServiceAgent makes sure that a service's agent in the project exists;
// asking for one that does is answered with it. Google may
// answer without its address (terraform-provider-google#21931), which is
// computed in any case.
func (c *Client) CreateServiceAgent(ctx context.Context, project, service string) error {
	m := method{op: "create the service agent of " + service + " in project", rpc: "ServiceUsage.GenerateServiceIdentity",
		needs: "serviceusage.services.enable", repeat: true, limit: operationLimit}
	_, err := call(ctx, c, m, project, func(ctx context.Context) (any, error) {
		api, err := c.serviceIdentity(ctx)
		if err != nil {
			return nil, err
		}
		name := "projects/" + project + "/services/" + service
		operation, err := within(ctx, slowWrite, func(ctx context.Context) (*identities.Operation, error) {
			return api.Services.GenerateServiceIdentity(name).Context(ctx).Do()
		})
		if err != nil {
			return nil, err
		}
		done := func() bool { return operation.Done }
		if err := c.until(ctx, done, func(ctx context.Context) error {
			next, err := api.Operations.Get(operation.Name).Context(ctx).Do()
			if err == nil {
				operation = next
			}
			return err
		}); err != nil {
			return nil, err
		}
		return nil, operationError(operation.Error)
	})
	return err
}

func operationError(s *identities.Status) error {
	if s == nil {
		return nil
	}
	return status.Error(codes.Code(s.Code), s.Message) //nolint:gosec // a code is a small number
}

// until polls an operation until it is done. A poll that fails for a passing
// reason is no failure of the operation.
func (c *Client) until(ctx context.Context, done func() bool, poll func(context.Context) error) error {
	for attempt := 0; !done(); attempt++ {
		if err := c.sleep(ctx, pollWait(attempt)); err != nil {
			return err
		}
		_, err := within(ctx, c.options.Timeout, func(ctx context.Context) (any, error) { return nil, poll(ctx) })
		if err != nil {
			if _, passing := transient(err); !passing || done() {
				return err
			}
		}
	}
	return nil
}

// within makes one request of a longer work.
func within[T any](ctx context.Context, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	v, err := ask(ctx)
	if err != nil {
		err = unanswered(ctx, err, began)
	}
	return v, err
}

// pollWait grows from a quarter of a second to three seconds.
func pollWait(attempt int) time.Duration {
	return min(3*time.Second, 250*time.Millisecond<<min(attempt, 4))
}
