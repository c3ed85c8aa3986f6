"""Which role a job of GitHub takes, for its outputs: `python -m ops.bootstrap.roles plan|apply <environment>`."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.aws.shared import Shared
from infra.problems import SettingsError
from infra.settings import Settings
from ops import stacks
from ops.errors import OperationError


def lines(kind: str, name: str, directory: Path = stacks.STACKS) -> list[str]:
    """The region and the role's ARN. A plan needs no role, so its ARN may be empty; to apply without one is refused.

    Raises OperationError or SettingsError.
    """
    settings = Settings.load(stacks.file(name, directory))
    shared = Shared.of(settings.backend) if settings.repository else None
    if shared is None and kind == "apply":
        raise OperationError(
            f"GitHub has no access to {name!r}: the stack file has no `shoestring:repository`, or no state of ours.",
            "Nothing was made.",
            f"On a machine with credentials: add the repository to stacks/Pulumi.{name}.yaml, make bootstrap ENV={name}"
            ", and commit that file.",
        )
    return [f"region={settings.region}", f"role={shared.role(kind, name) if shared else ''}"]


def main(words: list[str]) -> int:
    kind, name = words
    try:
        print("\n".join(lines(kind, name)))
    except (OperationError, SettingsError) as error:
        sys.stderr.write(f"\nerror: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
