"""What a job of GitHub acts as, for its outputs: `python -m ops.bootstrap.roles plan|apply <environment>`."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.aws.shared import Shared as OfAws
from infra.gcp import shared as names
from infra.gcp.shared import Shared as OfGoogle
from infra.problems import SettingsError
from infra.settings import Settings
from infra.settings_clouds import Gcp
from ops import stacks
from ops.errors import OperationError


def lines(kind: str, name: str, directory: Path = stacks.STACKS) -> list[str]:
    """The cloud, the region and the role: AWS's ARN, Google's account, with the provider that lets in.

    A plan needs no role, so it may be empty; to apply without one is refused. Raises OperationError or SettingsError.
    """
    settings = Settings.load(stacks.file(name, directory))
    found = _of(settings, kind) if settings.repository else {}
    if not found and kind == "apply":
        raise OperationError(
            f"GitHub has no access to {name!r}: the stack file has no `shoestring:repository`, or no state of ours.",
            "Nothing was made.",
            f"On a machine with credentials: add the repository to stacks/Pulumi.{name}.yaml, make bootstrap ENV={name}"
            ", and commit that file.",
        )
    told = {"cloud": settings.cloud, "region": settings.region, "role": ""} | found
    return [f"{key}={value}" for key, value in told.items()]


def _of(settings: Settings, kind: str) -> dict[str, str]:
    """Nothing where `make bootstrap` did not let GitHub in."""
    if not isinstance(settings, Gcp):
        aws = OfAws.of(settings.backend)
        return {"role": aws.role(kind, settings.environment)} if aws else {}
    shared = OfGoogle.of(settings)
    if settings.backend != shared.backend or settings.identity_pool is None:
        return {}
    provider = f"{settings.identity_pool}/providers/{names.provider(settings.environment)}"
    return {"role": shared.role(kind, settings.environment), "provider": provider}


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
