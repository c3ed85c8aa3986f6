"""What a run of the Pulumi program without the CLI says when a resource can't be made: its reason, and once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ops.environment import ROOT

# The second and third need the first, so they fail with it, each in a task of its own.
PROGRAM = """
import pulumi
first = pulumi.CustomResource("test:index:Thing", "first", {})
for name in ("second", "third"):
    pulumi.CustomResource("test:index:Thing", name, {"of": first.id})
"""

RUN = """
import sys
from pathlib import Path
from ops.errors import OperationError
from rehearsal import program

class Refuses:
    def create(self, resource):
        raise OperationError(f"{resource.name} is refused", "nothing was made", "mend it")

try:
    program.run(Path("stacks/Pulumi.aws-dev.yaml"), Refuses(), program=Path(sys.argv[1]))
except OperationError as error:
    print(error.cause)
"""


def test_a_resource_that_cannot_be_made_is_told_once_and_without_a_traceback(tmp_path: Path) -> None:
    """In a process of its own: asyncio tells of the dependants' failures while the interpreter ends, too."""
    (tmp_path / "__main__.py").write_text(PROGRAM)
    argv = [sys.executable, "-c", RUN, str(tmp_path)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("first is refused\n", "")
