"""`certificate: files`: what a company hands out is served; a pair that clients would refuse never reaches a host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from infra.public import KEY
from ops import vault
from tests.hosts.site import Site
from tests.hosts.steady import requests, served
from tests.hosts.variant import Variant, beside
from tests.infra.chains import Signer, authority, server

ROOT = authority("company root")
MIDDLE = authority("company servers", ROOT)


@dataclass
class Company:
    """The site's environment with a certificate that a company's CA signed."""

    variant: Variant
    address: str
    internal: str

    def hand_out(self, leaf: Signer, key: str | None = None) -> None:
        """The chain to its file, the key to the vault: what the person who got them does."""
        public = {"names": [self.address], "certificate": "files"}
        self.variant.write(self.variant, public, certificate=leaf.pem + MIDDLE.pem, ca=ROOT.pem)
        environment, vault_key = self.variant.environment, vault.key()
        kept = vault.read(environment.vault, vault_key)
        vault.write(environment.vault, kept | {KEY: key or leaf.key}, vault_key)

    def serial(self) -> object:
        return served(self.address, self.address, self.internal + ROOT.pem)["serialNumber"]


@pytest.fixture(scope="module")
def company(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """With a vault of its own, since the site's is to stay as it is. Nothing is served yet."""
    variant = beside(site, tmp_path_factory.mktemp("files"))
    variant.write(site, {"names": [site.hosts()["app1"]], "certificate": "internal"})
    variables = variant.directory / "group_vars"
    variables.unlink()
    (variables / "all").mkdir(parents=True)
    (variables / "all/vault.yml").write_bytes(site.environment.vault.read_bytes())
    return Company(variant, site.hosts()["app1"], (site.environment.state / "ca.pem").read_text())


@pytest.fixture(scope="module")
def handed_out(site: Site, company: Company) -> Iterator[Signer]:
    """A good pair, put into service under steady requests; the site's own kind again in the end."""
    leaf = server(MIDDLE, company.address)
    company.hand_out(leaf)
    with requests(company.address, company.address, company.internal + ROOT.pem) as seen:
        assert company.variant.changes() > 0
    yield leaf
    assert Variant(site.directory).changes() > 0
    assert Variant(site.directory).changes("--check") == 0
    assert site.ssh("app1", "test ! -e /etc/shoestring/tls/files.pem").returncode == 0, "the company's key stays behind"
    assert site.status()["result"] == "ok"
    assert seen.lost == []
    assert len(seen.serials) == 2, "the host's own, then the company's"


def test_a_bad_pair_never_reaches_a_host(site: Site, company: Company) -> None:
    """The table of bad pairs is in tests/infra/test_public.py; here, that all ways to the hosts ask it first."""
    before = company.serial()
    footprint = company.variant.directory / "footprint.yml"
    company.hand_out(server(MIDDLE, company.address), key=MIDDLE.key)
    ways = [company.variant.verb("up")]
    # Nobody answers at these addresses: a run that contacted a host would say UNREACHABLE.
    nowhere = yaml.safe_load(footprint.read_text())
    for host in nowhere["hosts"]:
        host["ssh"]["address"] = f"{host['name']}.invalid"
    footprint.write_text(yaml.safe_dump(nowhere))
    ways += [company.variant.playbook("site"), company.variant.playbook("site", "--tags", "host")]
    company.variant.write(site, nowhere["public"])
    for done in ways:
        assert done.returncode != 0, done.stdout
        assert "UNREACHABLE" not in done.stdout
        for said in ("the key of another certificate than", "nothing was contacted or changed", "take the key that"):
            assert said in done.stdout, done.stdout
        assert "PRIVATE KEY" not in done.stdout
    assert company.serial() == before


@pytest.mark.full
def test_a_good_pair_is_served_with_its_chain(company: Company, handed_out: Signer) -> None:
    assert int(str(company.serial()), 16) == handed_out.certificate.serial_number


@pytest.mark.full
def test_every_verb_trusts_what_clients_trust(company: Company, handed_out: Signer) -> None:
    found = company.variant.status()
    assert (found["result"], found["warnings"]) == ("ok", [])
    assert found["ca_file"] == str(company.variant.directory / "public/ca.pem")
    assert found["certificate_ends"] == handed_out.certificate.not_valid_after_utc.isoformat()
    done = company.variant.verb("verify")
    assert done.returncode == 0, done.stdout


@pytest.mark.full
@pytest.mark.usefixtures("handed_out")
def test_a_new_pair_loses_no_request_and_an_unchanged_one_changes_nothing(company: Company) -> None:
    before = company.serial()
    company.hand_out(server(MIDDLE, company.address))
    assert company.variant.changes("--check", "--diff") > 0
    with requests(company.address, company.address, ROOT.pem) as seen:
        assert company.variant.changes() > 0
    assert seen.lost == []
    assert len(seen.serials) == 2
    assert company.serial() != before
    assert company.variant.changes() == 0
    assert company.variant.changes("--check", "--diff") == 0
