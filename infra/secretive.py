"""What looks like a secret in a text that others may read."""

from __future__ import annotations

import re

SECRETS = re.compile(
    r"PRIVATE KEY|(?:AKIA|ASIA)[A-Z0-9]{16}|\$(?:1|2[aby]|5|6|y)\$\S+"  # keys, and hashes of passwords
    r"|(?i:(?:password|(?<!no)passwd|secret|token|api_?key|credential)s?[\"']?\s*[:=]\s*(?!true\b|false\b)\S+)"
)
