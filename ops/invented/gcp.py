"""Google Cloud as a plan sees it."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TYPE_CHECKING, Any

from infra.settings_clouds import Gcp

if TYPE_CHECKING:
    from rehearsal.program import Resource

NUMBER = "000000000000"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
PUBLIC = "203.0.113.10"  # RFC 5737: for documentation only


class Google:
    """A rehearsal.program.Provider. The same program gets the same answers, on every machine."""

    def __init__(self, settings: Gcp) -> None:
        self.project, self.region = settings.project, settings.region
        self._inside = str(ipaddress.IPv4Network(settings.cidr)[10])

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        digest, inputs = hashlib.sha256(resource.urn.encode()).hexdigest(), resource.inputs
        email = f"{inputs.get('accountId')}@{self.project}.iam.gserviceaccount.com"
        outputs: dict[str, Any] = {
            "name": f"{resource.name}-{digest[:7]}",
            "address": self._inside if inputs.get("addressType") == "INTERNAL" else PUBLIC,
            "email": email,
            "member": f"serviceAccount:{email}",
            "pscServiceAttachmentLink": f"projects/p/regions/{self.region}/serviceAttachments/a-{digest[:12]}",
            "dnsName": f"{digest[:12]}.{digest[12:25]}.{self.region}.sql.goog.",
            "result": "",
        }
        if resource.type == VERSION:
            outputs["name"] = f"projects/{NUMBER}/secrets/{inputs['secret']}/versions/1"
        told = {name: value for name, value in outputs.items() if name not in inputs}
        if interfaces := inputs.get("networkInterfaces"):  # Google adds an address to each
            told["networkInterfaces"] = [{**each, "networkIp": self._inside} for each in interfaces]
        return f"{resource.name}-{digest[:17]}", told

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token == "gcp:organizations/getProject:getProject":  # noqa: S105 - a function's name, no secret
            return {"number": NUMBER, "projectId": arguments.get("projectId")}
        raise LookupError(f"The program asks {token}, and ops/invented/gcp.py has no answer to it.")
