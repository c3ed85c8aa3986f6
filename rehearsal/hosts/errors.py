"""The one exception of this package, and how a program is run."""

import subprocess
from collections.abc import Sequence


class HostsError(Exception):
    """What went wrong, what follows from it, and the command or the setting that mends it."""

    def __init__(self, cause: str, consequence: str, fix: str) -> None:
        super().__init__(f"{cause}\n  so: {consequence}\n  do: {fix}")


def run(argv: Sequence[str], stdin: str | None = None, timeout: float = 120) -> str:
    """Run a program and return its standard output.

    Raises:
        HostsError: it is missing, failed, or took longer than `timeout` seconds.
    """
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, check=True)
    except FileNotFoundError:
        raise HostsError(
            f"{argv[0]} is not installed",
            "hosts can't be made on this machine",
            "sudo .venv/bin/python -m rehearsal.hosts prepare",
        ) from None
    except subprocess.TimeoutExpired:
        raise HostsError(
            f"`{' '.join(argv[:4])}` did not end within {timeout:.0f} s",
            "this step was given up",
            "run the same command again; it resumes",
        ) from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip()[-800:]
        raise HostsError(
            f"`{' '.join(argv[:8])}` failed with {error.returncode}: {said}",
            "this step was not done",
            "mend what it names, then run the same command again; it resumes",
        ) from None
    return done.stdout
