"""What can be rotated, and why the rest can't."""

from __future__ import annotations

from ops.errors import OperationError
from ops.rotate import api, buckets, database, leaves, opener, ssh
from ops.rotate.phases import Secret

# In the order in which all of them are done: what clients hold first, what opens the rest last.
SECRETS: dict[str, Secret] = {
    "api-keys": api.SECRET,
    "database": database.SECRET,
    "bucket": buckets.SECRET,
    "tls": leaves.SECRET,
    "ssh": ssh.SECRET,
}
EVERYTHING = "all"
REFUSED = {
    "backup-passphrase": (
        "pgBackRest can't encrypt anew what it has written: with another passphrase no backup could be restored",
        "Begin a new repository: docs/rotate.md, 'The backups' passphrase'",
    ),
    "ca": (
        "clients outside trust ca.pem, so a new CA needs a time in which both are trusted, which is not built",
        "docs/rotate.md, 'The CA', says how it is done by hand; leaves get new keys by: make rotate SECRET=tls",
    ),
}


def chosen(word: str) -> list[str]:
    """The names that SECRET= means. Raises OperationError for one that is none, or that can't be rotated."""
    every = [*SECRETS, opener.NAME]
    if word in ("", EVERYTHING):
        return every
    if word in every:
        return [word]
    if word in REFUSED:
        cause, fix = REFUSED[word]
        raise OperationError(f"{word} is not rotated: {cause}.", "Nothing was changed.", fix)
    raise OperationError(
        f"There is no secret {word!r} to rotate. There are: {', '.join(every)}.",
        "Nothing was changed.",
        f"make rotate SECRET={every[0]}, or without SECRET= for all of them",
    )
