"""`lock`: writes a service's requirements.txt from what it asks for: exact versions, hashes, for the hosts' Python."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ops import processes
from ops.build import target, wheel_check
from ops.build.service import Service
from ops.errors import OperationError
from ops.steps import Steps


def run(service: Service, steps: Steps) -> None:
    """Versions that the lock has already are kept where they still fit. Raises OperationError."""
    with steps.step("Lock") as step, tempfile.TemporaryDirectory() as directory:
        asked = _asked(service, Path(directory))
        command: list[str | Path] = [Path(sys.executable).with_name("uv"), "pip", "compile", "--quiet", "--no-header"]
        # An interpreter of the hosts' version would be fetched, which only old source packages would need.
        command += [
            "--no-python-downloads",
            "--generate-hashes",
            "--no-emit-index-url",
            "--python-version",
            target.PYTHON,
        ]
        command += ["--python-platform", "x86_64-manylinux_2_28", asked.name]
        command += ["--output-file", service.lock]
        done = processes.run(command, cwd=asked.parent, on_line=step.progress, merge=True)
        if done.code != 0:
            raise OperationError(
                f"{service.lock} can't be made:\n{done.stdout.strip()[-2000:]}",
                "It was left as it is.",
                "Mend what the service asks for, and see that the package index can be reached.",
            )
        step.note(str(service.lock))


def _asked(service: Service, directory: Path) -> Path:
    """The file that says what the service needs: its own requirements.in or pyproject.toml, or its wheel's metadata."""
    if not service.is_wheel:
        own = service.source / "requirements.in"
        return own if own.is_file() else service.source / "pyproject.toml"
    asked = directory / "requirements.in"
    asked.write_text("".join(f"{line}\n" for line in wheel_check.dependencies(service.source)))
    return asked
