"""All of it: the scan, and what is asked of pages, backends, database and buckets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from infra.checks import environment as checks
from ops.environment import Environment
from ops.exposure import scan
from ops.exposure.asks import backends, buckets, database, doors
from ops.exposure.declared import Declared
from ops.exposure.report import Report


def run(environment: Environment, *, full: bool = False) -> Report:
    """Changes nothing. `full`: all 65,535 TCP ports. Raises OperationError for a host that can't be asked."""
    checked = checks.load(environment.footprint, environment.root)
    declared = Declared.of(checked.footprint, checked.table)
    jobs = (backends.run, buckets.run, database.run, doors.run)
    with ThreadPoolExecutor(max_workers=len(jobs) + 1) as pool:
        futures = [pool.submit(scan.run, environment, declared, full=full)]
        futures += [pool.submit(job, environment, declared) for job in jobs]
        report = Report()
        for future in futures:
            report.add(future.result())
    return report
