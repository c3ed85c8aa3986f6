"""Make the buckets that /etc/shoestring/bucket.json wants; prints a line for each thing it had to change.

Buckets and their objects are never removed. Exit code 1, with the reason, when the gateway refuses.
"""

import json
import sys
import time
import xml.etree.ElementTree as ElementTree
from typing import Any

from s3 import Client, root_keys, settings

MISSING = 404  # HTTP status
PATIENCE = 30  # seconds that a gateway just started has to answer
READ = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes"]
# Whoever steals an owner's key can write new versions and delete markers, but can't destroy what was there:
# no s3:DeleteObjectVersion, and policy and versioning are the administrator's.
WRITE = [*READ, "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
LIST = ["s3:ListBucket", "s3:GetBucketLocation"]
LIST_ALL = [*LIST, "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketVersioning"]
VERSIONING = (
    b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Status>Enabled</Status></VersioningConfiguration>"
)


class RefusedError(Exception):
    """The gateway answered what it should not have; the text has the request and the answer."""


def policy(bucket: str, owner: str, readers: list[str]) -> dict[str, Any]:
    """The bucket's policy over access key ids. A policy shuts out the owner too, unless it names her."""

    def allow(who: list[str], actions: list[str], resource: str) -> dict[str, Any]:
        resource = f"arn:aws:s3:::{resource}"
        return {"Effect": "Allow", "Principal": {"AWS": who}, "Action": actions, "Resource": resource}

    statements = [allow([owner], LIST_ALL, bucket), allow([owner], WRITE, f"{bucket}/*")]
    if readers:
        statements += [allow(sorted(readers), LIST, bucket), allow(sorted(readers), READ, f"{bucket}/*")]
    return {"Version": "2012-10-17", "Statement": statements}


def provision(root: Client, wanted: dict[str, Any]) -> list[str]:
    """Bring every bucket to what is wanted; returns what was changed. Raises RefusedError."""
    changes: list[str] = []
    for bucket, access in sorted(wanted["buckets"].items()):
        owner = wanted["accounts"][access["owner"]]
        readers = [wanted["accounts"][name] for name in access["readers"]]
        changes += _own(root, bucket, owner) + _version(root, bucket)
        changes += _rule(root, bucket, policy(bucket, owner, readers))
    return changes


def _own(root: Client, bucket: str, owner: str) -> list[str]:
    answer = root.send("GET", f"/{bucket}", {"acl": ""})
    if answer[0] == MISSING:
        head = {"x-vgw-owner": owner}
        answer = root.send("PATCH", f"/{bucket}/create", headers=head, administration=True)
        _expect(answer, f"make the bucket {bucket}")
        return [f"bucket {bucket} made"]
    if owner_of(_expect(answer, f"read the owner of {bucket}")) == owner:
        return []
    query = {"bucket": bucket, "owner": owner}
    answer = root.send("PATCH", "/change-bucket-owner/", query, administration=True)
    _expect(answer, f"give {bucket} to {owner}")
    return [f"bucket {bucket} given to {owner}"]


def _version(root: Client, bucket: str) -> list[str]:
    if b"<Status>Enabled<" in _expect(root.send("GET", f"/{bucket}", {"versioning": ""}), "read versioning"):
        return []
    _expect(root.send("PUT", f"/{bucket}", {"versioning": ""}, VERSIONING), f"keep versions in {bucket}")
    return [f"bucket {bucket} keeps versions"]


def _rule(root: Client, bucket: str, rules: dict[str, Any]) -> list[str]:
    answer = root.send("GET", f"/{bucket}", {"policy": ""})
    if answer[0] != MISSING and json.loads(_expect(answer, f"read the policy of {bucket}")) == rules:
        return []
    answer = root.send("PUT", f"/{bucket}", {"policy": ""}, json.dumps(rules).encode())
    _expect(answer, f"write the policy of {bucket}")
    return [f"bucket {bucket} got its policy"]


def owner_of(acl: bytes) -> str:
    """The access key id of the owner in a bucket's ACL (XML)."""
    found = ElementTree.fromstring(acl).find("{*}Owner/{*}ID")  # noqa: S314 - our own gateway's answer
    return (found.text or "") if found is not None else ""


def _expect(answer: tuple[int, bytes], what: str) -> bytes:
    if answer[0] >= 300:
        said = answer[1].decode(errors="replace")
        raise RefusedError(f"could not {what}: the gateway said {answer[0]} {said}")
    return answer[1]


def wait(client: Client, patience: float) -> None:
    """Return when the gateway answers. Raises OSError when it doesn't within `patience` seconds."""
    end = time.monotonic() + patience
    while True:
        try:
            client.send("GET", "/")
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def main() -> int:
    """Provision and print what was changed. Returns the exit code."""
    root = Client(root_keys())
    try:
        wait(root, PATIENCE)
        for change in provision(root, settings()):
            print(change)
    except (OSError, RefusedError) as error:
        print(
            f"{error}. The buckets are not as they should be; nothing was removed. "
            "See `journalctl -u versitygw` on this host, then run the playbook again",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
