"""Takes a rehearsal off this machine: hosts, buckets, account, and what was kept about them."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from ops import rehearsal
from ops.environment import WRITTEN
from ops.forget import forget
from ops.rehearse import account
from ops.rehearse.place import Rehearsed
from rehearsal.planes.process import Process


def everything(environment: Rehearsed, progress: Callable[[str], None]) -> None:
    """Safe to run twice. Only the directory with the secrets stays. Raises OperationError for what does not go."""
    rehearsal.destroy(environment, progress)
    for name, directory in (("versitygw", "s3"), ("gcs", "gcs")):  # of whichever cloud it is
        Process(name, environment.planes / directory).stop()
    account.process(environment).stop()
    if environment.planes.is_dir():
        shutil.rmtree(environment.planes)
    forget(environment, environment.directory / WRITTEN)
    (environment.state / "host_keys.json").unlink(missing_ok=True)
