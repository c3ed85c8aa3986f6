"""The certificate of a server of a rehearsal, in its directory: ca.pem, host.pem, host.key."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from ops import files, pki
from rehearsal.planes.authority import Authority

RENEWED = datetime.timedelta(days=7)  # so long before its end a certificate is replaced, which takes a restart


def certify(directory: Path, address: str, authority: Authority) -> None:
    """Leaves a certificate by the authority that is good for some days: the one there is, or a new one."""
    leaf, key = directory / "host.pem", directory / "host.key"
    files.write(directory / "ca.pem", authority.ca)
    if leaf.is_file() and key.is_file() and _good(leaf.read_text(), key.read_text(), address, authority):
        return
    certificate, secret = authority.leaf(address)
    files.write(key, secret, 0o600)
    files.write(leaf, certificate)


def _good(leaf: str, key: str, address: str, authority: Authority) -> bool:
    """Whether it is the key's, the authority's, for this address, and will be for some days."""
    certificate, issuer = (x509.load_pem_x509_certificate(pem.encode()) for pem in (leaf, authority.ca))
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, InvalidSignature):
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    there = ipaddress.ip_address(address) in names.get_values_for_type(x509.IPAddress)
    lasts = certificate.not_valid_after_utc > datetime.datetime.now(datetime.UTC) + RENEWED
    return pki.matches(leaf, key) and there and lasts
