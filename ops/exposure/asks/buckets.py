"""Who asks a bucket without a key, with a default one, or with one for another bucket is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.exposure import ports
from infra.stores import CloudBucket
from ops import far
from ops.environment import Environment
from ops.exposure.declared import Declared
from ops.exposure.far import buckets
from ops.exposure.report import Problem, Report
from ops.exposure.scan import asked

NAME = "bucket.shoestring.internal"  # in the leaf of a host of ours
# Those that MinIO, versitygw, Ceph, LocalStack and AWS's own guides begin with.
DEFAULTS = (
    ("minioadmin", "minioadmin"),
    ("minio", "minio123"),
    ("admin", "admin"),
    ("root", "password"),
    ("user", "pass"),
    ("test", "test"),
    ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
)
OBJECT = "shoestring-exposure"  # which nobody has stored
# What the keys that lie on hosts are refused.
FORBIDDEN = {"service": ["GET backups", "PUT artifacts", "PUT backups"], "backup": ["GET artifacts", "PUT artifacts"]}
FIX = "`make up` writes keys and policies anew; see /usr/local/lib/shoestring/bucket/check.py there"


def tries(names: Sequence[str], others: dict[str, list[str]]) -> list[dict[str, Any]]:
    """`names`: the buckets. `others`: whose keys, of those that lie on hosts -> what they may not, "METHOD bucket"."""

    def one(who: str, keys: Any, method: str, path: str, **query: str) -> dict[str, Any]:
        return {"what": f"{method} {path} {who}", "keys": keys, "method": method, "path": path, "query": query}

    strangers: list[tuple[str, list[str] | None]] = [("without a key", None)]
    strangers += [(f"with the default key {access}", [access, secret]) for access, secret in DEFAULTS]
    found = [one(who, keys, "GET", "/") for who, keys in strangers]
    for name in names:
        for who, keys in strangers:
            found.append(one(who, keys, "GET", f"/{name}"))
            found.append(one(who, keys, "GET", f"/{name}/{OBJECT}"))
            found.append(one(who, keys, "PUT", f"/{name}/{OBJECT}"))
        found.append(one("without a key", None, "GET", f"/{name}", policy=""))
    for owner, forbidden in others.items():
        for method, _, bucket in (text.partition(" ") for text in forbidden):
            found.append(one(f"with the key of {owner}", owner, method, f"/{bucket}/{OBJECT}"))
    return found


def run(environment: Environment, declared: Declared) -> Report:
    """Raises OperationError for a host that can't be asked."""
    report, stores = Report(), declared.footprint.buckets
    for host in declared.footprint.hosts:
        if "bucket" in host.groups:
            port = ports(declared.table)["bucket"]
            argument = {
                "url": f"https://{NAME}:{port}",
                "connect": str(host.address),
                "region": "us-east-1",
                "ca": (environment.state / "ca.pem").read_text(),
                "tries": tries(["artifacts", "backups"], FORBIDDEN),
            }
            askers = [one.name for one in declared.footprint.hosts if {"service", "database"} & set(one.groups)]
            report.add(_ask(environment, f"{host.name}:{port}", askers, argument))
    for name, store in (("artifacts", stores.artifacts), ("backups", stores.backups)):
        if isinstance(store, CloudBucket):
            report.add(_cloud(environment, declared, name, store))
    return report


def _cloud(environment: Environment, declared: Declared, name: str, store: CloudBucket) -> Report:
    """A cloud's own bucket is asked by nobody and with default keys; whose keys open it is the cloud's to say."""
    if store.kind != "s3":
        return Report(unasked={"buckets": f"{name}, of Google's, whose public access prevention is a guardrail"})
    argument = {
        "url": str(store.endpoint or f"https://s3.{store.region or 'us-east-1'}.amazonaws.com"),
        "connect": None,
        "region": store.region or "us-east-1",
        "ca": store.ca_pem,
        "tries": [one for one in tries([store.name], {}) if one["path"] != "/"],
    }
    askers = [host.name for host in declared.footprint.hosts if {"service", "database"} & set(host.groups)][:1]
    return _ask(environment, f"{store.name} ({name})", askers, argument)


def _ask(environment: Environment, where: str, askers: Sequence[str], argument: dict[str, Any]) -> Report:
    said = asked(far.run(environment, Path(buckets.__file__), argument, hosts=askers))
    report = Report()
    for source, answers in said.items():
        report.add(judge(where, source, argument["tries"], answers))
    return report


def judge(where: str, source: str, wanted: Sequence[dict[str, Any]], answers: Sequence[int | str | None]) -> Report:
    """Whatever is not refused. None: this host had no such key to ask with."""
    report = Report()
    for one, answer in zip(wanted, answers, strict=True):
        if answer is None:
            continue
        report.checked["buckets"] += 1
        if answer not in (401, 403):
            got = f"gets {answer}" if isinstance(answer, int) else f"has no answer ({answer})"
            report.problems.append(Problem(where, source, f"{one['what']} {got}, not 403", FIX))
    return report
