"""The public certificate: bad files are refused before anything is contacted, and a near end is told in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.footprint import Footprint
from infra.public import CHAIN_FILE, KEY, ROOTS_FILE, CertificateError
from ops import certificate, controller, playbook, rehearsal, up, vault
from ops.door import Validity
from ops.environment import Environment
from ops.secrets import ensure_vault
from ops.steps import Steps
from tests.infra.chains import DAY, NOW, authority, server
from tests.ops.test_rehearsal import THREE

CERTIFICATES: dict[str, Any] = {
    "internal": "internal",
    "files": "files",
    "acme": {"acme": {"email": "ops@mycompany.net"}},
}


@pytest.fixture
def files(yours: Environment) -> Environment:
    """Servers that one owns, with a good certificate handed out by a company's CA."""
    plain = rehearsal.footprint(yours, THREE, {"names": ["predict.mycompany.net"], "certificate": "files"})
    yours.footprint.write_text(yaml.safe_dump(plain))
    root = authority("root")
    leaf = server(root, "predict.mycompany.net")
    for name, content in ((CHAIN_FILE, leaf.pem), (ROOTS_FILE, root.pem)):
        (yours.directory / name).parent.mkdir(exist_ok=True)
        (yours.directory / name).write_text(content)
    ensure_vault(yours)
    _keep(yours, leaf.key)
    return yours


def _keep(environment: Environment, key: str) -> None:
    vault_key = vault.key()
    vault.write(environment.vault, vault.read(environment.vault, vault_key) | {KEY: key}, vault_key)


def test_a_good_pair_passes_and_the_vault_keeps_its_key(files: Environment) -> None:
    certificate.check(files)
    ensure_vault(files)
    certificate.check(files)


def test_up_refuses_a_bad_pair_before_it_builds_or_contacts(
    files: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(files, authority("another").key)
    monkeypatch.setattr(controller, "ensure", lambda *_: None)
    monkeypatch.setattr(playbook, "run", lambda *_, **__: pytest.fail("a host would have been contacted"))
    monkeypatch.setattr(up, "make_hosts", lambda *_: pytest.fail("hosts would have been made"))
    with pytest.raises(CertificateError) as caught, Steps() as steps:
        up.run(files, steps)
    text = str(caught.value)
    assert "nothing was contacted or changed" in text
    assert "the key of another certificate than predict.mycompany.net" in text
    assert "fix" in text
    assert "BEGIN" not in text


@pytest.mark.parametrize("kind", CERTIFICATES)
@pytest.mark.parametrize(
    ("life", "left", "warned"),
    [
        (90 * DAY, 30 * DAY, ""),
        (90 * DAY, 20 * DAY + timedelta(hours=1), ""),
        (90 * DAY, 20 * DAY, "20 days"),
        (730 * DAY, 20 * DAY, "20 days"),
        (90 * DAY, timedelta(hours=3), "3 hours"),
        (90 * DAY, -DAY, "0 hours"),
        (DAY, timedelta(hours=7), ""),
        (DAY, timedelta(hours=6), "6 hours"),
    ],
)
def test_a_near_end_is_told_with_what_renews_it(
    one: Environment, kind: str, life: timedelta, left: timedelta, warned: str
) -> None:
    plain = rehearsal.footprint(one, THREE, {"names": ["a.mycompany.net"], "certificate": CERTIFICATES[kind]})
    footprint = Footprint.model_validate(plain)
    said = certificate.warnings(one, footprint, Validity(NOW + left - life, NOW + left), NOW)
    assert [warned in line for line in said] == ([True] if warned else [])
    fix = {"internal": "make up", "files": CHAIN_FILE, "acme": "journalctl -u shoestring-acme` on app1"}[kind]
    assert all(fix in line for line in said)


def test_the_days_are_a_setting(one: Environment) -> None:
    (one.directory / "group_vars/all").mkdir(parents=True)
    Path(one.directory / "group_vars/all/main.yml").write_text("proxy_certificate_warn_days: 5\n")
    footprint = Footprint.model_validate(rehearsal.footprint(one, THREE))
    for days, count in ((6, 0), (5, 1)):
        validity = Validity(NOW - 90 * DAY, NOW + days * DAY)
        assert len(certificate.warnings(one, footprint, validity, NOW)) == count
