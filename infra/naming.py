"""What resources are called and tagged. Pulumi adds a random suffix to each name that a cloud keeps unique."""

from __future__ import annotations

import hashlib
import re

from infra.settings import Settings


def name(environment: str, *parts: str) -> str:
    """The logical name of a resource: aws-dev-backups. Unique within a stack, and so with its environment's name."""
    return "-".join([environment, *parts])


def shortened(text: str, longest: int) -> str:
    """The text, or where that is too long its beginning and six letters of its digest."""
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text[: longest - 7].rstrip('-')}-{digest}"


def tags(settings: Settings, title: str) -> dict[str, str]:
    """The tags of every resource that can have some; `Name` is what a console shows."""
    return {
        "Name": title,
        "environment": settings.environment,
        "tier": settings.tier,
        "owner": settings.owner,
        "managed-by": "shoestring",
    }


def labels(settings: Settings, title: str) -> dict[str, str]:
    """The tags as Google has them: 63 of a-z, 0-9, - and _ (cloud.google.com/resource-manager/docs/labels-overview)."""
    return {
        name.lower(): re.sub(r"[^a-z0-9_-]", "-", value.lower())[:63] for name, value in tags(settings, title).items()
    }
