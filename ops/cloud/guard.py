"""The guardrails, asked before `pulumi up`: the real program is run, nothing is made, and each rule judges it."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ops.environment import Environment
from ops.errors import OperationError

if TYPE_CHECKING:
    from infra.guardrails import Verdict
    from infra.settings import Settings
    from rehearsal.program import Resource

PRICES = "infra.prices.bill"
ACCOUNT = "000000000000"


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
    """Each rule's verdicts on what the program would make. Raises SettingsError, or OperationError without prices."""
    from infra import guardrails
    from rehearsal import program

    settings = environment.settings()
    made = program.run(environment.stack, _Invented(), preview=True)
    ours = [resource for resource in made.resources if resource.custom]
    return guardrails.check(ours, settings, monthly(ours, settings))


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
            "publicIp": "203.0.113.10",
            "ipv6Addresses": ["2001:db8:0:1::10"],
            "ipv6CidrBlock": "2001:db8::/56",
            "masterUserSecrets": [{"secretArn": f"arn:aws:secretsmanager:::secret:{resource.name}"}],
        }
        return f"{prefix}-{digest[:17]}", {
            name: value for name, value in outputs.items() if name not in resource.inputs
        }

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token.endswith(":getCallerIdentity"):
            return {"accountId": ACCOUNT, "id": ACCOUNT}
        return {"id": "ami-" + hashlib.sha256(repr(sorted(arguments)).encode()).hexdigest()[:17]}
