"""Good Footprints to start from, and the means to spoil them."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import yaml

ABSENT = object()
PEM = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUYQ==\n-----END CERTIFICATE-----\n"
ARN = "aws-sm:arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-0b1c-AbCdEf"
GCP = "gcp-sm:projects/acme-ml/secrets/database-admin/versions/latest"


def key(number: int, kind: str = "ssh-ed25519") -> str:
    """A host key of the right form."""
    fields = [kind.encode(), bytes([number]) * 32]
    return f"{kind} " + base64.b64encode(b"".join(len(f).to_bytes(4, "big") + f for f in fields)).decode()


def host(name: str, number: int, *groups: str, **more: Any) -> dict[str, Any]:
    """A host at 10.20.0.<number>."""
    ssh = {"user": "deploy", "host_keys": [key(number)], **more.pop("ssh", {})}
    return {"name": name, "groups": list(groups), "address": f"10.20.0.{number}", "ssh": ssh, **more}


def three() -> dict[str, Any]:
    """app1: proxy and service; app2: service; data1: database and bucket."""
    return {
        "environment": "three",
        "accept": ["backups-on-database-host"],
        "hosts": [
            host("app1", 11, "proxy", "service"),
            host("app2", 12, "service"),
            host("data1", 21, "database", "bucket"),
        ],
        "network": {
            "private_cidrs": ["10.20.0.0/24"],
            "admin_cidrs": ["192.168.7.0/24"],
            "public_cidrs": ["0.0.0.0/0", "::/0"],
        },
        "public": {"names": ["predict.internal"]},
        "database": {"kind": "host"},
        "buckets": {"artifacts": {"kind": "host"}, "backups": {"kind": "host"}},
    }


def managed() -> dict[str, Any]:
    """app1 alone; database and buckets are a cloud's."""
    document = three()
    document["environment"] = "managed"
    document["accept"] = []
    document["hosts"] = [host("app1", 11, "proxy", "service")]
    document["database"] = {
        "kind": "managed",
        "address": "db.internal",
        "port": 5432,
        "version": "17.4",
        "name": "service",
        "ca_pem": PEM,
        "admin": {"user": "root_of_all", "secret": ARN},
    }
    bucket = {"kind": "s3", "name": "acme-artifacts", "region": "eu-central-1", "credentials": "instance"}
    backups = {"kind": "gcs", "name": "acme-backups", "prefix": "ml/prod", "credentials": GCP}
    document["buckets"] = {"artifacts": bucket, "backups": backups}
    return document


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with `value` at a path such as `hosts.0.ssh.port`; ABSENT removes the key."""
    result = copy.deepcopy(document)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    node: Any = result
    for step in way:
        node = node[step]
    if value is ABSENT:
        del node[last]
    elif isinstance(last, int) and last == len(node):
        node.append(value)
    else:
        node[last] = value
    return result


def write(root: Path, document: object, suffix: str = "yml") -> Path:
    """The document as the Footprint of an environment named like its `environment`, if it has one."""
    name = document.get("environment", "three") if isinstance(document, dict) else "three"
    directory = root / (name if isinstance(name, str) and "/" not in name and name else "three")
    directory.mkdir(exist_ok=True, parents=True)
    file = directory / f"footprint.{suffix}"
    text = json.dumps(document) if suffix == "json" else yaml.safe_dump(document, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    return file
