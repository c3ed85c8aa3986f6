"""Reads stacks/Pulumi.<environment>.yaml: what is Pulumi's own in it, and the configuration that the settings are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import documents
from infra.problems import WHOLE_FILE, Problem, SettingsError, nearest, shown

CONFIG = "config"
TOP = (CONFIG, "encryptedkey", "encryptionsalt", "secretsprovider")
"""What Pulumi itself keeps in a stack file. Not its `environment`: `make plan` can't see what that brings in."""
PULUMIS = {
    "aws": ("aws:allowedAccountIds", "aws:assumeRoles", "aws:profile"),
    "gcp": ("gcp:billingProject", "gcp:impersonateServiceAccount", "gcp:userProjectOverride"),
}
ALWAYS = ("pulumi:disable-default-providers", "pulumi:tags")
"""Keys below `config` that are no settings of ours: whose account it is, and how Pulumi is to behave."""
CREDENTIALS = {
    "aws:accessKey": "revoke it at AWS, and name a profile of your own: `export AWS_PROFILE=...`",
    "aws:secretKey": "revoke it at AWS, and name a profile of your own: `export AWS_PROFILE=...`",
    "aws:token": "revoke it at AWS, and name a profile of your own: `export AWS_PROFILE=...`",
    "gcp:credentials": "delete the key at Google, and log in: `gcloud auth application-default login`",
    "gcp:accessToken": "log in instead: `gcloud auth application-default login`",
}
OWN = {"aws": ("region",), "gcp": ("region", "project")}
"""The settings that the cloud's own Pulumi package reads too: they are stated under its keys and nowhere else."""
EXAMPLE = "stacks/Pulumi.aws-dev.yaml"


def key(setting: str, cloud: str = "") -> str:
    """A setting's key in the file: shoestring:tier, and in `cloud` aws:region."""
    return (
        setting if setting == "environment" else f"{cloud if setting in OWN.get(cloud, ()) else 'shoestring'}:{setting}"
    )


def cloud(config: Mapping[str, Any]) -> str:
    """Whose cloud a configuration is for; the first of them where it says none that there is."""
    said = config.get(key("cloud"))
    return said if isinstance(said, str) and said in OWN else next(iter(OWN))


def environment(path: Path) -> str:
    """stacks/Pulumi.aws-dev.yaml -> aws-dev."""
    return path.stem.removeprefix("Pulumi.")


def read(path: Path) -> dict[str, Any]:
    """`config:` as the file has it. Raises SettingsError, which lists what is wrong around it."""
    if not path.exists():
        raise SettingsError(path, [_missing(path)])
    document = documents.read(path, SettingsError)
    if problems := list(_around(document)):
        raise SettingsError(path, problems)
    assert isinstance(document, dict), "anything else is a problem"
    return dict(document[CONFIG])


def _missing(path: Path) -> Problem:
    others = sorted(environment(one) for one in path.parent.glob("Pulumi.*.yaml"))
    expected = f"one of the environments {', '.join(others)}" if others else f"a file like {EXAMPLE}"
    meant = nearest(environment(path), others)
    fix = f"did you mean {meant}? Use that, or copy {EXAMPLE} and change it" if meant else f"copy {EXAMPLE}"
    return Problem(WHOLE_FILE, "no such file", expected, fix)


def _around(document: object) -> Iterator[Problem]:
    if document is not None and not isinstance(document, Mapping):
        fix = f"write `{CONFIG}:` and the settings below it, as in {EXAMPLE}"
        yield Problem(WHOLE_FILE, shown(document), f"the key `{CONFIG}` and settings below it", fix)
        return
    keys: Mapping[str, Any] = document or {}
    for one in keys:
        if one not in TOP:
            meant = nearest(one, TOP)
            fix = f"did you mean `{meant}`? Rename it, or delete it" if meant else "delete it"
            fix = f"move it below `{CONFIG}:`, indented by two spaces" if ":" in one else fix
            yield Problem(one, f"the unknown key `{one}`", f"only the keys {', '.join(TOP)}", fix)
    config = keys.get(CONFIG)
    if not isinstance(config, Mapping) or not config:
        fix = f"write the settings below `{CONFIG}:`, as in {EXAMPLE}"
        expected = f"the settings, a line for each, such as `{key('tier')}: dev`"
        yield Problem(CONFIG, "nothing" if config is None else shown(config), expected, fix)


def strangers(config: Mapping[str, Any], settings: Iterable[str]) -> Iterator[Problem]:
    """A problem for each key of `config` that is neither one of `settings` (keys as in the file) nor Pulumi's."""
    by_name = {one.rpartition(":")[2]: one for one in (*settings, *PULUMIS[cloud(config)], *ALWAYS)}
    for one in config:
        if one in CREDENTIALS:
            fix = f"delete it, {CREDENTIALS[one]}"
            yield Problem(one, "a credential (not shown)", "no secret in a file that git keeps", fix)
        elif one not in by_name.values():
            name = one.rpartition(":")[2]
            meant = nearest(name, by_name)
            fix = f"did you mean `{by_name[meant]}`? Rename it, or delete it" if meant else "delete it"
            fix = "delete it: the file's own name says it" if name == "environment" else fix
            yield Problem(one, f"the unknown key `{one}`", f"only the keys {', '.join(by_name.values())}", fix)
