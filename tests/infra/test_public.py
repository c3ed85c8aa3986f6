"""`certificate: files`: a good pair passes; each mistake is named with its fix before any host is contacted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from infra import public
from infra.public import CHAIN_FILE, KEY, ROOTS_FILE
from tests.infra.chains import DAY, NOW, authority, server

NAMES = ["predict.mycompany.net", "10.20.0.11"]
ROOT = authority("root")
MIDDLE = authority("middle", ROOT)
LEAF = server(MIDDLE, *NAMES)
OTHER = server(MIDDLE, *NAMES)
LOCKED = LEAF.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()


@dataclass(frozen=True)
class Given:
    """The files of an environment, and the key in its vault."""

    chain: str | None = LEAF.pem + MIDDLE.pem
    key: str | None = LEAF.key
    roots: str | None = ROOT.pem
    clear: str = ""  # group_vars in clear
    stray: str = ""  # a further file beside the chain
    certificate: Any = "files"


GOOD = Given()


def problems(directory: Path, given: Given) -> list[str]:
    """`path: found, expected, fix` of each."""
    for name, content in ((CHAIN_FILE, given.chain), (ROOTS_FILE, given.roots), ("public/key.pem", given.stray)):
        if content:
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).write_text(content)
    (directory / "group_vars").mkdir()
    (directory / "group_vars/all.yml").write_text(given.clear)
    stated = {"names": NAMES, "certificate": given.certificate}
    return [
        f"{one.path}: {one.found}, {one.expected}, {one.fix}" for one in public.problems(directory, stated, given.key)
    ]


@pytest.mark.parametrize(
    "given",
    [
        GOOD,
        replace(GOOD, chain=LEAF.pem + MIDDLE.pem + ROOT.pem),
        replace(GOOD, chain="subject=/CN=server\n" + LEAF.pem + "\n\n" + MIDDLE.pem),
        replace(GOOD, chain=(wild := server(MIDDLE, "*.mycompany.net", "10.20.0.11")).pem + MIDDLE.pem, key=wild.key),
        replace(GOOD, certificate="internal", chain=None, key=None, roots=None),
        replace(GOOD, certificate={"acme": {}}, chain=None, key=None),
    ],
    ids=["chain", "with its root", "with text between", "wildcard", "not asked for", "not asked for by ACME"],
)
def test_a_good_pair_passes(tmp_path: Path, given: Given) -> None:
    assert problems(tmp_path, given) == []


def _signed(**changed: Any) -> Given:
    leaf = server(MIDDLE, *changed.pop("names", NAMES), **changed)
    return replace(GOOD, chain=leaf.pem + MIDDLE.pem, key=leaf.key)


BAD: dict[str, tuple[Given, str, str]] = {
    "no chain": (replace(GOOD, chain=None), CHAIN_FILE, "no such file"),
    "an empty chain": (replace(GOOD, chain="\n"), CHAIN_FILE, "no certificate that can be read"),
    "a chain that is no PEM": (replace(GOOD, chain="0\x82\x01"), CHAIN_FILE, "no certificate that can be read"),
    "a chain cut off": (replace(GOOD, chain=LEAF.pem[:300]), CHAIN_FILE, "no certificate that can be read"),
    "no key": (replace(GOOD, key=None), KEY, "nothing in the vault"),
    "a key that is none": (replace(GOOD, key="secret77"), KEY, "nothing that can be read as a key"),
    "the certificate for the key": (replace(GOOD, key=LEAF.pem), KEY, "nothing that can be read as a key"),
    "a key under a passphrase": (replace(GOOD, key=LOCKED), KEY, "passphrase"),
    "the key of another": (replace(GOOD, key=OTHER.key), KEY, "the key of another certificate"),
    "the wrong order": (replace(GOOD, chain=MIDDLE.pem + LEAF.pem), CHAIN_FILE, "which did not sign it"),
    "a hole in the chain": (replace(GOOD, chain=LEAF.pem + ROOT.pem), CHAIN_FILE, "which did not sign it"),
    "no intermediate": (replace(GOOD, chain=LEAF.pem), CHAIN_FILE, "an issuer unknown to clients"),
    "a root that nobody has": (replace(GOOD, roots=None), CHAIN_FILE, "an issuer unknown to clients"),
    "a name too few": (_signed(names=NAMES[:1]), CHAIN_FILE, "but not 10.20.0.11"),
    "no names": (_signed(names=[]), CHAIN_FILE, "no name, but not predict.mycompany.net"),
    "a wildcard too high": (_signed(names=["*.net", NAMES[1]]), CHAIN_FILE, "but not predict.mycompany.net"),
    "expired": (_signed(start=NOW - 9 * DAY, end=NOW - DAY), CHAIN_FILE, "expired on"),
    "not yet valid": (_signed(start=NOW + DAY), CHAIN_FILE, "not valid before"),
    "the key in the chain's file": (
        replace(GOOD, chain=LEAF.key + LEAF.pem + MIDDLE.pem), CHAIN_FILE, "a private key in clear",
    ),
    "the key beside it": (replace(GOOD, stray=LEAF.key), "public/key.pem", "a private key in clear"),
    "the key in group_vars": (replace(GOOD, clear=f"{KEY}: x\n"), KEY, "a private key in clear"),
    "roots that are none": (replace(GOOD, roots="none"), ROOTS_FILE, "no certificate that can be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_named_with_its_fix(tmp_path: Path, case: str) -> None:
    given, path, found = BAD[case]
    said = problems(tmp_path, given)
    assert any(line.startswith(f"{path}: ") and found in line for line in said), said
    assert all(line.rpartition(", ")[2].strip() for line in said), "a mistake without a fix"
    secrets = {line for key in (LEAF.key, LOCKED, "secret77") for line in key.splitlines() if "--" not in line}
    assert not any(secret in line for line in said for secret in secrets), "the key is shown"


def test_an_expired_certificate_keeps_nobody_from_a_restore(tmp_path: Path) -> None:
    """The inventory, which every playbook reads, lets it pass; `up` does not, and says so first."""
    given = _signed(start=NOW - 9 * DAY, end=NOW - DAY)
    assert len(problems(tmp_path, given)) == 1
    stated = {"names": NAMES, "certificate": "files"}
    public.check(tmp_path, stated, given.key, expired=False)
    with pytest.raises(public.CertificateError, match="expired on"):
        public.check(tmp_path, stated, given.key)
    with pytest.raises(public.CertificateError, match="another certificate"):
        public.check(tmp_path, stated, OTHER.key, expired=False)


def test_only_the_mistake_is_named(tmp_path: Path) -> None:
    said = problems(tmp_path, replace(GOOD, key=OTHER.key))
    assert len(said) == 1, said


@pytest.mark.parametrize(
    ("certificate", "roots", "trusted"),
    [
        ("internal", None, "state/ca.pem"),
        ("internal", ROOT.pem, "state/ca.pem"),
        ("files", ROOT.pem, f"stack/{ROOTS_FILE}"),
        ({"acme": {}}, ROOT.pem, f"stack/{ROOTS_FILE}"),
        ({"acme": {}}, None, None),
    ],
    # Two workers must collect the same names: a certificate made anew in each is none.
    ids=["internal", "internal beside roots", "files", "acme with roots", "acme"],
)
def test_whom_clients_trust(tmp_path: Path, certificate: Any, roots: str | None, trusted: str | None) -> None:
    """The internal CA for its own; else the environment's own file where there is one, else what every client has."""
    directory, state = tmp_path / "stack", tmp_path / "state"
    (directory / "public").mkdir(parents=True)
    if roots:
        (directory / ROOTS_FILE).write_text(roots)
    found = public.roots({"names": NAMES, "certificate": certificate}, directory, state)
    assert found == (tmp_path / trusted if trusted else None)
