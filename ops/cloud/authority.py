"""Whether a certificate can vouch for a database: a CA that is valid, and leads to one that signed itself."""

from __future__ import annotations

import urllib.request
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LARGEST_BYTES, TIMEOUT = 256 * 1024, 20.0


def download(source: str) -> bytes:
    """What is at an https URL whose certificate this machine's CAs vouch for, a byte too many if it is too long.

    Raises OSError.
    """
    if not source.startswith("https://"):
        raise ValueError(f"{source} is no https URL")
    with urllib.request.urlopen(source, timeout=TIMEOUT) as answer:  # noqa: S310 - https only, as was just asked
        return bytes(answer.read(LARGEST_BYTES + 1))


def certificates(bundle: bytes) -> list[Certificate]:
    """Those of a file in PEM form; none if it is no such file, or too long to be one."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(bundle) if len(bundle) <= LARGEST_BYTES else []
    except ValueError:
        return []


def pem(chain: Sequence[Certificate]) -> str:
    """Their text, each once."""
    from cryptography.hazmat.primitives import serialization

    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in dict.fromkeys(chain))


def fault(certificate: Certificate, now: datetime) -> str:
    """What is wrong with it as a CA of its own; '' for nothing."""
    if not (_is_authority(certificate) and _signed(certificate, certificate)):
        return "is no CA that is signed by itself"
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return f"is not valid now, but until {certificate.not_valid_after_utc:%Y-%m-%d}"
    return ""


def chain(certificate: Certificate, others: Sequence[Certificate], now: datetime) -> list[Certificate]:
    """The CA and those above it, up to one that signed itself; none unless all are there, CAs, and valid."""
    found = [certificate]
    while fault(found[-1], now):
        last = found[-1]
        if not _is_authority(last) or not last.not_valid_before_utc <= now <= last.not_valid_after_utc:
            return []
        above = next((one for one in others if one not in found and _signed(last, one)), None)
        if above is None:
            return []
        found.append(above)
    return found


def _is_authority(certificate: Certificate) -> bool:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False


def _signed(certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
