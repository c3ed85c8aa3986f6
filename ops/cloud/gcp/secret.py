"""A secret of Google's Secret Manager, read with the controller's own credentials."""

from __future__ import annotations

import base64
import re

from ops.cloud.gcp import api
from ops.errors import OperationError

NAME = re.compile(r"projects/[a-z0-9-]+/secrets/[A-Za-z0-9_-]{1,255}/versions/(?:\d+|latest)")
NOTHING = "So nothing that needs it was changed."


def read(name: str) -> str:
    """The text of a version, by its whole name. Raises OperationError, which does not hold it."""
    if not NAME.fullmatch(name):
        raise OperationError(
            f"{name} is no version of a secret (projects/<p>/secrets/<s>/versions/<v>).",
            NOTHING,
            "run `make footprint`, which writes it",
        )
    manager = api.resource("secretmanager", api.credentials())
    with api.asking(NOTHING):
        answer = manager.projects().secrets().versions().access(name=name).execute()
    try:
        return base64.b64decode(answer["payload"]["data"]).decode()
    except (KeyError, ValueError):  # UnicodeDecodeError is one
        raise OperationError(f"{name} holds no text.", NOTHING, "write its value as text") from None
