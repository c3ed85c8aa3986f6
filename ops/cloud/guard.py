"""The guardrails, asked before `pulumi up`: the real program is run, nothing is made, and each rule judges it."""

from __future__ import annotations

import base64
import hashlib
import importlib
import ipaddress
import json
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ops.environment import WRITTEN, Environment
from ops.errors import OperationError

if TYPE_CHECKING:
    from infra.footprint import Footprint
    from infra.guardrails import Verdict
    from infra.settings import Settings
    from rehearsal.program import Resource

PRICES = "infra.prices.bill"
ACCOUNT, REGION = "000000000000", "eu-central-1"
CA = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"


def check(environment: Environment, judge: Callable[[Environment], Sequence[Verdict]] | None = None) -> int:
    """How many verdicts there are. Raises OperationError, which lists all that are not good."""
    verdicts = (judge or judged)(environment)
    if bad := [verdict for verdict in verdicts if not verdict.ok]:
        lines = [f"{one.rule}: {one.message}. {one.reason}" for one in bad]
        raise OperationError(
            f"{len(bad)} of {len(verdicts)} guardrails' verdicts on {environment.name!r} are bad:\n" + "\n".join(lines),
            "Nothing was made or changed.",
            f"Mend {environment.stack}, or raise the limit there; make plan ENV={environment.name} shows all",
        )
    if not verdicts:
        raise OperationError(
            f"The guardrails judged nothing of {environment.name!r}.",
            "What was judged by nobody is not made.",
            f"make plan ENV={environment.name} shows what the program registers",
        )
    return len(verdicts)


def judged(environment: Environment) -> list[Verdict]:
    """Each rule's verdicts on what the program would make. Raises SettingsError, or OperationError without prices.

    What would come of its Footprint is checked too, with all that is set beside it.
    """
    from infra import guardrails
    from infra.checks import environment as together
    from rehearsal import program

    settings = environment.settings()
    made = program.run(environment.stack, _Invented(), preview=True)
    together.load(environment.directory / WRITTEN, environment.root, prospect(environment, made.outputs["footprint"]))
    ours = [resource for resource in made.resources if resource.custom]
    return guardrails.check(ours, settings, monthly(ours, settings))


def prospect(environment: Environment, stated: dict[str, Any]) -> Footprint:
    """The Footprint that the stack's output would become, with stand-ins for what only the running cloud tells.

    Raises FootprintError, which lists what would be wrong with it.
    """
    from infra.footprint import Footprint
    from infra.problems import FootprintError

    document = json.loads(json.dumps(stated)) | {"generated_at": "2026-01-01T00:00:00Z"}
    network = ipaddress.ip_network(document["network"]["private_cidrs"][0])
    for number, host in enumerate(document["hosts"], 10):
        host["address"] = str(network[number])
        host["ssh"] |= {"host_keys": [_host_key(number)], "address": host["address"]}
    if document["database"]["kind"] == "managed":
        document["database"] |= {"port": int(document["database"]["port"]), "ca_pem": CA}
    if problems := Footprint.problems(document):
        raise FootprintError(f"what {environment.stack} would become", problems)
    return Footprint.model_validate(document)


def _host_key(number: int) -> str:
    kind = b"ssh-ed25519"
    blob = struct.pack(">I11sI", len(kind), kind, 32) + bytes([number]) * 32
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def monthly(resources: Sequence[Resource], settings: Settings) -> Decimal:
    """Their fixed costs in US dollars. What has no price has no ceiling either, so it is refused."""
    try:
        bill = importlib.import_module(PRICES)
    except ModuleNotFoundError as reason:
        raise OperationError(
            f"There is no table of prices here ({reason.name}).",
            "It can't be known what a month would cost, so nothing was made.",
            "Get the whole repository: git status shows what is missing",
        ) from None
    return Decimal(bill.total(bill.monthly(resources, settings), usage=False))


class _Invented:
    """Answers the program as AWS does, with ids and addresses that are nobody's."""

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        digest = hashlib.sha256(resource.urn.encode()).hexdigest()
        prefix = {"aws:ec2/instance:Instance": "i", "aws:ebs/volume:Volume": "vol"}.get(resource.type, resource.name)
        outputs: dict[str, Any] = {
            "arn": f"arn:aws:{resource.type.split(':')[1].split('/')[0]}:::{resource.name}",
            "name": resource.name,
            "address": f"{resource.name}.invalid",
            "privateIp": "10.0.0.10",
            "publicIp": "198.18.0.10",
            "ipv6Addresses": ["2a05:d014:0:1::10"],
            "ipv6CidrBlock": "2a05:d014::/56",
            "masterUserSecrets": [{"secretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{resource.name}"}],
        }
        return f"{prefix}-{digest[:17]}", {
            name: value for name, value in outputs.items() if name not in resource.inputs
        }

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token.endswith(":getCallerIdentity"):
            return {"accountId": ACCOUNT, "id": ACCOUNT}
        return {"id": "ami-" + hashlib.sha256(repr(sorted(arguments)).encode()).hexdigest()[:17]}
