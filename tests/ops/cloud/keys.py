"""SSH host keys that are whole, and nobody's."""

from __future__ import annotations

import base64
import struct


def key(number: int) -> str:
    """One of 256, `type base64`."""
    kind = b"ssh-ed25519"
    blob = struct.pack(">I", len(kind)) + kind + struct.pack(">I", 32) + bytes([number]) * 32
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"
