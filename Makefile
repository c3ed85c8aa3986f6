# Every verb takes ENV= (a directory below stacks/, or a path); none defaults to production.
ENV ?= local
FORMAT ?= text
export ENV FORMAT YES TYPE TO
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help up down deploy status verify backup restore test test-full lint bench setup setup-train setup-dev

help: ## Show this help
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | sort | column -t -s'|'

up: setup-train ## Make the environment, configure it, deploy the service, verify it
	@python -m ops.cli up

deploy: setup-train ## Build a release and take it into service
	@python -m ops.cli deploy

status: setup ## Show hosts, release, model and address
	@python -m ops.cli status

verify: setup ## Prove that it is as it should be; changes nothing
	@python -m ops.cli verify

backup: setup ## Take a backup of the database now; TYPE=full, diff or incr
	@python -m ops.cli backup

restore: setup ## Put the database back: TO=latest or a time; says what is lost, and asks
	@python -m ops.cli restore

down: setup ## Remove the local environment's hosts and everything made for them
	@python -m ops.cli down

test: setup-dev ## Run the tests, real hosts included (root on Linux)
	@python -m pytest -m 'not full'

test-full: setup-dev ## Run the long matrices
	@python -m pytest -m full

lint: setup-dev ## Run ruff, mypy, yamllint and ansible-lint
	@ruff check .
	@ruff format --check .
	@mypy infra ops rehearsal service/src tests/hosts tests/infra tests/ops tests/rehearsal tests/service
	@yamllint --strict .
	@# Lint has no inventory and needs no vault; ansible.cfg rightly fails a run without them.
	@SHOESTRING_VAULT_KEY=unused ANSIBLE_INVENTORY_UNPARSED_FAILED=false ansible-lint --strict

bench: setup-dev ## Time the site and the deploy against stock Ansible
	@python -m benchmarks

setup:
	@locks/install.sh base

# What trains the default model; a verb that only asks or removes needs none of it.
setup-train:
	@locks/install.sh base train

setup-dev:
	@locks/install.sh base train dev
