"""The request for a certificate, by a key that outlives it."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def key(path: Path, held: bytes) -> ec.EllipticCurvePrivateKey:
    """The key in `held`, which is what `path` has; where that is none, a new one, written to `path`."""
    try:
        old = serialization.load_pem_private_key(held, password=None)
    except (ValueError, TypeError):
        old = None
    if isinstance(old, ec.EllipticCurvePrivateKey):
        return old
    new = ec.generate_private_key(ec.SECP256R1())
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(".new")
    staged.write_bytes(new.private_bytes(*encoding, serialization.NoEncryption()))
    staged.replace(path)
    return new


def signed(names: list[str], key: ec.EllipticCurvePrivateKey) -> bytes:
    """For exactly these names; lego calls its files by the first."""
    listed = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    wanted = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(listed, critical=False)
    return wanted.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
