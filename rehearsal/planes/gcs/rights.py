"""What a request wants, and whether whoever sends it may: roles of IAM on buckets, as the program has given them."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rehearsal.planes.gcs.tokens import Held

GET, LIST, CREATE, DELETE, UPDATE = (
    f"storage.objects.{verb}" for verb in ("get", "list", "create", "delete", "update")
)
MAKE = "storage.buckets.create"
# cloud.google.com/storage/docs/access-control/iam-roles, as far as objects go.
ROLES = {
    "roles/storage.objectViewer": {GET, LIST},
    "roles/storage.objectCreator": {CREATE},
    "roles/storage.objectUser": {GET, LIST, CREATE, DELETE, UPDATE},
    "rehearsal/root": {GET, LIST, CREATE, DELETE, UPDATE, MAKE},
}
API = re.compile(r"/(?:(?:upload|download)/)?storage/v1/b(?:/(?P<bucket>[^/]+)(?:/o(?:/(?P<object>.+))?)?)?")
XML = re.compile(r"/(?P<bucket>[^/]+)/(?P<object>.+)")

Policies = Mapping[str, Mapping[str, Sequence[str]]]
"""Bucket -> role -> members."""


@dataclass(frozen=True)
class Wanted:
    """`permission` on `object` of `bucket`; '' is no single one."""

    permission: str
    bucket: str
    object: str = ""


def wanted(method: str, target: str) -> Wanted | None:
    """What a request wants, by its method and its path with query; None for what is no part of this store."""
    path, _, query = target.partition("?")
    found = API.fullmatch(path)
    if found is None:
        xml = XML.fullmatch(path)
        return Wanted(GET, xml["bucket"], urllib.parse.unquote(xml["object"])) if xml and method == "GET" else None
    bucket, name = found["bucket"] or "", urllib.parse.unquote(found["object"] or "")
    if not bucket:
        return Wanted(MAKE, "") if method in ("GET", "POST") else None
    if path.startswith("/upload/"):
        return Wanted(CREATE, bucket, urllib.parse.parse_qs(query).get("name", [""])[0])
    if name:
        verbs = {"GET": GET, "DELETE": DELETE, "PATCH": UPDATE}
        return Wanted(verbs[method], bucket, name) if method in verbs else None
    return Wanted(LIST, bucket) if method == "GET" else None


def may(held: Held, want: Wanted, policies: Policies) -> bool:
    """Whether the member's roles on the bucket allow it, and a narrowed token's boundary does too."""
    roles = policies.get(want.bucket, {})
    root = held.member == "rehearsal" and want.permission in ROLES["rehearsal/root"]
    given = root or any(
        held.member in members and want.permission in ROLES.get(role, ()) for role, members in roles.items()
    )
    if not held.role:
        return given
    within = held.bucket == want.bucket and bool(want.object) and want.object.startswith(held.prefix)
    return given and within and want.permission in ROLES.get(held.role, ())
