#!/bin/sh
# run.sh EMULATOR UPSTREAMAUTH: a configuration's life on an emulator, with
# OpenTofu or Terraform ($TOFU) and the google provider's binary
# ($TOFU_PROVIDER). $TOKEN is a token that the emulator's Docker Hub takes. It
# works in the folder that it is run in, which must have main.tf.
set -eu
emulator=$1 upstreamauth=$2
step() { echo "== $*"; }

step fmt
"$TOFU" fmt -check -diff main.tf
[ -n "${TOFU_PROVIDER:-}" ] || { echo "TOFU_PROVIDER names no provider: nothing was applied"; exit 3; }

# The provider is taken as it is: nothing is downloaded, and there is no init.
cat >tofurc <<RC
provider_installation {
  dev_overrides { "hashicorp/google" = "$(dirname "$TOFU_PROVIDER")" }
  direct {}
}
RC
export TF_CLI_CONFIG_FILE="$PWD/tofurc" TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
export TF_VAR_emulator="$emulator" TF_VAR_token="$TOKEN"
apply() { "$TOFU" apply -auto-approve -input=false "$@"; }
same() { "$TOFU" plan -input=false -detailed-exitcode "$@"; } # fails where anything would change

step validate
"$TOFU" validate
step create
apply
step "nothing to change"
same
step update
apply -var description=updated
step "forget and import"
"$TOFU" state rm google_artifact_registry_repository.hub
"$TOFU" import -input=false -var description=updated google_artifact_registry_repository.hub \
	projects/demo-healthy/locations/us-central1/repositories/by-configuration
same -var description=updated
step "drift after rotate"
printf %s "$TOKEN" | "$upstreamauth" rotate --emulator "$emulator" --project demo-healthy --repository us-central1/by-configuration \
	--username demo --token-file - --yes --output json >rotated.json
if same -var description=updated >drift.txt 2>&1; then
	echo "the rotation is not seen, or used the same version"
fi
step destroy
"$TOFU" destroy -auto-approve -input=false -var description=updated
