"""What was made: the emulation's own state file, which says what each registered resource is in the account."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.errors import OperationError

if TYPE_CHECKING:  # the SDK, which a server that only reads has no use for
    from rehearsal.program import Resource


@dataclass
class Entry:
    """One resource. `id` is empty until the account has it; `whole` is True once it is as its inputs say.

    seen: the inputs that were read so far. protect and retain: the program's options.
    """

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    protect: bool = False
    retain: bool = False
    whole: bool = False
    seen: list[str] = field(default_factory=list)


def unchanged(entry: Entry, resource: Resource) -> None:
    """Raises OperationError, which names the inputs, if the program asks for something else than was made."""
    changed = sorted(
        key for key in {*entry.inputs, *resource.inputs} if entry.inputs.get(key) != resource.inputs.get(key)
    )
    if changed:
        raise OperationError(
            f"{resource.type} {resource.name} was made with other inputs; changed: {', '.join(changed)}",
            "a rehearsal knows no updates, so nothing was changed",
            "delete the rehearsed environment and make it again",
        )


class Registry:
    """The entries in the order in which they were made; kept in a file, if one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._entries: dict[str, Entry] = {}
        if file is not None and file.exists():
            self._entries = {each["urn"]: Entry(**each) for each in json.loads(file.read_text())}

    def find(self, urn: str) -> Entry | None:
        return self._entries.get(urn)

    def entries(self) -> list[Entry]:
        return list(self._entries.values())

    def keep(self, entry: Entry) -> None:
        """Write down what is known of a resource now."""
        self._entries[entry.urn] = entry
        self._save()

    def drop(self, entry: Entry) -> None:
        del self._entries[entry.urn]
        self._save()

    def _save(self) -> None:
        """Replace the file in one step, so that a killed run leaves the old one or the new one."""
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self.file.parent)
        with os.fdopen(handle, "w") as stream:
            json.dump([asdict(entry) for entry in self._entries.values()], stream)
        Path(temporary).replace(self.file)
