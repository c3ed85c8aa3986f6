"""Certificate chains as a company's CA hands them out: root, intermediate and server, made in a moment."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Signer:
    """A certificate and its key, of a CA or of a server."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key(self) -> str:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def authority(name: str, above: Signer | None = None) -> Signer:
    """A CA: a root, or one that `above` signed."""
    private = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = _builder(name, private, above, NOW - DAY, NOW + 3650 * DAY)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return _sign(made.add_extension(usage, critical=True), private, above)


def server(
    above: Signer, *names: str, start: datetime = NOW - timedelta(hours=1), end: datetime = NOW + 90 * DAY
) -> Signer:
    """A server's certificate for `names`, DNS names or addresses."""
    private = ec.generate_private_key(ec.SECP256R1())
    listed = x509.SubjectAlternativeName([_name(name) for name in names])
    made = _builder("server", private, above, start, end).add_extension(listed, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return _sign(made, private, above)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _builder(
    name: str, private: ec.EllipticCurvePrivateKey, above: Signer | None, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer = above.private.public_key() if above else private.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    )


def _sign(made: x509.CertificateBuilder, private: ec.EllipticCurvePrivateKey, above: Signer | None) -> Signer:
    return Signer(made.sign(above.private if above else private, hashes.SHA256()), private)
