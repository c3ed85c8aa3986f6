"""What Google says of itself, for the program and the guardrails alike."""

from __future__ import annotations

IAP = "35.235.240.0/20"
"""Whence the tunnel comes, says cloud.google.com/iap/docs/using-tcp-forwarding."""
