"""The host's scripts against a real gateway: who can do what, and that a second run finds nothing to do."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .conftest import Gateway, keys, leaf, settings_of

Scripts = dict[str, ModuleType]


def provision(scripts: Scripts, gateway: Gateway) -> list[str]:
    """What the provisioning script had to change."""
    root = scripts["s3"].Client(scripts["s3"].root_keys())
    changes: list[str] = scripts["provision"].provision(root, settings_of(gateway))
    return changes


def check(scripts: Scripts, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The sentences that the check script says do not hold."""
    report = scripts["check"].Report()
    wanted = scripts["s3"].settings()
    for name, access in wanted["buckets"].items():
        scripts["check"].bucket(report, name, access, list(wanted["accounts"]))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 20, "a check that runs nothing proves nothing"
    return [line for line in lines if line.startswith("FAILED")]


def test_a_second_run_changes_nothing(scripts: Scripts, gateway: Gateway) -> None:
    made = provision(scripts, gateway)
    assert len(made) == 6, "two buckets, each made, versioned and given its policy"
    assert provision(scripts, gateway) == [], "an unchanged host must report changed=0"


def test_each_account_can_do_its_own_work_and_no_other(
    scripts: Scripts, gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    provision(scripts, gateway)
    assert check(scripts, capsys) == []
    root = scripts["s3"].Client(scripts["s3"].root_keys())
    listing = root.send("GET", "/artifacts", {"versions": ""})[1]
    assert b"<VersionId>" not in listing, "a check that leaves versions behind fills the disk, run by run"


def test_a_lifted_policy_is_seen_and_put_back(
    scripts: Scripts, gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    provision(scripts, gateway)
    root = scripts["s3"].Client(scripts["s3"].root_keys())
    assert root.send("DELETE", "/artifacts", {"policy": ""})[0] == 204
    assert any("service gets it" in line for line in check(scripts, capsys)), "without it nobody else reads"
    assert provision(scripts, gateway) == ["bucket artifacts got its policy"]
    assert check(scripts, capsys) == []


def test_suspended_versions_are_seen_and_put_back(
    scripts: Scripts, gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    provision(scripts, gateway)
    root = scripts["s3"].Client(scripts["s3"].root_keys())
    suspended = scripts["provision"].VERSIONING.replace(b"Enabled", b"Suspended")
    assert root.send("PUT", "/backups", {"versioning": ""}, suspended)[0] == 200
    assert any("backups keeps the old version" in line for line in check(scripts, capsys))
    assert provision(scripts, gateway) == ["bucket backups keeps versions"]


def test_a_rotated_key_takes_over_the_bucket(scripts: Scripts, gateway: Gateway) -> None:
    provision(scripts, gateway)
    old = keys("deployer")
    new = {"access": "deployer-ffffffff", "secret": "rotated"}
    gateway.start(vault_bucket_deployer=new)
    changes = provision(scripts, gateway)
    assert changes == ["bucket artifacts given to deployer-ffffffff", "bucket artifacts got its policy"]
    client = scripts["s3"].Client
    assert client((new["access"], new["secret"])).send("PUT", "/artifacts/x", body=b"1")[0] == 200
    assert client((old["access"], old["secret"])).send("GET", "/artifacts/x")[0] == 403, "the old key is dead"


def test_the_accounts_can_make_no_bucket_and_see_no_other(scripts: Scripts, gateway: Gateway) -> None:
    provision(scripts, gateway)
    for name in ("deployer", "service", "backup"):
        client = scripts["s3"].Client((keys(name)["access"], keys(name)["secret"]))
        assert client.send("PUT", f"/{name}-own")[0] == 403, "buckets are the role's to make"
        answer = client.send("PATCH", "/list-users", administration=True)
        assert answer[0] == 403, "an account must not read the others' secrets, not even on the host"


@pytest.mark.usefixtures("gateway")
def test_a_certificate_of_another_authority_is_refused(
    scripts: Scripts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    leaf(other, "bucket.shoestring.internal")
    monkeypatch.setattr(scripts["s3"], "AUTHORITY", str(other / "ca.pem"))
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        scripts["s3"].Client(None).send("GET", "/")


def test_a_gateway_that_refuses_is_an_error_in_words(
    scripts: Scripts, gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger: Any = lambda: ("root-0123abcd", "wrong")  # noqa: E731 - a stub
    monkeypatch.setattr(scripts["provision"], "root_keys", stranger)
    assert scripts["provision"].main() == 1
    assert "SignatureDoesNotMatch" in capsys.readouterr().err
    gateway.stop()
    monkeypatch.setattr(scripts["provision"], "PATIENCE", 0)
    assert scripts["provision"].main() == 1
    assert "journalctl -u versitygw" in capsys.readouterr().err
