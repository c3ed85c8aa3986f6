"""The program's run for a stack, with ids invented: once a session, for every test that looks at what it registers."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from infra import exposure
from infra.settings import Settings
from rehearsal import program
from rehearsal.program import Made, Resource

ROOT = Path(__file__).resolve().parents[3]
STACKS = ("aws-dev", "aws-prod")
ACCOUNT, REGION = "123456789012", "eu-central-1"
IMAGE = "ami-0123456789abcdef0"
IPV6 = "2a05:d014:1200::"  # of Amazon's, as the public addresses: a Footprint may hold no example


class Inventor:
    """Answers like AWS where the program asks, with made-up ids. Two runs invent the same ones."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        digest = hashlib.sha256(resource.urn.encode()).hexdigest()
        service = resource.type.split(":")[1].split("/")[0]
        arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource.name}"
        outputs: dict[str, Any] = {"arn": arn, "name": resource.name}
        match resource.type:
            case "aws:ec2/vpc:Vpc":
                outputs |= {"ipv6CidrBlock": f"{IPV6}/56"}
            case "aws:ec2/instance:Instance":
                number = int(digest[:4], 16) % 200 + 10
                outputs |= {"privateIp": f"10.20.0.{number}", "ipv6Addresses": [f"{IPV6}{number}"]}
                return f"i-{digest[:17]}", outputs
            case "aws:ec2/eip:Eip":
                outputs |= {"publicIp": f"18.184.0.{int(digest[:2], 16) % 200 + 10}"}
            case "aws:ebs/volume:Volume":
                return f"vol-{digest[:17]}", outputs
            case "aws:rds/instance:Instance":
                secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-{digest[:8]}-AbCdEf"
                outputs |= {"address": f"{resource.name}.{REGION}.rds.amazonaws.com"}
                outputs |= {"masterUserSecrets": [{"secretArn": secret}]}
        return f"{resource.name}-{digest[:7]}", outputs

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((token, arguments))
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
            "aws:ec2/getAmi:getAmi": {"id": IMAGE},
        }
        return answers[token]


def stack(name: str) -> Made:
    """What the program registers for stacks/Pulumi.<name>.yaml, before its deploy.pub is written."""
    return changed(name)[1]


def settings(name: str) -> Settings:
    return Settings.load(ROOT / "stacks" / f"Pulumi.{name}.yaml")


def changed(name: str, **settings: Any) -> tuple[Settings, Made]:
    """The same stack with other settings (without their `shoestring:`); None removes one."""
    return opened(name, None, **settings)


def opened(name: str, table: list[dict[str, Any]] | None, **settings: Any) -> tuple[Settings, Made]:
    """... and with another exposure table."""
    checked, made, _ = _run(name, json.dumps(settings), json.dumps(table))
    return checked, made


def images(name: str, **settings: Any) -> list[dict[str, Any]]:
    """The arguments with which the program looked for an image."""
    calls = _run(name, json.dumps(settings), "null")[2]
    return [arguments for function, arguments in calls if function == "aws:ec2/getAmi:getAmi"]


@functools.cache
def _run(name: str, settings: str, table: str) -> tuple[Settings, Made, list[tuple[str, dict[str, Any]]]]:
    provider, lines = Inventor(), json.loads(table)
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        file = written(Path(directory), name, **json.loads(settings))
        if lines is not None:
            stack.enter_context(patch.object(exposure, "load", lambda: exposure.TABLE.validate_python(lines)))
        return Settings.load(file), program.run(file, provider, preview=True), provider.asked


def written(directory: Path, name: str, **settings: Any) -> Path:
    """The stack's file with other settings, in `directory`."""
    document = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text())
    for key, value in settings.items():
        document["config"][f"shoestring:{key}"] = value
    document["config"] = {key: value for key, value in document["config"].items() if value is not None}
    file = directory / f"Pulumi.{name}.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


def of(made: Made, *types: str) -> list[Resource]:
    """The resources of these types, each the last part of a type token, such as Instance or Vpc."""
    return [one for one in made.resources if one.custom and one.type.rpartition(":")[2] in types]


def machines(made: Made) -> list[Resource]:
    return [one for one in made.resources if one.type == "aws:ec2/instance:Instance"]


def identity(resource: Resource) -> str:
    """The id that was invented for it."""
    return Inventor().create(resource)[0]


def values(made: Made, key: str) -> Iterator[Any]:
    """Every value of an input that is called `key`, however deep."""

    def walk(value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            yield from ([value[key]] if key in value else [])
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        yield from itertools.chain.from_iterable(map(walk, inner))

    for resource in made.resources:
        yield from walk(resource.inputs)
