"""Runs a playbook exactly as `ansible-playbook` would from the root, and says what came of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops import ansible_output, processes, scratch
from ops.ansible_output import Output
from ops.environment import ROOT, Environment
from ops.errors import OperationError
from ops.steps import Step

KEPT_LOGS = 50


def run(
    environment: Environment,
    name: str,
    step: Step,
    *,
    extra_vars: Mapping[str, Any] | None = None,
    options: tuple[str, ...] = (),
    root: Path = ROOT,
    read: Output | None = None,
) -> Output:
    """Runs ansible/<name>.yml over the environment's Footprint; `step` shows the current task.

    Returns what it printed, read; into `read` if that is given, which is there after a failure too. Raises
    OperationError with each failed host's reason, or if none matched.
    """
    inventory = environment.footprint
    playbook = root / "ansible" / f"{name}.yml"
    program = Path(sys.executable).with_name("ansible-playbook")
    command: list[str | Path] = [program, "-i", inventory, *options]
    output = Output() if read is None else read
    log = _new_log(environment, name)
    with log.open("w", encoding="utf-8") as file, scratch.directory(environment) as directory:

        def take(line: str) -> None:
            file.write(line + "\n")
            file.flush()
            known = len(output.failures)
            output.feed(line)
            for failure in output.failures[known:]:
                step.alarm(f"{failure.host}: {failure.text.splitlines()[0]}")
            step.progress(output.task)

        settings = {
            **ansible_output.ENVIRONMENT,
            "ANSIBLE_CONFIG": str(root / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(directory),
        }
        extra = ["--extra-vars", f"@{_write(directory / 'extra.json', extra_vars)}"] if extra_vars else []
        done = processes.run([*command, *extra, playbook], cwd=root, environment=settings, on_line=take, merge=True)
    if done.code != 0 or not output.recap:
        raise _failed(name, output, done.code, log, inventory)
    step.note(_summary(output))
    return output


def _failed(name: str, output: Output, code: int, log: Path, inventory: Path) -> OperationError:
    relative = os.path.relpath(inventory, ROOT)
    shown = inventory if relative.startswith("..") else relative
    again = f"Mend that and run it again; or by hand: ansible-playbook -i {shown} ansible/{name}.yml"
    if code == 0:
        return OperationError(f"{name}.yml matched no host.", "Nothing was done.", again, log)
    well = [host for host, counts in output.recap.items() if not counts["failed"] and not counts["unreachable"]]
    others = f"; {', '.join(well)} went on as far as they could" if well else ""
    consequence = f"The hosts named above stopped there{others}."
    if not output.failures:
        consequence = f"{name}.yml ended with code {code} before it was through."
    return OperationError(f"{name}.yml failed.\n{output.reason()}", consequence, again, log)


def _summary(output: Output) -> str:
    count = "1 host" if len(output.recap) == 1 else f"{len(output.recap)} hosts"
    return f"{count}, changed={output.changed}"


def _new_log(environment: Environment, name: str) -> Path:
    logs = environment.make_state() / "logs"
    logs.mkdir(exist_ok=True)
    logs.chmod(0o700)
    for old in sorted(logs.glob("*.log"))[: -KEPT_LOGS + 1]:
        old.unlink(missing_ok=True)
    # Microseconds: two runs in one second must not share a log.
    log = logs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{name}.log"
    log.touch(mode=0o600)
    return log


def _write(path: Path, variables: Mapping[str, Any]) -> Path:
    # A file, mode 0600, since anyone on this machine can read a command line.
    path.touch(mode=0o600)
    path.write_text(json.dumps(variables))
    return path
