"""Round the proxy nobody comes to the service: not without a certificate, nor with that of a host that is no proxy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.exposure import ports
from ops import far
from ops.environment import Environment
from ops.exposure.declared import Declared
from ops.exposure.far import backends
from ops.exposure.report import Problem, Report
from ops.exposure.scan import asked

NAME = "service.shoestring.internal"
REFUSED = (400, 403)  # nginx: no certificate; not the proxy's
CLOSED = "closed"
FIX = "`make up` writes nginx's configuration anew"


def run(environment: Environment, declared: Declared) -> Report:
    """Raises OperationError for a host that can't be asked."""
    targets = {host.name: str(host.address) for host in declared.footprint.hosts if "service" in host.groups}
    port = ports(declared.table)["service"]
    argument = {"targets": targets, "port": port, "server_name": NAME}
    report = Report()
    if not targets:
        report.unasked["backends"] = "no host is in group service"
        return report
    for source, answers in asked(far.run(environment, Path(backends.__file__), argument)).items():
        report.add(judge(source, port, answers, proxy="proxy" in declared.groups(source)))
    return report


def judge(source: str, port: int, answers: Mapping[str, Any], *, proxy: bool) -> Report:
    """The firewall closes most ways; on the others nginx has to refuse. A proxy's own certificate is the right one."""
    report = Report()
    for target, answer in answers.items():
        ways = {"without": "without a certificate"} | ({} if proxy else {"own": f"with the certificate of {source}"})
        for way, what in ways.items():
            got = answer[way]
            if got == CLOSED:  # which the scan counts
                continue
            report.checked["backends"] += 1
            if got not in REFUSED and "certificate required" not in str(got).lower():
                problem = f"{what} it gets {got}, not {REFUSED[0]} or {REFUSED[1]}"
                report.problems.append(Problem(f"{target}:{port}", source, problem, FIX))
    return report
