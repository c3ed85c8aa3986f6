"""The public door's certificate as the controller knows it: its kind, whom clients trust, and a company's files."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from infra import pair, variables
from infra.problems import Problem, SettingsError

INTERNAL, FILES, ACME = "internal", "files", "acme"
CHAIN_FILE = "public/certificate.pem"  # below the environment's directory
ROOTS_FILE = "public/ca.pem"
KEY = "vault_public_key"
# What OpenSSL on Debian and Ubuntu trusts, in one file.
SYSTEM_ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
LARGEST_BYTES = 1024 * 1024  # all roots of a browser are a quarter of that


class CertificateError(SettingsError):
    """A public certificate that can't be used."""

    what = "public certificate"


def kind(public: Mapping[str, Any]) -> str:
    """INTERNAL, FILES or ACME, of a Footprint's `public` as JSON types."""
    certificate = public["certificate"]
    return certificate if isinstance(certificate, str) else ACME


def url(public: Mapping[str, Any]) -> str:
    """Where users ask."""
    name = public["names"][0]
    return f"https://[{name}]" if ":" in name else f"https://{name}"


def roots(public: Mapping[str, Any], directory: Path, state: Path) -> Path | None:
    """The CA certificates that a client of the door has to be told of; None where its own are enough."""
    if kind(public) == INTERNAL:
        return state / "ca.pem"
    own = directory / ROOTS_FILE
    return own if own.is_file() else None


def check(directory: Path, public: Mapping[str, Any], key: str | None, *, expired: bool = True) -> None:
    """Raises CertificateError with all that keeps the door from serving what the Footprint's `public` says.

    `expired=False` does not mind a certificate that was good once: it must keep nobody from a restore or a deploy.
    """
    if found := list(problems(directory, public, key, expired=expired)):
        raise CertificateError(directory, found)


def problems(
    directory: Path, public: Mapping[str, Any], key: str | None, now: datetime | None = None, *, expired: bool = True
) -> Iterator[Problem]:
    """What is wrong with the files of a certificate that is not `internal`; `key` is the vault's. Contacts nobody."""
    if kind(public) == INTERNAL:
        return
    yield from _roots(directory)
    if kind(public) == FILES:
        yield from _clear(directory)
        yield from _files(directory, public["names"], key, now, expired)


def _roots(directory: Path) -> Iterator[Problem]:
    path = directory / ROOTS_FILE
    if path.is_file() and not pair.certificates(_content(path)):
        fix = f"write the roots' certificates into {path} as PEM, or delete it"
        yield Problem(ROOTS_FILE, "no certificate that can be read", "CA certificates in PEM form", fix)


def _clear(directory: Path) -> Iterator[Problem]:
    """A key that lies open in the repository is everybody's."""
    fix = f"ansible-vault edit {directory}/group_vars/all/vault.yml: put it there as {KEY}; then have the certificate"
    fix += " issued anew with another key if this one was ever committed"
    for path in sorted((directory / "public").glob("*")):
        if path.is_file() and path.name != Path(CHAIN_FILE).name and b"PRIVATE KEY" in _content(path):
            yield Problem(f"public/{path.name}", "a private key in clear", "certificates alone", fix)
    if KEY in variables.read(directory):
        yield Problem(KEY, "a private key in clear, in group_vars", "it in the vault alone", fix)


def _files(
    directory: Path, wanted: Sequence[str], key: str | None, now: datetime | None, expired: bool
) -> Iterator[Problem]:
    path = directory / CHAIN_FILE
    if not path.is_file():
        fix = f"write the server's certificate and those above it into {path}, or `certificate: internal`"
        yield Problem(CHAIN_FILE, "no such file", "the certificate chain that `certificate: files` names", fix)
    if not key:
        fix = f"ansible-vault edit {directory}/group_vars/all/vault.yml: add `{KEY}: |` and the key as PEM below it"
        yield Problem(KEY, "nothing in the vault", "the certificate's private key", fix)
    if not path.is_file() or not key:
        return
    pem = _content(path)
    for fault in pair.faults(pem, key.encode(), wanted, now):
        if expired or fault.part != pair.ENDED:
            yield Problem(KEY if fault.part == pair.PRIVATE else CHAIN_FILE, fault.found, fault.expected, fault.fix)
    yield from _anchored(directory, pair.certificates(pem))


def _anchored(directory: Path, chain: list[x509.Certificate]) -> Iterator[Problem]:
    """Clients build the rest of the chain from their own roots: what leads to none is refused by all of them."""
    store = directory / ROOTS_FILE if (directory / ROOTS_FILE).is_file() else SYSTEM_ROOTS
    if not chain or not store.is_file():
        return
    known = _known(store)
    if chain[-1] in known or any(_signed(chain[-1], root) for root in known):
        return
    found = f"a chain that ends with an issuer unknown to clients: {chain[-1].issuer.rfc4514_string()[:80]}"
    fix = f"append those in between, as your issuer sent them; if the root is your own, write it to {ROOTS_FILE}"
    yield Problem(CHAIN_FILE, found, f"a chain up to a root in {store}", fix)


def _known(store: Path) -> list[x509.Certificate]:
    """One by one: among a system's roots are some that the library will not read one day, and warns of today."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [one for block in BLOCK.findall(_content(store)) for one in pair.certificates(block)]


def _signed(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    if certificate.issuer != root.subject:
        return False
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _content(path: Path) -> bytes:
    """A file that can't be read holds nothing, and is then refused as such."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES)
    except OSError:
        return b""
