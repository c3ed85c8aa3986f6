"""What the scripts and templates say, without a gateway."""

import json
from types import ModuleType

import yaml

from .conftest import CREDENTIALS, ROLE, UNIT, keys, render

Scripts = dict[str, ModuleType]


def actions(scripts: Scripts, who: str) -> set[str]:
    """What the policy of a bucket of `owner`'s with the reader `reader` lets `who` do."""
    statements = scripts["provision"].policy("b", "owner", ["reader"])["Statement"]
    return {action for each in statements if who in each["Principal"]["AWS"] for action in each["Action"]}


def test_an_owner_is_named_since_a_policy_shuts_out_whom_it_does_not_name(scripts: Scripts) -> None:
    assert {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"} <= actions(scripts, "owner")


def test_a_stolen_key_destroys_no_old_version(scripts: Scripts) -> None:
    granted = actions(scripts, "owner")
    assert "s3:*" not in granted
    assert not granted & {"s3:DeleteObjectVersion", "s3:PutBucketVersioning", "s3:PutBucketPolicy"}


def test_a_reader_only_gets_and_lists(scripts: Scripts) -> None:
    assert {action.split(":")[1][:3] for action in actions(scripts, "reader")} == {"Get", "Lis"}


def test_no_statement_is_for_everybody(scripts: Scripts) -> None:
    assert "*" not in json.dumps(scripts["provision"].policy("b", "owner", [])["Statement"][0])


def test_a_signature_is_the_one_that_amazon_documents(scripts: Scripts) -> None:
    # The example "GET Object" of the S3 reference on signing by the Authorization header.
    example = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    head = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"}
    signed = scripts["s3"].sign(example, "us-east-1", "GET", "/test.txt", "", b"", head, 1369353600.0)
    assert signed["authorization"].endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


SECRET = {"deployer.curl", "root.env", "users.json"}


def test_secrets_are_in_the_credential_files_only() -> None:
    for path in sorted((ROLE / "templates").rglob("*.j2")):
        target = str(path.relative_to(ROLE / "templates")).removesuffix(".j2")
        holds = "secret-of-" in render(target)
        assert holds == (path.name.removesuffix(".j2") in SECRET), f"{target} is not written as a secret"


def test_what_holds_a_secret_is_written_as_one() -> None:
    tasks = yaml.safe_load((ROLE / "tasks/configure.yml").read_text())
    files = next(task["tree"]["files"] for task in tasks if "tree" in task)
    for name in SECRET:
        assert files[f"{CREDENTIALS}/{name}"]["mode"] == "0600"
        assert files[f"{CREDENTIALS}/{name}"]["secret"] is True, "its content would show in --diff"


def test_the_gateway_knows_just_the_accounts_of_the_vault() -> None:
    users = json.loads(render(f"{CREDENTIALS}/users.json"))["accessAccounts"]
    assert {name: user["role"] for name, user in users.items()} == dict.fromkeys(
        (keys(name)["access"] for name in ("deployer", "service", "backup")), "user"
    ), "an admin among them could read everything"


def test_a_renewed_certificate_changes_the_unit_and_so_restarts_the_daemon() -> None:
    assert render(UNIT) != render(UNIT, certificates_fingerprint="cc:dd")


def test_the_templates_hold_no_litter() -> None:
    names = {path.name for path in (ROLE / "templates").rglob("*") if path.is_file()}
    ours = {"bucket.json.j2", "versitygw.service.j2"} | {f"{name}.j2" for name in SECRET}
    ours |= {"shoestring-versions.service.j2", "shoestring-versions.timer.j2"}
    assert names == ours | {"s3.py", "provision.py", "check.py", "versions.py"}, (
        "a tool's cache would be written to the hosts"
    )
