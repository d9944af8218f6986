package emulator

import (
	"context"

	"cloud.google.com/go/billing/apiv1/billingpb"
)

// billingAccount pays for every project that has billing (modelled).
const billingAccount = "billingAccounts/000000-000000-000000"

// billingAPI is Cloud Billing as far as it says whether a project is paid for.
type billingAPI struct {
	billingpb.UnimplementedCloudBillingServer
	*Server
}

// GetProjectBillingInfo answers whether, and by which account, a project is
// paid for.
func (a *billingAPI) GetProjectBillingInfo(ctx context.Context, req *billingpb.GetProjectBillingInfoRequest) (*billingpb.ProjectBillingInfo, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	parts, ok := split("projects/*", req.GetName())
	if !ok {
		return nil, invalid("Request contains an invalid argument.")
	}
	p := a.world.byName[parts[0]]
	if p == nil || !a.world.may(callerOf(ctx), "resourcemanager.projects.get", p.policy) {
		return nil, permissionDenied(cloudBilling, "resourcemanager.projects.get", req.GetName())
	}
	info := &billingpb.ProjectBillingInfo{Name: "projects/" + p.id + "/billingInfo", ProjectId: p.id}
	if !p.noBilling {
		info.BillingAccountName, info.BillingEnabled = billingAccount, true
	}
	return info, nil
}
