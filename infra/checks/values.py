"""Is a value what its variable is declared to be: type, choices, keys, and the form that forms.py asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.checks.declared import Spec
from infra.checks.forms import form_of
from infra.checks.kinds import Form
from infra.problems import Problem, alike, nearest, shown

# type -> in words, what it is in Python, an example
TYPES: dict[str, tuple[str, tuple[type, ...], object]] = {
    "raw": ("anything", (object,), "text"),
    "str": ("text", (str,), "text"),
    "path": ("a path, as text", (str,), "/srv/data"),
    "int": ("a whole number", (int,), 1),
    "float": ("a number", (int, float), 1.5),
    "bool": ("true or false", (bool,), True),
    "list": ("a list", (list,), []),
    "dict": ("a mapping of `key: value` lines", (dict,), {}),
}
SECRETIVE = re.compile(r"(?:^|[._])(?:password|pass|passphrase|secret|token|private_key)$", re.IGNORECASE)
VAULT_FIX = (
    "put it into group_vars/all/vault.yml under a name that begins with vault_ (`ansible-vault edit`), and write "
    '"{{ vault_... }}" here; replace it, since it was readable'
)


def templated(value: object) -> bool:
    """Whether only Ansible, on the run, can know the value."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def check(path: str, value: object, spec: Spec, form: str) -> Iterator[Problem]:
    """A problem for everything about `value` that `spec` or the form named `form` does not allow.

    `path` is where it stands (`host_admins[0].name`), `form` the same without numbers (`host_admins[].name`).
    """
    if templated(value):
        return
    if isinstance(value, str) and (SECRETIVE.search(path) or "PRIVATE KEY-----" in value):
        yield Problem(path, shown(value, hidden=True), "no secret in a plain file", VAULT_FIX)
        return
    own = form_of(form)
    if wrong := _wrong_type(path, value, spec, own):
        yield wrong
    elif spec.get("choices") and value not in spec["choices"]:
        choices = [str(one) for one in spec["choices"]]
        meant = nearest(str(value), choices)
        fix = f"did you mean `{meant}`? Write that" if meant else f"write for example `{choices[0]}`"
        yield Problem(path, shown(value), f"one of {', '.join(choices)}", fix)
    elif own and not own.fits(value):
        near = alike(str(value), own.among()) if own.among else []
        fix = f"did you mean one of `{'`, `'.join(near)}`? Write that"
        yield Problem(
            path, shown(value), own.expected, fix if near else f"write for example `{sample(path, own.example)}`"
        )
    elif isinstance(value, Mapping):
        yield from _mapping(path, value, spec, form)
    elif isinstance(value, list):
        inner = {"type": spec.get("elements", "raw"), **{k: spec[k] for k in ("options",) if k in spec}}
        for index, item in enumerate(value):
            yield from check(f"{path}[{index}]", item, inner, f"{form}[]")


def _mapping(path: str, value: Mapping[str, Any], spec: Spec, form: str) -> Iterator[Problem]:
    options: Mapping[str, Spec] | None = spec.get("options")
    for key, item in value.items():
        here = f"{path}.{key}"
        if options is not None and key not in options:
            meant = nearest(key, options)
            fix = f"did you mean `{meant}`? Rename it, or delete it" if meant else "delete it"
            yield Problem(here, f"the unknown key {shown(key)}", f"only the keys {', '.join(options)}", fix)
        elif options is not None:
            yield from check(here, item, options[key], f"{form}.{key}")
        elif (keys := form_of(f"{form}.<key>")) and not keys.fits(key):
            yield Problem(here, f"the key {shown(key)}", keys.expected, f"write for example `{keys.example}`")
        else:
            yield from check(here, item, {"type": "raw"}, f"{form}.*")
    for key, option in (options or {}).items():
        if option.get("required") and key not in value:
            example = sample(key, _example(option, form_of(f"{form}.{key}")))
            yield Problem(f"{path}.{key}", "nothing", _meaning(option), f"add `{example}` to {path}")


def _wrong_type(path: str, value: object, spec: Spec, own: Form | None) -> Problem | None:
    kind = spec.get("type", "str")
    if kind not in TYPES:
        return None
    words, types, _ = TYPES[kind]
    if isinstance(value, types) and (kind in ("bool", "raw") or not isinstance(value, bool)):
        return None
    expected = f"{own.expected if own else _meaning(spec)} ({words})"
    example = sample(path, _example(spec, own))
    quotes = "put it in quotes, or " if kind in ("str", "path") and isinstance(value, int | float) else ""
    hidden = isinstance(value, str) and bool(SECRETIVE.search(path))
    return Problem(path, shown(value, hidden), expected, f"{quotes}write for example `{example}`")


def _meaning(spec: Spec) -> str:
    text = spec.get("description", "a value")
    return str(text[0] if isinstance(text, list) else text).rstrip(".")


def _example(spec: Spec, own: Form | None) -> object:
    if own:
        return own.example
    return spec["choices"][0] if spec.get("choices") else TYPES.get(spec.get("type", "str"), ("", (), "text"))[2]


def sample(path: str, example: object) -> str:
    """A line to write: `port: 22`, or the value alone where it is an entry of a list."""
    value = example if isinstance(example, str) and example else json.dumps(example)
    return value if path.endswith("]") else f"{path.rpartition('.')[2]}: {value}"
