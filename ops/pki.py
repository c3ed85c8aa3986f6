"""The environment's own certificate authority. Its key lives in the vault and nowhere else."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LIFETIME = datetime.timedelta(days=3652)  # ten years; leaves live two and are renewed by any run
# A controller whose clock is ahead must not make a CA that its hosts call "not yet valid".
BACKDATED = datetime.timedelta(hours=1)


def new_key() -> str:
    """A private key (EC P-256) as PEM."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def ca_certificate(key_pem: str, environment: str) -> str:
    """A self-signed CA certificate as PEM, in the form that Python 3.13's VERIFY_X509_STRICT asks for."""
    key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("vault_ca_key is not an elliptic-curve key")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Shoestring {environment} internal CA")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    start = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - BACKDATED
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_certificate_signing(), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def matches(certificate_pem: str, key_pem: str) -> bool:
    """True if the certificate is that of the key."""
    key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return certificate.public_key() == key.public_key()


def _certificate_signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
