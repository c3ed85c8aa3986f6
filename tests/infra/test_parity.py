"""Both clouds have the same nouns: what differs is listed here, with its reason, and nothing else does.

There is no abstract base class; this is the interface.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from infra.guardrails import CLOUDS

INFRA = Path(__file__).resolve().parents[2] / "infra"
FILES = {
    "aws": {
        "login": "a key pair, so that another key stops no machine; Google's metadata changes without that",
        "policies": "IAM documents in JSON; Google has roles by name",
        "subnets": "one subnet a zone; Google's subnets are a region's",
    },
    "gcp": {},
}
ARGUMENTS = {
    "Access": "the end of the tunnel is a resource in AWS; IAP needs none",
    "Exposed": "Google's rules name accounts and the database's address, AWS's groups exist before both",
    "Login": FILES["aws"]["login"],
    "Network": "flow logs have a key of their own in AWS",
    "Bucket": "key_arn is an ARN, key is an id",
    "Database": "key_arn is an ARN, key is an id; the group that lets peers in is AWS's",
    "Identity": "AWS's policies name the key; Google's services use it by a grant of their own",
    "Records": "there is no IPv6 on Google here",
    "Vm": "AWS has an image's id, security groups and a profile; Google an account",
}


def public(cloud: str) -> dict[str, set[str]]:
    """Component -> the names of its arguments (the fields of <Component>Args), from the sources."""
    found: dict[str, set[str]] = {}
    for file in sorted((INFRA / cloud).glob("*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("Args"):
                fields = {
                    one.target.id
                    for one in node.body
                    if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                }
                found[node.name.removesuffix("Args")] = fields
    return found


def test_both_have_the_same_files() -> None:
    names = {cloud: {path.stem for path in (INFRA / cloud).glob("*.py")} for cloud in CLOUDS}
    assert names["aws"] - set(FILES["aws"]) - {"access"} == names["gcp"] - set(FILES["gcp"])
    assert set(FILES["aws"]) <= names["aws"] - names["gcp"], "it stands in both by now"


def test_both_have_the_same_components() -> None:
    assert set(public("aws")) - {"Access", "Login"} == set(public("gcp"))


@pytest.mark.parametrize("component", sorted(public("gcp")))
def test_a_component_takes_the_same(component: str) -> None:
    aws, gcp = public("aws")[component], public("gcp")[component]
    if component in ARGUMENTS:
        assert aws != gcp, "its reason is gone"
        assert "settings" in aws & gcp
    else:
        assert aws == gcp


def test_the_rules_are_about_the_same_subjects() -> None:
    names = {cloud: {path.stem for path in (INFRA / "guardrails" / cloud).glob("*.py")} for cloud in CLOUDS}
    assert names["aws"] - {"bucket_policies", "dangerous", "policies"} == names["gcp"]
