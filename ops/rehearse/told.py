"""What a rehearsal says at its end: what was made, what a month of it would cost, and what was proved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infra.prices import bill
from ops.errors import OperationError
from ops.rehearse import part, planes
from ops.rehearse.place import Rehearsed

if TYPE_CHECKING:
    from infra.prices.bill import Line
    from rehearsal.program import Made, Recorded


@dataclass
class Told:
    """`resources`: how many the account has. `fixed`, `usage`: US dollars a month.

    `recorded`: what the emulated account does not show. `proofs`: a sentence each.
    """

    environment: Rehearsed
    resources: int = 0
    verdicts: int = 0
    fixed: Decimal = Decimal(0)
    usage: Decimal = Decimal(0)
    recorded: Sequence[Recorded] = ()
    proofs: list[str] = field(default_factory=list)

    def cloud(self, made: Made, lines: Sequence[Line], verdicts: int, recorded: Sequence[Recorded]) -> None:
        """What the program made."""
        self.resources = sum(one.custom for one in made.resources)
        self.fixed, self.usage = (bill.total(lines, usage=usage) for usage in (False, True))
        self.verdicts, self.recorded = verdicts, recorded

    def prove(self, stated: Mapping[str, Any]) -> None:
        """Asks the emulated cloud for what the answer came from. Raises OperationError for what is not there."""
        self.proofs = [self._model(stated), self._row(stated), self._backups(stated)]

    def text(self) -> str:
        """A few lines for people."""
        environment = self.environment
        cloud = part(environment, "cloud")
        unseen = ", ".join(sorted({one.type.rpartition(":")[2] for one in self.recorded}))
        cost = f"{self.fixed + self.usage:.2f} USD a month: {self.fixed:.2f} fixed, {self.usage:.2f} by use"
        return "\n".join(
            [
                f"{environment.rehearses}: {self.resources} resources, {self.verdicts} guardrails' verdicts, all good.",
                f"In the cloud it would cost {cost} (make plan ENV={environment.rehearses}).",
                *self.proofs,
                f"Checked against {cloud.MODEL} only, since the emulated account lacks them: parts of {unseen}.",
            ]
        )

    def _model(self, stated: Mapping[str, Any]) -> str:
        model = json.loads((self.environment.state / "release.json").read_text())["model"]
        if model is None:
            return "The service has no model."
        bucket, store = stated["buckets"]["artifacts"]["name"], planes.store(self.environment, stated)
        path = f"models/{model['name']}/{model['version']}"
        for name, digest in model["files"].items():
            if store.digest(bucket, f"{path}/{name}") != digest:
                raise _unproved(f"{path}/{name} in the bucket {bucket} is not the file that the release names.")
        scheme = part(self.environment, "cloud").SCHEME
        return (
            f"The model came from {scheme}://{bucket}/{path}: {len(model['files'])} files with the release's digests."
        )

    def _row(self, stated: Mapping[str, Any]) -> str:
        where = stated["database"].get("address") or "its volume on the host"
        return f"The prediction's row was found in the database ({where})."

    def _backups(self, stated: Mapping[str, Any]) -> str:
        if stated["database"]["kind"] == "host":
            bucket = stated["buckets"]["backups"]["name"]
            objects = planes.store(self.environment, stated).objects(bucket)
            if not any("/backup/main/" in f"/{name}" for name in objects):
                raise _unproved(f"The bucket {bucket} holds no backup.")
            scheme = part(self.environment, "cloud").SCHEME
            return f"The backup is in {scheme}://{bucket}: {len(objects)} objects."
        return str(part(self.environment, "cloud").kept(self.environment, stated))


def _unproved(cause: str) -> OperationError:
    return OperationError(cause, "The rehearsal has not proved what it is for.", "Look there, then run it again.")
