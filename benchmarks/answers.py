"""How soon one is told: the plan of a cloud, and a bad setting refused, each as a whole process."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from benchmarks import timing
from benchmarks.report import Figure, Section
from ops.environment import ROOT, Environment

CLI = [sys.executable, "-m", "ops.cli"]
TYPES = {
    "aws-prod": "pulumi_aws.ec2, pulumi_aws.rds, pulumi_aws.s3",
    "gcp-prod": "pulumi_gcp.compute, pulumi_gcp.sql, pulumi_gcp.storage",
}


def measure(ours: Environment, temporary: Path) -> Section:
    """`ours` lends its Footprint, from a copy of which a word goes missing."""
    bad = temporary / "bench-bad"
    bad.mkdir()
    footprint = yaml.safe_load(ours.footprint.read_text())
    (bad / "footprint.yml").write_text(yaml.safe_dump(footprint | {"environment": "bench-bad", "hosts": []}))
    taken = timing.in_turn(
        {
            **{f"plan {stack}": [*CLI, "plan", "--env", stack, "--format", "json"] for stack in TYPES},
            **{f"types {stack}": [sys.executable, "-c", f"import {types}"] for stack, types in TYPES.items()},
            "verb": _refused(*CLI, "deploy", "--env", str(bad)),
            "python": [sys.executable, "-c", "import yaml, jinja2"],
            "play": _refused("ansible-playbook", "-i", str(bad / "footprint.yml"), str(ROOT / "ansible/site.yml")),
            "ansible": ["ansible-playbook", "--version"],
        }
    )
    return section({name: seconds for name, (seconds, _) in taken.items()})


def section(seconds: dict[str, float]) -> Section:
    """Name -> median wall seconds."""
    return Section(
        "Answers before anything is made, seconds",
        f"Median of {timing.RUNS} whole processes each, in turn. A plan has every resource of the stack, its prices "
        "and the verdicts of all rules, and asks nobody; the peers are what such a process has to load in any case.",
        [
            *(
                Figure(
                    f"`make plan ENV={stack}`",
                    seconds[f"plan {stack}"],
                    "Python and the types of the cloud",
                    seconds[f"types {stack}"],
                )
                for stack in TYPES
            ),
            Figure(
                "a bad Footprint refused by a verb", seconds["verb"], "Python with its libraries", seconds["python"]
            ),
            Figure("the same by ansible-playbook", seconds["play"], "its `--version`", seconds["ansible"]),
        ],
    )


def _refused(*command: str) -> list[str]:
    """The command, of which it is a success to end in an error."""
    return ["sh", "-c", '! "$@"', "sh", *command]
