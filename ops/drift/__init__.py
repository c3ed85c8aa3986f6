"""What is not as the repository has it: on hosts by check mode and beyond it, in a cloud by what its account says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial

from ops import files
from ops.drift import accepted, account, check_mode, hosts
from ops.drift.finding import Report
from ops.environment import Environment
from ops.steps import Steps

RECORD = "drift.json"  # in the state directory; `make doctor` reads when it was looked, and the result


def run(environment: Environment, steps: Steps) -> Report:
    """Changes nothing. Raises SettingsError, or OperationError for no Footprint; a host that is silent is a problem."""
    environment.check()
    report = Report(environment.name, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    jobs = {"Check mode": check_mode.look, "Hosts, beyond check mode": hosts.look}
    if environment.cloud or environment.rehearses_a_cloud:
        jobs["Cloud"] = account.look
    looked = steps.together({title: partial(job, environment) for title, job in jobs.items()})
    for findings, problems in looked.values():
        report.findings += findings
        report.problems += problems
    report.findings, report.unused = accepted.without(environment, report.findings)
    path = environment.make_state() / RECORD
    files.write(path, json.dumps(report.plain(), indent=2) + "\n", 0o600)
    return report
