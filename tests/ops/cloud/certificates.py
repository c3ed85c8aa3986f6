"""Certificates that sign themselves, or say that another did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def certificate(
    name: str, ca: bool = True, until: datetime = NOW + timedelta(days=9000), other: str = "", above: Any = None
) -> Any:
    """Signed by itself; with `other`, it says that another issued it; with `above`, (certificate, key), it did."""
    return pair(name, ca, until, other, above)[0]


def pair(
    name: str, ca: bool = True, until: datetime = NOW + timedelta(days=9000), other: str = "", above: Any = None
) -> tuple[Any, Any]:
    """The same, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, other or name))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above[0].subject if above else issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=9000))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(above[1] if above else key, hashes.SHA256())
    )
    return made, key


def pem(*certificates: Any) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)
