"""The workflow that deploys from GitHub: it holds the keys to the account while it runs."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ops import stacks as stack_files
from ops.bootstrap.aws import github
from ops.environment import ROOT

FILE = ROOT / ".github" / "workflows" / "deploy.yml"
TEXT = FILE.read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
ON = WORKFLOW[True]  # YAML 1.1 reads `on` so
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = JOBS[job]["steps"]
    return found


def commands(job: str) -> list[str]:
    return [step["run"] for step in steps(job) if "run" in step]


def test_every_action_is_pinned_by_commit() -> None:
    """A tag can be moved by whoever takes over an action, and then runs with our role."""
    used = [step["uses"] for job in JOBS for step in steps(job) if "uses" in step]
    assert len(used) == 6
    assert all(re.fullmatch(r"[a-z-]+/[a-z-]+@[0-9a-f]{40}", one) for one in used)
    assert len(re.findall(r"uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n", TEXT)) == len(used), "which release it is"


def test_a_job_has_the_rights_that_it_needs_and_no_other() -> None:
    assert WORKFLOW["permissions"] == {}
    for job in JOBS.values():
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert not any(step.get("with", {}).get("persist-credentials", False) for job in JOBS for step in steps(job))


def test_a_pull_request_only_plans() -> None:
    """Whoever may open one runs what it says."""
    assert JOBS["plan"]["if"] == "github.event_name == 'pull_request'"
    assert JOBS["apply"]["if"] == "github.event_name == 'workflow_dispatch'"
    assert ON.keys() == {"pull_request", "workflow_dispatch"}, "pull_request_target would run a fork's code with rights"
    assert "environment" not in JOBS["plan"]
    assert commands("plan")[-1] == "make plan"
    assert any('roles plan "$ENV"' in one for one in commands("plan"))
    assert "secrets." not in yaml.safe_dump(JOBS["plan"])


def test_deploying_is_bound_to_the_environment_of_its_name() -> None:
    """GitHub asks its reviewers, and AWS looks for its name in the token."""
    assert JOBS["apply"]["environment"] == "${{ inputs.environment }}"
    assert JOBS["apply"]["concurrency"]["cancel-in-progress"] is False
    assert any('roles apply "$ENV"' in one for one in commands("apply"))
    assert commands("apply")[-1] == "make up YES=1"


def test_no_input_is_pasted_into_a_command() -> None:
    """It would run as part of it."""
    for job in JOBS:
        assert not [one for one in commands(job) if "${{" in one]


def test_it_knows_every_environment() -> None:
    known = stack_files.names()
    assert ON["workflow_dispatch"]["inputs"]["environment"]["options"] == known
    assert JOBS["plan"]["strategy"]["matrix"]["environment"] == known


def test_the_credentials_last_as_long_as_the_job() -> None:
    """Those that end half way leave a half-made environment; and AWS refuses to give more than the role allows."""
    (seconds,) = [int(step["with"]["role-duration-seconds"]) for step in steps("apply") if "role-duration" in str(step)]
    assert JOBS["apply"]["timeout-minutes"] * 60 < seconds <= github.SECONDS["apply"]
    assert JOBS["plan"]["timeout-minutes"] * 60 < 3600 <= github.SECONDS["plan"]


def test_the_verbs_are_there() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    used = {word for job in JOBS for line in commands(job) for word in re.findall(r"make ([a-z-]+)", line)}
    assert used == {"setup-cloud", "plan", "up"}
    assert used - {"plan"} <= set(targets)
