"""Field types for what trust rests on: host keys, certificates, references to secrets (never values)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated

from infra.fields import Checked
from infra.problems import refuse

# type -> the lengths in bytes that its key blob can have (RSA: 2,048 to 16,384 bits)
KEY_TYPES = {
    "ssh-ed25519": range(51, 52),
    "ssh-rsa": range(275, 2100),
    "ecdsa-sha2-nistp256": range(104, 105),
    "ecdsa-sha2-nistp384": range(136, 137),
    "ecdsa-sha2-nistp521": range(172, 173),
}
# What people log in with: the same, and keys held by a token. Their blobs end in an application's name.
LOGIN_KEY_TYPES = KEY_TYPES | {
    "sk-ssh-ed25519@openssh.com": range(67, 400),
    "sk-ecdsa-sha2-nistp256@openssh.com": range(120, 450),
}
SCAN = "run `cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub` on the host's console and paste the line"
SECRETS = (
    r"vault:[a-z_][a-z0-9_]{0,63}",
    r"aws-sm:arn:aws[a-z-]{0,12}:secretsmanager:[a-z0-9-]{1,32}:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]{1,256}",
    r"gcp-sm:projects/[a-z0-9-]{1,63}/secrets/[A-Za-z0-9_-]{1,255}(?:/versions/(?:latest|[0-9]{1,9}))?",
)
PEM_BLOCK = re.compile(r"\s*-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----\s*")


def _blob_fields(blob: bytes) -> list[bytes]:
    """SSH's wire form: fields of a 4-byte length and that many bytes. Raises ValueError if that can't be."""
    fields = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise ValueError("truncated")
        fields.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return fields


def _host_key(line: str) -> str:
    """`type base64 [comment]` -> `type base64`, so that nothing but a key can reach known_hosts."""
    return public_key(line, KEY_TYPES)


def public_key(line: str, types: Mapping[str, range]) -> str:
    """`type base64` of a whole OpenSSH public key of one of `types`. Raises what a field's check raises."""
    kind, _, rest = line.strip().partition(" ")
    encoded = rest.strip().partition(" ")[0]
    if kind not in types:
        raise refuse(f"an OpenSSH public key ({', '.join(types)})", SCAN, hidden="PRIVATE" in line)
    try:
        blob = base64.b64decode(encoded, validate=True)
        fields = _blob_fields(blob)
    except (binascii.Error, ValueError):
        raise refuse("an OpenSSH public key whose base64 is whole", f"it is cut off or mistyped: {SCAN}") from None
    inner = fields[0].decode("ascii", "replace") if fields else ""
    if inner != kind:
        raise refuse(
            f"a key whose inner type is {kind} as its first word says",
            f"it says {inner[:40]!r} inside: {SCAN}",
        )
    if len(blob) not in types[kind]:
        raise refuse(f"a whole {kind} key (RSA: at least 2048 bits)", f"it has {len(blob)} bytes: {SCAN}")
    return f"{kind} {encoded}"


def _secret(reference: str) -> str:
    if not any(re.fullmatch(pattern, reference) for pattern in SECRETS):
        raise refuse(
            "a reference to a secret: vault:<variable>, aws-sm:<arn> or gcp-sm:<resource>",
            "put the value into vault.yml with ansible-vault, and write vault:<its variable> here",
        )
    return reference


def _credentials(reference: str) -> str:
    return reference if reference == "instance" else _secret(reference)


def _certificates(pem: str) -> str:
    if "PRIVATE KEY" in pem:
        raise refuse("certificates in PEM form, without a key", "take the private key out and replace it: it was seen")
    position = 0
    while position < len(pem):
        block = PEM_BLOCK.match(pem, position)
        try:
            if not block or base64.b64decode("".join(block[1].split()), validate=True)[:1] != b"\x30":
                raise ValueError("no certificate")
        except ValueError:
            fix = "paste the CA's file from its first -----BEGIN to its last END line, under `ca_pem: |`"
            raise refuse("one or more certificates in PEM form", fix) from None
        position = block.end()
    if not pem.strip():
        raise refuse("one or more certificates in PEM form", "paste the CA's file under `ca_pem: |`, or delete the key")
    return pem


HostKey = Annotated[str, Checked(_host_key, "the host's OpenSSH public key, `type base64`", "ssh-ed25519 AAAAC3Nza...")]
Secret = Annotated[
    str,
    Checked(
        _secret,
        "a reference to a secret: vault:<variable>, aws-sm:<arn> or gcp-sm:<resource>",
        "vault:vault_database_admin",
    ),
]
Credentials = Annotated[
    str,
    Checked(
        _credentials,
        "`instance` (the host's own cloud identity) or a reference to a secret that holds {access, secret}",
        "instance",
    ),
]
Certificates = Annotated[
    str, Checked(_certificates, "CA certificates in PEM form", "-----BEGIN CERTIFICATE-----\\n...")
]
