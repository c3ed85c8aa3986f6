"""The guardrails, asked before `pulumi up`: the real program is run, nothing is made, and each rule judges it."""

from __future__ import annotations

import base64
import ipaddress
import json
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ops.environment import WRITTEN, Environment
from ops.errors import OperationError

if TYPE_CHECKING:
    from infra.footprint import Footprint
    from infra.guardrails import Verdict

# Addresses that are for documentation only, as ops/invented/ gives them; a Footprint may have none.
STAND_INS = {"203.0.113.": "198.18.0.", "2001:db8:": "2a05:d014:"}
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
    """Each rule's verdicts on what the program would make. Raises SettingsError, or OperationError without a price.

    What would come of its Footprint is checked too, with all that is set beside it.
    """
    from infra.checks import environment as together
    from ops import invented, plan
    from rehearsal import program

    settings = environment.settings()
    made = program.run(environment.stack, invented.cloud(settings), preview=True)
    together.load(environment.directory / WRITTEN, environment.root, prospect(environment, made.outputs["footprint"]))
    _, verdicts = plan.judged(made.resources, settings)
    return verdicts


def prospect(environment: Environment, stated: dict[str, Any]) -> Footprint:
    """The Footprint that the stack's output would become, with stand-ins for what only the running cloud tells.

    Raises FootprintError, which lists what would be wrong with it.
    """
    from infra.footprint import Footprint
    from infra.problems import FootprintError

    text = json.dumps(stated)
    for told, stand_in in STAND_INS.items():
        text = text.replace(told, stand_in)
    document = json.loads(text) | {"generated_at": "2026-01-01T00:00:00Z"}
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
