"""Is a certificate fit to be served: read, paired with its key, in order, in time, and for the right names?

The role `proxy` copies this file to the proxy (a link in its templates): it knows `cryptography` and nothing of ours.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

CHAIN, PRIVATE, ENDED = "chain", "key", "ended"


@dataclass(frozen=True)
class Fault:
    """`part` is CHAIN, PRIVATE, or ENDED for a chain that was good once. The texts are for people, without secrets."""

    part: str
    found: str
    expected: str
    fix: str

    def __str__(self) -> str:
        return f"found {self.found}; expected {self.expected}"


def certificates(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM file, in its order; none if it can't be read as such."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        return []


def names(certificate: x509.Certificate) -> set[str]:
    """The DNS names and addresses that it is for."""
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return set()
    dns = {name.lower() for name in listed.get_values_for_type(x509.DNSName)}
    return dns | {str(address) for address in listed.get_values_for_type(x509.IPAddress)}


def covers(certificate: x509.Certificate, name: str) -> bool:
    """Whether clients that ask for `name` take it; a wildcard stands for one label, and for no address."""
    own = names(certificate)
    try:
        return str(ipaddress.ip_address(name)) in own
    except ValueError:
        return name in own or f"*.{name.partition('.')[2]}" in own


def left(certificate: x509.Certificate, now: datetime | None = None) -> timedelta:
    """The time until it ends; negative when it has."""
    return certificate.not_valid_after_utc - (now or datetime.now(UTC))


def faults(chain_pem: bytes, key_pem: bytes, wanted: Sequence[str], now: datetime | None = None) -> Iterator[Fault]:
    """Everything that speaks against serving `chain_pem` with `key_pem` as `wanted`; `now` is for tests."""
    if b"PRIVATE KEY" in chain_pem:
        fix = "take the key out; if others could read the file, have the certificate issued anew with another key"
        yield Fault(CHAIN, "a private key in clear", "certificates alone", fix)
    chain = certificates(chain_pem)
    if not chain:
        fix = "write the server's certificate first, then the one that signed it, and so on, as PEM"
        yield Fault(CHAIN, "no certificate that can be read", "a chain of certificates in PEM form", fix)
        return
    yield from _order(chain)
    yield from _fits(chain[0], key_pem)
    for name in wanted:
        if not covers(chain[0], name):
            found = f"{', '.join(sorted(names(chain[0]))) or 'no name'}, but not {name}"
            fix = f"have it issued for {name} too, or take that out of public.names"
            yield Fault(CHAIN, found, "a certificate for every public name", fix)
    yield from _time(chain, now or datetime.now(UTC))


def _order(chain: list[x509.Certificate]) -> Iterator[Fault]:
    fix = "put the server's own certificate first, then the one that signed it, and so on"
    for certificate, issuer in pairwise(chain):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            found = f"{_called(certificate)}, followed by {_called(issuer)}, which did not sign it"
            yield Fault(CHAIN, found, "a chain in order", fix)
            return


def _fits(certificate: x509.Certificate, key_pem: bytes) -> Iterator[Fault]:
    expected = "the private key of the certificate, in PEM form and without a passphrase"
    fix = "take the key that the request for this certificate was made with"
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except TypeError:
        yield Fault(PRIVATE, "a key under a passphrase", expected, "openssl pkey -in KEY.pem  (asks for it once)")
        return
    except Exception:  # noqa: BLE001 - the library's errors for a broken key have no common ground but this
        yield Fault(PRIVATE, "nothing that can be read as a key", expected, fix)
        return
    if key.public_key() != certificate.public_key():
        yield Fault(PRIVATE, f"the key of another certificate than {_called(certificate)}", expected, fix)


def _time(chain: list[x509.Certificate], now: datetime) -> Iterator[Fault]:
    for certificate in chain:
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if now < start:
            fix = "wait until then, or have it issued anew; is this machine's clock right?"
            found = f"{_called(certificate)}, not valid before {start:%Y-%m-%d %H:%M} UTC"
            yield Fault(CHAIN, found, "certificates that are valid now", fix)
        if now >= end:
            found = f"{_called(certificate)}, expired on {end:%Y-%m-%d %H:%M} UTC"
            yield Fault(ENDED, found, "certificates that are valid now", "have it issued anew")


def _called(certificate: x509.Certificate) -> str:
    own = sorted(names(certificate))
    return own[0] if own else certificate.subject.rfc4514_string()[:80] or "a certificate without a name"
