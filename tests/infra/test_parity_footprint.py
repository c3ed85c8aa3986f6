"""Each field of the Footprint that one cloud writes the other writes too, or there is a reason; none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.footprint import Footprint
from infra.guardrails import CLOUDS
from tests.infra.aws import plans as aws
from tests.infra.gcp import plans as gcp

PLANS = {"aws": aws, "gcp": gcp}
HOME = "198.51.100.0/24"
# Settings that make a program write more of it. The same in both clouds.
MORE: list[tuple[str, dict[str, Any]]] = [
    ("dev", {}),
    ("prod", {}),
    ("prod", {"ssh": "jump", "admin_cidrs": [HOME]}),
    ("dev", {"mirror": "https://mirror.acme.dev/debian"}),
    ("prod", {"names": ["predict.acme.dev"], "certificate": {"acme": {"email": "ops@acme.dev"}}}),
]
ONE_CLOUD = {
    "buckets.artifacts.region": ("aws", "S3 is asked in a region; Google's buckets have one address"),
    "buckets.backups.region": ("aws", "likewise"),
    "hosts[].ssh.via.tunnel.region": ("aws", "EC2 Instance Connect is a region's"),
    "hosts[].ssh.via.tunnel.project": ("gcp", "IAP names an instance by its project and zone"),
    "hosts[].ssh.via.tunnel.zone": ("gcp", "likewise"),
}
NO_CLOUD = {
    "accept[]": "a risk of hosts that hold a bucket",
    "generated_at": "added when it is written (ops/cloud/)",
    "hosts[].ssh.host_keys[]": "added when it is written: they are made at the first boot",
    "hosts[].ssh.port": "22, which is the default",
    "database.ca_pem": "added when it is written",
    "network.http_proxy": "for servers behind one",
    "network.dns[]": "the cloud's own, which hosts have",
    "public.certificate.acme.directory": "Let's Encrypt's is the default",
    **{
        f"buckets.{purpose}.{name}": "for a store of one's own"
        for purpose in ("artifacts", "backups")
        for name in ("prefix", "endpoint", "path_style", "ca_pem")
    },
}


def schema(node: dict[str, Any], definitions: dict[str, Any], path: str = "") -> Iterator[str]:
    """Every leaf that a Footprint may have: hosts[].ssh.user."""
    if "$ref" in node:
        yield from schema(definitions[node["$ref"].rpartition("/")[2]], definitions, path)
    elif "properties" in node:
        for name, each in node["properties"].items():
            yield from schema(each, definitions, f"{path}.{name}" if path else name)
    elif node.get("type") == "array":
        yield from schema(node["items"], definitions, f"{path}[]")
    elif alternatives := node.get("oneOf") or node.get("anyOf"):
        for each in alternatives:
            yield from schema(each, definitions, path)
    else:
        yield path


def written(node: Any, path: str = "") -> Iterator[str]:
    """Every leaf of a document; an empty list has none."""
    if isinstance(node, dict):
        for name, each in node.items():
            yield from written(each, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for each in node:
            yield from written(each, f"{path}[]")
    else:
        yield path


def fields(cloud: str) -> set[str]:
    """Leaves that a cloud's program writes something into, whatever the settings are."""
    plans = PLANS[cloud]
    documents = [plans.changed(f"{cloud}-{tier}", **more)[1].outputs["footprint"] for tier, more in MORE]
    return {path for document in documents for path in written(without_nothing(document))}


def without_nothing(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: without_nothing(each) for name, each in node.items() if each is not None}
    return [without_nothing(each) for each in node] if isinstance(node, list) else node


DOCUMENT = Footprint.model_json_schema()
ALL = {path for path in schema(DOCUMENT, DOCUMENT["$defs"]) if path}


def test_what_one_cloud_writes_the_other_writes_too() -> None:
    mine, yours = fields("aws"), fields("gcp")
    differ = {path: "aws" if path in mine else "gcp" for path in mine ^ yours}
    assert differ == {path: cloud for path, (cloud, _) in ONE_CLOUD.items()}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_field_is_written_or_somebody_knows_why_not(cloud: str) -> None:
    elsewhere = {path for path, (whose, _) in ONE_CLOUD.items() if whose != cloud}
    assert ALL - fields(cloud) - set(NO_CLOUD) - elsewhere == set()


@pytest.mark.parametrize("cloud", CLOUDS)
def test_nothing_is_written_that_is_no_field(cloud: str) -> None:
    assert fields(cloud) - ALL == set()
    assert set(NO_CLOUD) <= ALL, "a field that is gone"
    assert set(NO_CLOUD) & fields(cloud) == set(), "it is written by now"
