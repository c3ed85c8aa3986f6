"""Old versions of objects: `versions.py prune` removes what was replaced or deleted long ago; never a current one.

`versions.py bring-back BUCKET PREFIX TIME` makes current again what was current at TIME (RFC 3339) below the
prefix, for objects that were deleted or overwritten since. Prints a line for each object it changed.
"""

import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from s3 import Client, root_keys, settings

DAY = 86400
_ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class RefusedError(Exception):
    """The gateway answered what it should not have."""


@dataclass(frozen=True)
class Version:
    """One version of an object, or the marker of its deletion. `at`: epoch seconds at which it became current."""

    key: str
    identifier: str
    at: float
    latest: bool
    marker: bool


def born(identifier: str) -> float:
    """When a version was stored. Its id (a ULID) begins with that; LastModified is when it was replaced."""
    milliseconds = 0
    for letter in identifier[:10]:
        milliseconds = milliseconds * 32 + _ULID.index(letter)
    return milliseconds / 1000


def histories(root: Client, bucket: str, prefix: str = "") -> dict[str, list[Version]]:
    """Key -> its versions, newest first. Raises RefusedError."""
    found: dict[str, list[Version]] = defaultdict(list)
    for version in _listed(root, bucket, prefix):
        found[version.key].append(version)
    for versions in found.values():
        versions.sort(key=lambda each: (each.latest, each.at), reverse=True)
    return found


def _listed(root: Client, bucket: str, prefix: str) -> Iterator[Version]:
    query = {"versions": "", "prefix": prefix, "max-keys": "1000"}
    while True:
        status, body = root.send("GET", f"/{bucket}", query)
        if status != 200:
            raise RefusedError(f"could not list the versions in {bucket}: {status} {body.decode(errors='replace')}")
        tree = ElementTree.fromstring(body)  # noqa: S314 - our own gateway's answer
        for tag in ("Version", "DeleteMarker"):
            for entry in tree.iterfind(f"{{*}}{tag}"):
                value = {child.tag.rpartition("}")[2]: child.text or "" for child in entry}
                at, latest = born(value["VersionId"]), value["IsLatest"] == "true"
                yield Version(value["Key"], value["VersionId"], at, latest, tag == "DeleteMarker")
        if tree.findtext("{*}IsTruncated") != "true":
            return
        query["key-marker"] = tree.findtext("{*}NextKeyMarker") or ""
        query["version-id-marker"] = tree.findtext("{*}NextVersionIdMarker") or ""


def outdated(versions: list[Version], before: float) -> list[Version]:
    """Of one object's versions, newest first, those that stopped being current before that time (epoch seconds).

    The marker of a deletion goes with the last version that it hides.
    """
    old = [each for newer, each in pairwise(versions) if newer.at < before]
    newest = versions[0]
    if newest.marker and newest.at < before and len(old) == len(versions) - 1:
        old.append(newest)
    return old


def prune(root: Client, bucket: str, before: float) -> int:
    """Remove what `outdated` names in a bucket; returns how many. Raises RefusedError."""
    count = 0
    for versions in histories(root, bucket).values():
        for each in outdated(versions, before):
            status, body = root.send("DELETE", f"/{bucket}/{each.key}", {"versionId": each.identifier})
            if status not in (200, 204, 404):
                raise RefusedError(
                    f"could not remove an old version of {bucket}/{each.key}: {status} {body.decode(errors='replace')}"
                )
            count += 1
    return count


def bring_back(root: Client, bucket: str, prefix: str, at: float) -> list[str]:
    """Store again what was current at a time (epoch seconds); returns the keys. Raises RefusedError."""
    keys = []
    for key, versions in sorted(histories(root, bucket, prefix).items()):
        then = next((each for each in versions if each.at <= at), None)
        if then is None or then.latest or then.marker:
            continue
        status, body = root.send("GET", f"/{bucket}/{key}", {"versionId": then.identifier})
        if status == 200:
            status, _ = root.send("PUT", f"/{bucket}/{key}", body=body)
        if status != 200:
            raise RefusedError(f"could not bring back {bucket}/{key}: the gateway said {status}")
        keys.append(key)
    return keys


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    root, wanted = Client(root_keys()), settings()
    try:
        match arguments:
            case ["prune"]:
                before = time.time() - wanted["keep_days"] * DAY
                for bucket in sorted(wanted["buckets"]):
                    print(f"{bucket}: {prune(root, bucket, before)} old versions removed")
            case ["bring-back", bucket, prefix, moment]:
                for key in bring_back(root, bucket, prefix, datetime.fromisoformat(moment).timestamp()):
                    print(f"{bucket}/{key} is back")
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (OSError, ValueError, RefusedError) as error:
        print(f"{error}. No current object was removed. See `journalctl -u versitygw` on this host", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
