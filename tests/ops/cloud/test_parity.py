"""The same names and signatures in ops/cloud/aws/ and ops/cloud/gcp/, which the verbs ask alike; no class says so."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from infra.settings_clouds import KINDS
from ops import cloud
from ops.environment import Environment
from tests.ops.cloud.conftest import write_stack

HERE = Path(cloud.__file__).parent
CLOUDS = ("aws", "gcp")
# What only one cloud has, and why.
MODULES = {
    "api": "Google's APIs have one client library for all, and it wants an address and credentials for each",
    "secret": "the look-up of AWS's secrets is a collection of Ansible's; of Google's there is none that we have",
    "firewall": "Google's rules have priorities and denials; AWS's security groups only ever open",
}
NAMES = {
    "account.configured": "AWS's region, profile and account ids are Pulumi's own keys; Google's settings are ours",
    "account.CONNECT": "AWS's library has two timeouts",
    "account.READ": "AWS's library has two timeouts",
    "account.holder": "Google's credentials are an object beside the clients; AWS's are inside of its session",
    "account.settings": "Google's calls each name the project",
    "costs.TAG": "AWS tags",
    "costs.LABEL": "Google labels",
    "costs.NAT": "Google's routers have no labels, and are known by their names",
    "costs.PAID": "Google's keys are paid for by version",
    "database_ca.TRUST_STORES": "AWS has partitions, each with a place of its own",
    "database_ca.verified": "RDS tells a fingerprint of what is downloaded; Google the certificate itself",
    "database_ca.instances": "costs asks it too, and RDS has no filter by tag",
    "host_keys.BLOCK": "AWS's keys are found in a console's text",
    "host_keys.LINE": "AWS's keys are found in a console's text",
    "host_keys.console": "AWS's keys are found in a console's text",
    "host_keys.of_console": "AWS's keys are found in a console's text",
    "host_keys.QUERY": "Google's keys are attributes",
    "instances.GONE": "AWS shows the dead for an hour, Google does not",
    "instances.RUNNING": "costs asks it too",
    "instances.labelled": "Compute Engine's lists are by zone and region",
    "instances.parts": "an instance of Google's has a path, one of AWS an id",
    "instances.path": "an instance of Google's has a path, one of AWS an id",
    "boot.UNIT": "Google's first boot is a unit of systemd",
    "protection.unless_gone": "costs asks it too: Google's key rings may not be there",
    "protection.TIMES": "Google's changes are operations that end later",
    "protection.PAUSE": "Google's changes are operations that end later",
    "tunnel.SAID": "Google's CLI has a login of its own",
    "ways.of": "AWS tags",
    "ways.tags": "AWS tags",
    "ways.ports": "AWS's rules have two ports; Google's are read in firewall.py",
    "ways.DATABASE_PORT": "Google's database is guarded by who may go out to it",
    "ways.IMPLIED": "Google's networks end in rules that no list shows",
}
SIGNATURES = {
    "protection.empty": "each has a client of its own library",
}
ATTRIBUTES = {"ways.Described": "what each cloud answers"}


def modules(name: str) -> set[str]:
    return {path.stem for path in (HERE / name).glob("*.py")}


def public(module: ModuleType) -> dict[str, object]:
    """What the verbs might ask of it: its own names, and those that it says it hands on (`x as x`)."""
    tree = ast.parse(inspect.getsource(module))
    return {name: getattr(module, name) for name in _names(tree) if not name.startswith("_")}


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))
            case ast.ImportFrom(names=names):
                yield from (one.asname for one in names if one.asname)


def both() -> list[str]:
    return sorted(set.intersection(*(modules(name) for name in CLOUDS)) - {"__init__"})


def load(name: str) -> tuple[dict[str, object], dict[str, object]]:
    first, second = (public(import_module(f"ops.cloud.{one}.{name}")) for one in CLOUDS)
    return first, second


def test_the_clouds_are_those_of_the_settings() -> None:
    assert set(CLOUDS) == set(KINDS) == {path.parent.name for path in HERE.glob("*/__init__.py")}


def test_each_file_is_in_both_or_has_a_reason() -> None:
    first, second = (modules(name) for name in CLOUDS)
    assert first ^ second == set(MODULES)


def test_each_name_is_in_both_or_has_a_reason() -> None:
    alone = set()
    for name in both():
        first, second = load(name)
        alone |= {f"{name}.{one}" for one in first.keys() ^ second.keys()}
    assert alone == set(NAMES), "a reason for what is not so any more is one too many"


@pytest.mark.parametrize("name", both())
def test_each_is_asked_alike_and_answers_alike(name: str) -> None:
    first, second = load(name)
    for one in first.keys() & second.keys():
        where = f"{name}.{one}"
        assert type(first[one]) is type(second[one]), where
        if inspect.isfunction(first[one]):
            unlike = said(first[one]) != said(second[one])
            assert unlike == (where in SIGNATURES), where
        elif inspect.isclass(first[one]):
            unlike = first[one].__annotations__ != second[one].__annotations__
            assert unlike == (where in ATTRIBUTES), where


def said(function: object) -> list[tuple[str, str]]:
    """The names and types of its parameters, and what it returns. That one is not used does not count."""
    assert callable(function)
    signature = inspect.signature(function)
    found = [(name.lstrip("_"), str(one.annotation)) for name, one in signature.parameters.items()]
    return [*found, ("", str(signature.return_annotation))]


def test_all_that_the_verbs_ask_for_is_there() -> None:
    """Each `part(environment, "x")`, and what is taken of it by name."""
    asked = set()
    root = HERE.parents[1]
    texts = [path.read_text() for path in (root / "ops").rglob("*.py")]
    for text in (one for one in texts if re.search(r"from ops\.cloud import .*\bpart\b", one)):
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Name(id="part"), args=[_, ast.Constant(value=str(name))]):
                    asked.add(name)
    assert asked == set(both()), "what nobody asks for is not part of the seam"


@pytest.mark.parametrize("name", CLOUDS)
def test_an_environments_part_is_that_of_its_cloud(root: Path, name: str) -> None:
    write_stack(root, f"{name}-dev")
    environment = Environment.resolve(f"{name}-dev", root)
    assert yaml.safe_load(environment.stack.read_text())["config"]["shoestring:cloud"] == name
    assert cloud.part(environment, "account").__name__ == f"ops.cloud.{name}.account"
