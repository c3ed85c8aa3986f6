"""The controls of a host, as ansible/roles/host/controls has them: read, checked, and shown as docs/controls.md."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

DIRECTORY = Path(__file__).resolve().parent.parent / "ansible/roles/host/controls"
MOST_WAIVERS = 15
PARTS = {
    "ssh": "How sshd lets people in",
    "network": "The kernel's network and the firewall",
    "accounts": "People, and how they become root",
    "files": "Files and their rights",
    "system": "Packages, the kernel, time and logs",
}
NAME = r"^(sshd|os|package|sysctl|cis|own)-[0-9][0-9a-z.]*$"
HEAD = """\
# Controls of a host

<!-- Made by `python -m infra.controls` from ansible/roles/host/controls; a test compares the two. -->

What the role `host` sets, and `make verify` asks of every host: of what is in force there, not of our own files.
`sshd-` are the {sshd} server controls of dev-sec's ssh-baseline 2.8.1; `os-`, `package-` and `sysctl-` the {linux} of
its linux-baseline 2.10; `cis-` is the CIS Debian Linux 12 Benchmark 1.1.0: repositories, listeners, time, network,
firewall, SSH, sudo, accounts, journal and files; `own-` is ours. Of {count} in all {waived} are waived, which means
neither set nor asked, for the reason given. "Differs" says where what we ask is not quite what the baseline asks.

A control that would break something of yours is switched off by its name, in the environment's group_vars. It is then
not asked, and what is written for its sake alone is not written:

    host_controls_off: [sshd-39, os-13]

What Shoestring itself stands on stays: who may log in, the firewall, the journal, updates. What `make up` does not set
(packages, accounts, files that somebody made) is asked, and the error of `make verify` says what was found.

Those marked ° are set on every host, but not asked in a container, which can't set its kernel; the hosts of `local` are
such.
"""


class File(BaseModel):
    """A path, or a pattern of paths, and the most that others may do with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[str, Field(pattern=r"^/etc/")]
    mode: Annotated[str, Field(pattern=r"^0[0-7]{3}$")]
    owner: str
    group: str


class Control(BaseModel):
    """One entry; exactly one of its kinds, `waived` among them, says what it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=NAME)]
    title: Annotated[str, Field(min_length=3, max_length=90)]
    also: list[Annotated[str, Field(pattern=NAME)]] = []
    differs: Annotated[str, Field(min_length=10)] | None = None
    machine: bool = False
    sshd: str | None = None
    sysctl: dict[str, int] | None = None
    file: File | None = None
    absent: list[str] | None = None
    holds: str | None = None
    nothing: str | None = None
    waived: Annotated[str, Field(min_length=20)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Control:
        kinds = [self.sshd, self.sysctl, self.file, self.absent, self.holds, self.nothing, self.waived]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("exactly one of sshd, sysctl, file, absent, holds, nothing, waived")
        return self


def load(directory: Path = DIRECTORY) -> dict[str, list[Control]]:
    """Part -> its controls. Raises ValueError for a bad entry, an id that is there twice, or too many waivers."""
    read = {part: yaml.safe_load((directory / f"{part}.yml").read_text()) for part in PARTS}
    found = {part: [Control.model_validate(one) for one in entries] for part, entries in read.items()}
    ids = [name for controls in found.values() for one in controls for name in (one.id, *one.also)]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise ValueError(f"there twice: {', '.join(sorted(twice))}")
    waivers = sum(one.waived is not None for controls in found.values() for one in controls)
    if waivers > MOST_WAIVERS:
        raise ValueError(f"{waivers} waivers; {MOST_WAIVERS} at most")
    return found


@cache
def names() -> tuple[str, ...]:
    """The ids of all that can be switched off."""
    return tuple(one.id for controls in load().values() for one in controls)


def page() -> str:
    """docs/controls.md."""
    found = load()
    every = [one for controls in found.values() for one in controls]
    baselines = {"sshd": 0, "linux": 0}
    for one in every:
        kind = one.id.partition("-")[0]
        baselines["sshd"] += kind == "sshd"
        baselines["linux"] += kind in ("os", "package", "sysctl")
    text = HEAD.format(count=len(every), waived=sum(one.waived is not None for one in every), **baselines)
    for part, controls in found.items():
        text += f"\n## {PARTS[part]}\n\n| control | and | what it asks | |\n| --- | --- | --- | --- |\n"
        for one in controls:
            text += f"| {one.id} | {', '.join(one.also)} | {_asks(one)} | {_remark(one)} |\n"
    return text


def _asks(one: Control) -> str:
    """Its title, and the setting where it is one."""
    written = [one.sshd] if one.sshd else [f"{key} = {value}" for key, value in (one.sysctl or {}).items()]
    if one.file:
        written = [f"{one.file.path} {one.file.mode} {one.file.owner}:{one.file.group}"]
    if one.absent:
        written = one.absent
    return one.title + (f": `{'`, `'.join(written)}`" if written else "")


def _remark(one: Control) -> str:
    parts = [f"**waived**: {one.waived}"] if one.waived else []
    parts += [f"differs: {one.differs}"] if one.differs else []
    return "; ".join(parts + ["°"] * one.machine)


if __name__ == "__main__":
    sys.stdout.write(page())
