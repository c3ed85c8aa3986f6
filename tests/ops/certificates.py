"""A leaf as the role `certificates` makes it."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ops import pki


def leaf(ca_key: str, ca: str, address: str, directory: Path) -> Path:
    """A file with a certificate for `address`, signed by the CA, and its key."""
    signer = serialization.load_pem_private_key(ca_key.encode(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(ca.encode())
    pem = pki.new_key()
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    authority = issuer.public_key()
    assert isinstance(authority, ec.EllipticCurvePublicKey)
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app1")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), False)
        .sign(signer, hashes.SHA256())
    )
    path = directory / "leaf.pem"
    path.write_text(certificate.public_bytes(serialization.Encoding.PEM).decode() + pem)
    return path
