"""AWS as a plan sees it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.program import Resource

ACCOUNT = "000000000000"
IDS = {"aws:ec2/instance:Instance": "i", "aws:ebs/volume:Volume": "vol", "aws:ec2/vpc:Vpc": "vpc"}


class Aws:
    """A rehearsal.program.Provider. The same program gets the same answers, on every machine."""

    def __init__(self, region: str) -> None:
        self.region = region

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        digest = hashlib.sha256(resource.urn.encode()).hexdigest()
        service = resource.type.split(":")[1].split("/")[0]
        arn = f"arn:aws:{service}:{self.region}:{ACCOUNT}:{resource.name}"
        secret = f"arn:aws:secretsmanager:{self.region}:{ACCOUNT}:secret:{resource.name}"
        outputs: dict[str, Any] = {
            "arn": arn,
            "name": resource.name,
            "address": f"{resource.name}.invalid",  # RFC 2606: no such name is ever given out
            "privateIp": "10.0.0.10",
            # RFC 5737 and 3849: for documentation only.
            "publicIp": "203.0.113.10",
            "ipv6Addresses": ["2001:db8::10"],
            "ipv6CidrBlock": "2001:db8::/56",
            "masterUserSecrets": [{"secretArn": secret}],
        }
        asked_for = {name: value for name, value in outputs.items() if name not in resource.inputs}
        return f"{IDS.get(resource.type, resource.name)}-{digest[:17]}", asked_for

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token == "aws:index/getCallerIdentity:getCallerIdentity":  # noqa: S105 - a function's name, no secret
            return {"accountId": ACCOUNT, "id": ACCOUNT}
        if token == "aws:ec2/getAmi:getAmi":  # noqa: S105 - likewise
            return {"id": "ami-" + hashlib.sha256(repr(sorted(arguments.items())).encode()).hexdigest()[:17]}
        raise LookupError(f"The program asks {token}, and ops/invented/aws.py has no answer to it.")
