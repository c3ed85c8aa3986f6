"""A cloud environment rehearsed for the tests: a stack of its own beside the shipped one that it is made from."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore import xform_name

from ops.environment import ROOT
from ops.rehearse import account
from ops.rehearse.place import SUFFIX, Rehearsed
from rehearsal.planes.buckets import Gateway
from rehearsal.planes.gcs.store import Store
from tests.hosts import killing
from tests.hosts.site import CLOUDS, Site


@dataclass
class Cloud(Site):
    """`directory` is the rehearsal's, so that every verb and every look at a host is that of any other site.

    `stack`: the name of the environment that is rehearsed.
    """

    stack: str

    @classmethod
    def like(cls, stack: str, directory: Path) -> Cloud:
        """One of CLOUDS: the shipped stack by another name and in another network, in a stand-in for stacks/."""
        shipped, cidr = CLOUDS[stack]
        document = yaml.safe_load((ROOT / f"stacks/Pulumi.{shipped}.yaml").read_text())
        document["config"]["shoestring:cidr"] = cidr
        (directory / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document))
        return cls(directory / f"{stack}{SUFFIX}", stack)

    @property
    def place(self) -> Rehearsed:
        return Rehearsed.of(str(self.directory.with_name(self.stack)))

    @property
    def surroundings(self) -> dict[str, str]:
        """With the emulated account, whose stand-in for the AWS CLI is the tunnel to hosts that have no other way."""
        planes = self.place.planes
        said: dict[str, str] = json.loads((planes / account.SURROUNDINGS).read_text())
        return {**os.environ, **said, "PATH": f"{planes / 'bin'}:{os.environ['PATH']}"}

    def rehearse(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """`make rehearse KEEP=1` of the stack, unless told otherwise."""
        return Site(self.directory.with_name(self.stack)).verb("rehearse", **{"KEEP": "1", **variables})

    def begin(self, log: Path) -> subprocess.Popen[bytes]:
        """The same, under way."""
        where = {"ENV": str(self.directory.with_name(self.stack)), "KEEP": "1"}
        return killing.start([sys.executable, "-m", "ops.cli", "rehearse"], log, **where)

    def aws(self, service: str) -> Any:
        """A client for the emulated account; not through anything of ours."""
        said = json.loads((self.place.planes / account.SURROUNDINGS).read_text())
        return boto3.client(
            service,
            region_name="eu-central-1",
            endpoint_url=said["AWS_ENDPOINT_URL"],
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulated account asks for any
        )

    def obey(self, error: str) -> None:
        """What a person does who reads an error: its command of the AWS CLI, done by boto3 at the address it names."""
        line = next(line for line in error.splitlines() if " aws --region " in line)
        variables, _, words = line.partition("fix:")[2].partition(" aws --region ")
        assert f"AWS_ENDPOINT_URL={self.surroundings['AWS_ENDPOINT_URL']}" in variables.split(), "and no other account"
        region, service, verb, flag, value = shlex.split(words)
        client = self.aws(service)
        assert client.meta.region_name == region
        method = verb.replace("-", "_")
        operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
        members = operation.input_shape.members
        name = next(each for each in members if xform_name(each, "-") == flag.removeprefix("--"))
        getattr(client, method)(**{name: [value] if members[name].type_name == "list" else value})

    @property
    def registry(self) -> list[dict[str, Any]]:
        """What the program made: {type, id, outputs ...} each."""
        entries: list[dict[str, Any]] = json.loads((self.place.planes / "registry.json").read_text())
        return entries

    def identity(self, kind: str, name: str = "") -> str:
        """The id of the one resource of that type whose logical name ends so."""
        found = [one["id"] for one in self.registry if one["type"] == kind and one["name"].endswith(name)]
        assert len(found) == 1, (kind, name, found)
        return str(found[0])

    @property
    def gateway(self) -> Gateway:
        """Where the buckets of an AWS environment are."""
        bucket = self.footprint()["buckets"]["artifacts"]
        address, _, port = bucket["endpoint"].removeprefix("https://").partition(":")
        return Gateway(self.place.planes / "s3", address, int(port), bucket["region"])

    @property
    def store(self) -> Store:
        """Where those of one on Google Cloud are."""
        bucket = self.footprint()["buckets"]["artifacts"]
        address, _, port = bucket["endpoint"].removeprefix("https://").partition(":")
        return Store(self.place.planes / "gcs", address, int(port))


@contextmanager
def standing(stack: str, directory: Path) -> Iterator[tuple[Cloud, str]]:
    """One of CLOUDS, rehearsed from nothing; and what the run printed. Gone after the block.

    With SHOESTRING_TEST_CLOUDS=<directory> it is one that stands there already, or is made there, and it is left.
    """
    kept = os.environ.get("SHOESTRING_TEST_CLOUDS")
    directory = Path(kept or directory) / "stacks"
    directory.mkdir(parents=True, exist_ok=True)
    cloud = Cloud.like(stack, directory)
    if not kept:
        cloud.verb("down")  # what a killed run left
    try:
        done = cloud.rehearse()
        assert done.returncode == 0, done.stdout
        yield cloud, done.stdout
    finally:
        if not kept:
            cloud.must("down")


def fixtures(stack: str) -> tuple[Any, Any]:
    """A module's `first`, which is what `standing` gives, and `cloud`, which is the first of it."""

    @pytest.fixture(scope="module")
    def first(_vault_key: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cloud, str]]:
        with standing(stack, tmp_path_factory.mktemp("clouds")) as made:
            yield made

    @pytest.fixture(scope="module")
    def cloud(first: tuple[Cloud, str]) -> Cloud:
        return first[0]

    return first, cloud


def phases(said: str) -> set[str]:
    """Those that a run says the time of."""
    return set(re.findall(r"^ok  (\w+)  (?:[0-9]+ min )?[0-9.]+ s", said, re.MULTILINE))


def hosts(verb: str, environment: str, *names: str) -> None:
    """A verb of rehearsal.hosts."""
    argv = [sys.executable, "-m", "rehearsal.hosts", verb, "--environment", environment, *names]
    subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=120)
