# Everything here needs nothing but Go, unless its comment says otherwise.

GO       ?= go
FUZZTIME ?= 30s
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X main.version=$(VERSION)
BUILD    := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'
GOLANGCI := $(shell command -v golangci-lint 2>/dev/null || echo $(shell $(GO) env GOPATH)/bin/golangci-lint)

.DEFAULT_GOAL := build

.PHONY: demo
demo: ## the wizard on the embedded emulator: no account, no network
	@$(GO) run . demo

.PHONY: build
build: ## bin/upstreamauth
	@mkdir -p bin
	$(BUILD) -o bin/upstreamauth .

.PHONY: test
test: ## the tests, under the race detector
	$(GO) test -race $$($(GO) list ./... | grep -v '/ui/e2e/\(robust\|security\)$$')

.PHONY: program
program: ## the built program under kills, signals, hostile text and leak hunts: minutes
	$(GO) test -timeout 30m ./ui/e2e/robust/ ./ui/e2e/security/

.PHONY: lint
lint: ## needs golangci-lint v2 (go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@latest)
	$(GO) vet ./...
	$(GOLANGCI) run

.PHONY: bench
bench: build ## benchmarks and ratios; the comparison with gcloud is left out where gcloud is missing
	UPSTREAMAUTH_BENCH=$(CURDIR)/bin/upstreamauth $(GO) test -run '^$$' -bench . -benchtime 1s ./...

.PHONY: picture
picture: build ## docs/wizard.svg, drawn from the real program
	UPSTREAMAUTH_BENCH=$(CURDIR)/bin/upstreamauth UPSTREAMAUTH_PICTURE=$(CURDIR)/docs/wizard.svg $(GO) test -count=1 -run '^TestPicture$$' ./ui/e2e/commands/

.PHONY: cross
cross: ## builds for every platform, into dist/
	@for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
		os=$${target%/*}; arch=$${target#*/}; ext=; [ $$os = windows ] && ext=.exe; \
		echo "$$target"; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -o dist/upstreamauth-$$os-$$arch$$ext . || exit 1; \
	done

# What the fuzzers come upon stays in Go's build cache, and is where the next
# run begins. Of that, testdata/fuzz keeps the fewest inputs that reach all the
# code which any of them reached, for "make test" to run as well.
.PHONY: fuzz
fuzz: ## every fuzzer for FUZZTIME each
	@for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

.PHONY: reliability
reliability: ## makes every call of every flow fail in every way, and writes docs/RELIABILITY.md; CASE=PREFIX runs only those cases
	UPSTREAMAUTH_RELIABILITY='$(CURDIR)/docs/RELIABILITY.md' UPSTREAMAUTH_RELIABILITY_CASE='$(CASE)' \
		$(GO) test -count=1 -timeout 15m -v ./gcp/reliability/

# Other people's programs, against the emulator or as upstreams. Those that a
# system may not have are looked for in PEERS, where .ci/run puts them.
PEERS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/upstreamauth/peers

.PHONY: peers
peers: ## Google's Node clients, gcloud, package managers and real registries; each skips where it is not installed
	UPSTREAMAUTH_PEERS='$(PEERS)' $(GO) test -count=1 -timeout 15m -v ./ui/e2e/peers/
	UPSTREAMAUTH_PEERS='$(PEERS)' UPSTREAMAUTH_VERDACCIO="$${UPSTREAMAUTH_VERDACCIO:-$(PEERS)}" \
		$(GO) test -count=1 -timeout 15m -v -run '^Test(Gcloud|NPMInstalls|ReferenceRegistry|DockerRegistry|FilesBehind|PagesBehind|Verdaccio|WhatGcloudBreaks)' \
		./gcp/emulator/... ./flows/upstream/ ./ui/e2e/commands/

.PHONY: live
live: ## the contract test against a real project: make live PROJECT=my-project (signs in as you; makes and removes only what it names itself)
	@test -n "$(PROJECT)" || { echo 'usage: make live PROJECT=my-project'; exit 2; }
	UPSTREAMAUTH_LIVE_PROJECT=$(PROJECT) $(GO) test -count=1 -run Live -v ./gcp/

.PHONY: vuln
vuln: ## known vulnerabilities of what is linked in; asks the Go vulnerability database, and is left out where that cannot be reached
	@check="$$(mktemp -d)/govulncheck"; trap 'rm -rf "$$(dirname "$$check")"' EXIT; \
	GOBIN="$$(dirname "$$check")" $(GO) install golang.org/x/vuln/cmd/govulncheck@latest || \
		{ echo 'vuln: left out: govulncheck cannot be fetched from here'; exit 0; }; \
	said="$$("$$check" ./... 2>&1)"; code=$$?; echo "$$said"; \
	case "$$said" in *'fetching vulnerabilities'*|*'vuln.go.dev'*[Dd]ial*|*'no such host'*) \
		echo 'vuln: left out: the Go vulnerability database cannot be reached from here'; exit 0;; esac; \
	exit $$code

.PHONY: licences
licences: ## the licence of each module that is linked in; fails at one that may not be
	@$(GO) test -count=1 -run '^TestLicences' -v ./ui/e2e/security

.PHONY: sbom
sbom: build ## bin/upstreamauth.spdx.json: what is linked in, as SPDX 2.3
	@UPSTREAMAUTH_SBOM=$(CURDIR)/bin/upstreamauth $(GO) test -count=1 -run '^TestBillOfMaterials$$' -v ./ui/e2e/security

.PHONY: reproducible
reproducible: ## builds the last commit twice, from two folders and with nothing cached the second time: the same to the byte
	@dir="$$(mktemp -d)"; trap 'chmod -R u+w "$$dir"; rm -rf "$$dir"' EXIT; set -e; \
	git clone -q . "$$dir/one"; git clone -q . "$$dir/elsewhere/two"; \
	$(MAKE) -s -C "$$dir/one" build; \
	GOCACHE="$$dir/cache" $(MAKE) -s -C "$$dir/elsewhere/two" build; \
	(cd "$$dir" && for sum in sha256sum "shasum -a 256"; do $$sum one/bin/upstreamauth elsewhere/two/bin/upstreamauth 2>/dev/null && break; done); \
	cmp "$$dir/one/bin/upstreamauth" "$$dir/elsewhere/two/bin/upstreamauth"; \
	echo 'the same to the byte'

.PHONY: clean
clean:
	rm -rf bin dist

.PHONY: help
help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
