"""A project of Google Cloud as it remembers itself: what was made in it, and what its policies say."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.ops.bootstrap.gcp.cloud.errors import RefusedError

Thing = dict[str, Any]
ID, NUMBER = "acme-shoestring", "123456789012"
BILLING = "012345-6789AB-CDEF01"


@dataclass
class Project:
    """By their full names: rings, keys, pools and their providers. By their own: buckets (of the world), roles.

    `policies`: by the resource's name. `agents`: Google's own accounts in the project, as soon as there are some.
    `owner`: whether who asks may do all; else nothing.
    """

    id: str = ID
    number: str = NUMBER
    enabled: set[str] = field(default_factory=set)
    billing: Thing = field(
        default_factory=lambda: {"billingEnabled": True, "billingAccountName": f"billingAccounts/{BILLING}"}
    )
    rings: dict[str, Thing] = field(default_factory=dict)
    keys: dict[str, Thing] = field(default_factory=dict)
    buckets: dict[str, Thing] = field(default_factory=dict)
    roles: dict[str, Thing] = field(default_factory=dict)
    pools: dict[str, Thing] = field(default_factory=dict)
    providers: dict[str, Thing] = field(default_factory=dict)
    accounts: dict[str, Thing] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)
    policies: dict[str, Thing] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    operations: dict[str, Thing] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def wants(self, service: str) -> None:
        """Refused where its API is off; what APIs are turned on with answers always."""
        if service not in {"serviceusage", *self.enabled}:
            raise RefusedError(
                403,
                f"{service}.googleapis.com has not been used in project {self.number} before or it is disabled. "
                "Enable it by visiting the console, then retry.",
                "SERVICE_DISABLED",
            )

    def pool_of(self, principal: str) -> Thing | None:
        """The pool that an identity from outside is of."""
        found = re.match(
            r"//iam\.googleapis\.com/(projects/\d+/locations/global/workloadIdentityPools/[^/]+)/", principal
        )
        return self.pools.get(found[1]) if found else None

    def operation(self, prefix: str, error: Thing | None = None) -> Thing:
        """A long-running one: not done when it is told of, and done when it is asked for."""
        name = f"{prefix}operations/{next(self.numbers)}"
        self.operations[name] = {"name": name, "done": True, **({"error": error} if error else {"response": {}})}
        return {"name": name}

    def everything(self) -> str:
        """All that anybody could see of it, as text; without what differs by the time or by the way to it."""
        found = {
            "enabled": sorted(self.enabled),
            **{name: getattr(self, name) for name in ("rings", "keys", "buckets", "roles", "pools", "providers")},
            "accounts": self.accounts,
            "agents": sorted(self.agents),
            "policies": {name: _sorted(policy) for name, policy in self.policies.items() if policy["bindings"]},
        }
        text = json.dumps(found, indent=1, sort_keys=True)
        return re.sub(r'"nextRotationTime": "[^"]*"', '"nextRotationTime": "TIME"', text)


def _sorted(policy: Thing) -> Thing:
    """Google keeps one binding for a role and a condition, in no order."""
    found: dict[str, set[str]] = {}
    for binding in policy["bindings"]:
        title = json.dumps([binding["role"], binding.get("condition")], sort_keys=True)
        found.setdefault(title, set()).update(binding["members"])
    return {title: sorted(members) for title, members in found.items()}
