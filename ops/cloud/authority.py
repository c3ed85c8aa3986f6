"""Whether a certificate can vouch for a database: a CA, signed by itself, and valid."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


def fault(certificate: Certificate, now: datetime) -> str:
    """What is wrong with it as a CA of its own; '' for nothing."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(certificate)
        authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        authority = False
    if not authority:
        return "is no CA that is signed by itself"
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return f"is not valid now, but until {certificate.not_valid_after_utc:%Y-%m-%d}"
    return ""
