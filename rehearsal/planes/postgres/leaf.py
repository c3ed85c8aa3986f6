"""Whether a database's certificate can be kept."""

from __future__ import annotations

import datetime
import ipaddress

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from rehearsal.planes import authority

NEAR_ITS_END = authority.LIFETIME / 3


def good(certificate: str, ca: str, address: str) -> bool:
    """True if `ca` made this certificate for `address` alone, and it has a while to live. The first two are PEM."""
    try:
        leaf, issuer = (x509.load_pem_x509_certificate(each.encode()) for each in (certificate, ca))
        leaf.verify_directly_issued_by(issuer)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    until = datetime.datetime.now(datetime.UTC) + NEAR_ITS_END
    return list(names) == [x509.IPAddress(ipaddress.ip_address(address))] and leaf.not_valid_after_utc > until
