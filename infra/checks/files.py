"""Are the files where Ansible looks for them: what it would pass over in silence is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from infra.addresses import GROUPS
from infra.problems import WHOLE_FILE, Problem, nearest
from infra.variables import GROUP_VARS, HOST_VARS, VAULT

Found = tuple[Path, Problem]
ENCRYPTED = b"$ANSIBLE_VAULT;"
FOOTPRINTS = ("footprint.yml", "footprint.yaml", "footprint.json")
UNREAD = (".md", ".txt", ".bak", ".orig")  # people's notes and their editors' leavings, which Ansible does not read


def problems(directory: Path, hosts: Iterable[str] | None, root: Path) -> Iterator[Found]:
    """What stands in the wrong place, each with the file. `hosts`: their names, None where they are not known."""
    yield from _twins(directory)
    yield from _misspelt(directory)
    yield from _everybodys(root)
    for of in (GROUP_VARS, HOST_VARS):
        base = directory / of
        if base.is_dir():
            yield from _inside(base)
            for entry in sorted(base.iterdir()):
                if not _ignored(entry):
                    yield from _entry(base, entry, ("all", *GROUPS) if of == GROUP_VARS else hosts)
        elif base.exists():
            fix = f"mv {base} {base}.yml && mkdir {base} && mv {base}.yml {base}/"
            yield base, Problem(WHOLE_FILE, "a file", "a directory", fix)


def _ignored(path: Path) -> bool:
    return path.name.startswith(".") or path.name.endswith("~") or path.suffix in UNREAD


def _twins(directory: Path) -> Iterator[Found]:
    there = [name for name in FOOTPRINTS if (directory / name).is_file()]
    for name in there[1:]:
        found = f"{name} beside {there[0]}"
        yield directory / name, Problem(WHOLE_FILE, found, "one Footprint", f"rm {directory / name}, or the other")


def _misspelt(directory: Path) -> Iterator[Found]:
    for entry in sorted(directory.iterdir()):
        meant = nearest(entry.stem.replace("-", "_"), (GROUP_VARS, HOST_VARS))
        # A file `hosts` is near to host_vars too, and is somebody's own.
        if meant and "var" in entry.stem and entry.name != meant and not _ignored(entry):
            found = f"{entry.name}, which Ansible does not read"
            yield entry, Problem(WHOLE_FILE, found, f"a directory named {meant}", f"mv {entry} {directory / meant}")


def _everybodys(root: Path) -> Iterator[Found]:
    """Ansible also reads what stands beside the playbooks: it would count in every environment, unchecked."""
    for of in (GROUP_VARS, HOST_VARS):
        if (place := root / "ansible" / of).exists():
            expected = f"settings in stacks/<environment>/{of}"
            yield place, Problem(WHOLE_FILE, "settings of all environments", expected, f"move it there: mv {place} ...")


def _entry(base: Path, entry: Path, known: Iterable[str] | None) -> Iterator[Found]:
    if entry.is_file() and entry.with_suffix("").is_dir() and entry.suffix:
        inside = entry.with_suffix("")
        found = f"{entry.name} beside the directory {inside.name}/, for which Ansible passes it over"
        yield entry, Problem(WHOLE_FILE, found, "one of the two", f"mv {entry} {inside}/{entry.name}")
    elif known is not None and entry.stem not in known:
        what = "a group" if base.name == GROUP_VARS else "a host of the Footprint"
        meant = nearest(entry.stem, known)
        fix = f"did you mean `{meant}`? Rename it" if meant else "delete it, or correct its name"
        yield entry, Problem(WHOLE_FILE, f"settings for `{entry.stem}`", f"{what}: {', '.join(known)}", fix)


def _inside(base: Path) -> Iterator[Found]:
    vault = base.parent / GROUP_VARS / "all" / VAULT
    for path in sorted(base.rglob("*")):
        if path.is_dir() or any(_ignored(part) for part in (path, *path.parents) if base in part.parents):
            continue
        if path.suffix != ".yml":
            fix = f"mv {path} {path.with_suffix('.yml')}"
            if path.with_suffix(".yml").exists():
                fix = f"bring it together with {path.with_suffix('.yml').name}, then rm {path}"
            yield path, Problem(WHOLE_FILE, f"the name {path.name}", "settings in files that end in .yml", fix)
            continue
        if not path.is_file():  # a pipe would never end
            yield path, Problem(WHOLE_FILE, "a link to nothing, or no regular file", "a file", f"rm {path}")
            continue
        encrypted = _encrypted(path)
        if path.name == VAULT and path != vault:
            yield (
                path,
                Problem(
                    WHOLE_FILE, "a second vault", f"one vault, {vault}", f"ansible-vault view {path}, then edit that"
                ),
            )
        elif path.name == VAULT and not encrypted:
            fix = f"ansible-vault encrypt {path}; and if it was ever shared, replace what is in it"
            yield path, Problem(WHOLE_FILE, "secrets in plain text", "a file that ansible-vault encrypted", fix)
        elif path.name != VAULT and encrypted:
            expected = f"encrypted variables only in {vault}"
            fix = f"ansible-vault view {path}, then `ansible-vault edit {vault}` to put them there"
            yield path, Problem(WHOLE_FILE, "an encrypted file", expected, fix)


def _encrypted(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(ENCRYPTED)) == ENCRYPTED
    except OSError:  # who reads it says why it can't
        return False
