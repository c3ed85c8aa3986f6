"""The CA that signs what a rehearsal's cloud serves: its buckets and its databases. Each rehearsal has its own."""

from __future__ import annotations

import datetime
import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ops import pki

LIFETIME = datetime.timedelta(days=30)  # of a leaf; each run makes new ones


@dataclass(frozen=True)
class Authority:
    """`ca`: its certificate as PEM. `key`: PEM."""

    ca: str
    key: str = field(repr=False)

    @classmethod
    def of(cls, directory: Path, name: str) -> Authority:
        """The authority kept in `directory`, made if it is not there."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file, ca_file = directory / "authority.key", directory / "authority.pem"
        if not (key_file.is_file() and ca_file.is_file()):
            key = pki.new_key()
            with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(key)
            ca_file.write_text(pki.ca_certificate(key, name))
        return cls(ca_file.read_text(), key_file.read_text())

    def leaf(self, address: str) -> tuple[str, str]:
        """(certificate, key) as PEM of a server at `address`, an IP address."""
        signer = serialization.load_pem_private_key(self.key.encode(), None)
        issuer = x509.load_pem_x509_certificate(self.ca.encode())
        authority = issuer.public_key()
        pem = pki.new_key()
        key = serialization.load_pem_private_key(pem.encode(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert isinstance(authority, ec.EllipticCurvePublicKey)
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)]))
            .issuer_name(issuer.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - pki.BACKDATED)
            .not_valid_after(now + LIFETIME)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .sign(signer, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode(), pem
