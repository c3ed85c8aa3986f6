# Every verb takes ENV= (a directory below stacks/, or a path); none defaults to production.
ENV ?= local
FORMAT ?= text
export ENV FORMAT YES TYPE TO CONFIRM DATA ADD REGION KEEP VERSION MODEL HOST UNIT SINCE FOLLOW FULL SECRET
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The lock of an environment's cloud.
STACK = $(if $(findstring /,$(ENV)),$(dir $(ENV)),stacks/)Pulumi.$(notdir $(ENV)).yaml
CLOUD = $(if $(filter all,$(ENV)),aws gcp,$(shell sed -n 's/^ *shoestring:cloud: *\([a-z]*\).*/\1/p' '$(STACK)' 2>/dev/null))
# Where it is forbidden to write byte code, each of some thousand processes would compile the same modules anew.
test test-full bench: export PYTHONDONTWRITEBYTECODE :=
# More at a time than a small machine has processors: a run on hosts waits more than it works.
PYTEST = python -m pytest --numprocesses 3 --dist loadgroup --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help plan prices bootstrap rehearse up down footprint deploy rollback reboot status logs verify drift doctor backup restore keys key-add key-revoke rotate lock setup-policy test test-full lint bench
.PHONY: setup setup-release setup-deploy setup-aws setup-cloud setup-rehearse setup-dev

help: ## Show this help
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | sort | column -t -s'|'

up: setup-release ## Make the environment, configure it, deploy the service, verify it
	@python -m ops.cli up

deploy: setup-deploy ## Build a release and take it into service; VERSION=<built before>, MODEL=<directory or version>
	@python -m ops.cli deploy

rollback: setup ## Go back to the last good release, or to TO=<release>; nothing is built or fetched
	@python -m ops.cli rollback

reboot: setup ## Reboot the service hosts in turn, losing no request; HOST= is one by its name, the public door's too
	@python -m ops.cli reboot

status: setup ## Show the address, each host's release, model and uptime, and the last deploys
	@python -m ops.cli status

logs: setup ## Show what all hosts log, by time; HOST=, UNIT=nginx or all, SINCE=-2h, FOLLOW=1
	@python -m ops.cli logs

keys: setup ## List the API keys (never the keys themselves)
	@python -m ops.cli keys

key-add: setup ## Make an API key NAME= and show it once
	@python -m ops.cli key-add --name "$(NAME)"

key-revoke: setup ## Refuse the API key NAME= from now on
	@python -m ops.cli key-revoke --name "$(NAME)"

rotate: setup ## Make all secrets anew, or SECRET=<one>, while the service answers; proves the old ones dead
	@python -m ops.cli rotate

lock: setup ## Lock what the environment's service needs, with hashes for the hosts
	@python -m ops.cli lock

verify: setup ## Prove that it is as it should be, and who gets in; changes nothing; FULL=1 scans every port
	@python -m ops.cli verify

drift: setup-cloud ## Tell what is not as the repository has it, on hosts and in a cloud; changes nothing
	@python -m ops.cli drift

doctor: setup-cloud ## Is this machine fit, are the hosts, and what to type where not; changes nothing
	@python -m ops.cli doctor

backup: setup ## Take a backup of the database now; TYPE=full, diff or incr
	@python -m ops.cli backup

restore: setup ## Put the database back: TO=latest or a time; says what is lost, and asks
	@python -m ops.cli restore

plan: setup-cloud ## Show what would be in a cloud, its monthly cost and the guardrails' verdicts; ENV=all compares
	@python -m ops.cli plan

prices: setup-aws ## Read AWS's price list into the table that plans use; ADD=ec2/c7i.large, REGION=
	@python -m ops.cli prices

bootstrap: setup-cloud ## Make what an account or project needs before its first environment; shows it, and asks
	@python -m ops.cli bootstrap

rehearse: setup-rehearse ## Make a whole cloud environment on this machine, see it answer, take it down; KEEP=1 leaves it
	@python -m ops.cli rehearse

footprint: setup-cloud ## Write the Footprint of what `pulumi up` made, and print it
	@python -m ops.cli footprint

down: setup-cloud ## Remove local hosts, or take a cloud's down: CONFIRM=<its name>, DATA=delete for its data too
	@python -m ops.cli down

test: setup-dev ## Run the tests, real hosts included (root on Linux)
	@$(PYTEST) -m 'not full'

test-full: setup-dev ## Run the long matrices; SHARD=1/4 is a quarter of them
	@$(PYTEST) -m full

lint: setup-dev ## Run ruff, mypy, yamllint and ansible-lint
	@ruff check .
	@ruff format --check .
	@mypy benchmarks infra ops policy rehearsal service/src tests/benchmarks tests/hosts tests/infra tests/ops tests/policy tests/rehearsal tests/service
	@yamllint --strict .
	@# Lint has no inventory and needs no vault; ansible.cfg rightly fails a run without them.
	@SHOESTRING_VAULT_KEY=unused ANSIBLE_INVENTORY_UNPARSED_FAILED=false ansible-lint --strict

bench: setup-dev ## Measure against stock Ansible, bare uvicorn and a shell script; writes docs/benchmarks.md
	@python -m benchmarks

setup:
	@locks/install.sh base

# What trains the default model is installed for the environments that deploy it, and for no others.
setup-release: setup
	@locks/install.sh base $(CLOUD) $$(python -m ops.build.service "$(ENV)")

# With another release or model than today's nothing is trained.
setup-deploy: setup
	@locks/install.sh base $(CLOUD) $(if $(VERSION)$(MODEL),,$$(python -m ops.build.service "$(ENV)"))

# The SDK of the cloud is half of all that is ever installed: only the verbs that need it bring it.
setup-aws:
	@locks/install.sh base aws

setup-cloud:
	@locks/install.sh base $(CLOUD)

setup-rehearse:
	@locks/install.sh base $(CLOUD) rehearse $$(python -m ops.build.service "$(ENV)")

# The policy pack runs in an environment of its own: `pulumi up --policy-pack policy` (docs/policy.md).
setup-policy: setup ## Install what `pulumi up --policy-pack policy` judges a stack with
	@locks/policy.sh

setup-dev:
	@locks/install.sh base train aws gcp rehearse dev
	@locks/policy.sh
