"""The controller's half of `tree`: renders a role's templates and sends them to the host in one module call.

What users set is described in modules/tree.py.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ansible._internal._templating import _template_vars
from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleUndefinedVariable
from ansible.module_utils.common.text.converters import to_bytes
from ansible.template import trust_as_template

from ansible.plugins.action import ActionBase  # type: ignore[attr-defined]  # mypy sees our ansible/plugins

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "files": {"type": "dict", "default": {}},
    "directories": {"type": "dict", "default": {}},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "absent": {"type": "list", "elements": "str", "default": []},
    "validate_after": {"type": "str", "default": ""},
    "source": {"type": "str", "default": "templates"},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "root": {"type": "str", "default": "/"},
    "state": {"type": "str", "choices": ["present", "settled"], "default": "present"},
}
_DIRECTORY_KEYS = {"owner", "group", "mode"}
_FILE_KEYS = _DIRECTORY_KEYS | {"secret", "validate"}
_LITTER = re.compile(r"(~|\.sw[a-p]|\.gitkeep|\.DS_Store)$|(^|/)__pycache__/")


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no types
    """Action plugin `tree`."""

    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False  # the payload is an argument: no temporary directory, no extra round trip

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Render, call the module once, and return its result without the arguments."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, options = self.validate_argument_spec(argument_spec=OPTIONS)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", options["name"]):
            raise _refused(f"name {options['name']!r} becomes a file's name", "Use only a-z, 0-9, - and _.")
        keys = ("name", "root", "owner", "group", "state", "validate_after")
        spec: dict[str, Any] = {key: str(options[key]) for key in keys}
        spec |= {"files": [], "directories": [], "absent": []}
        if options["state"] == "present":
            spec |= self._tree(options, variables)
        payload = base64.b64encode(zlib.compress(json.dumps(spec).encode(), 1)).decode()
        arguments = {"name": spec["name"], "payload": payload}
        result |= self._execute_module(module_name="tree", module_args=arguments, task_vars=variables)
        result.pop("invocation", None)
        return result

    def _tree(self, options: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        role = self._task._role
        source = Path(role._role_path if role else self._loader.get_basedir()) / options["source"]
        templates = _find(source)
        for option in ("files", "exclude"):
            _known(option, options[option], templates, source)
        for path in (*options["absent"], *options["directories"]):
            _check_path(path)
        wanted = sorted(set(templates) - set(options["exclude"]))
        if both := sorted(set(wanted) & set(options["absent"])):
            raise _refused(f"{both[0]} is in `absent` and in {source}", "Exclude the template instead.")
        files = [_attributes(target, options["files"].get(target), "0644", options, _FILE_KEYS) for target in wanted]
        directories = [
            _attributes(path, given, "0755", options, _DIRECTORY_KEYS)
            for path, given in sorted(options["directories"].items())
        ]
        for item in files:
            target, secret = item["path"], item["secret"]
            content = self._render(source, templates[target], target, variables, secret=secret)
            item["content"] = base64.b64encode(content).decode()
        absent = [str(path) for path in options["absent"]]
        return {"files": files, "directories": directories, "absent": absent}

    def _render(self, source: Path, path: Path, target: str, variables: dict[str, Any], *, secret: bool) -> bytes:
        """As Ansible's own template action does it: trust, search path, template variables."""
        if path.suffix != ".j2":
            return path.read_bytes()
        places = [*variables.get("ansible_search_path", []), self._loader.get_basedir(), source, path.parent]
        search = [str(folder) for place in map(Path, places) for folder in (place / "templates", place)]
        known = variables | _template_vars.generate_ansible_template_vars(
            path=str(path.relative_to(source)),  # the same text on every controller
            fullpath=str(path),
            dest_path=f"/{target}",
            include_ansible_managed="ansible_managed" not in variables,
        )
        templar = self._templar.copy_with_new_env(searchpath=search, available_variables=known)
        try:
            text = trust_as_template(self._loader.get_text_file_contents(str(path)))
            rendered = templar.template(text, escape_backslashes=False)
        except AnsibleError as error:
            # a filter's message may hold the value that it choked on
            hide = secret and not isinstance(error, AnsibleUndefinedVariable)
            cause = f"{type(error).__name__}, its text hidden: the file is secret" if hide else str(error)
            fix = "Set the variable in the role's defaults or in group_vars, or correct the template."
            raise _refused(f"{path} (for /{target}) cannot be rendered: {cause}", fix) from None
        return b"" if rendered is None else bytes(to_bytes(rendered))


def _refused(cause: str, fix: str) -> Exception:
    return AnsibleActionFail(f"tree: {cause}: nothing was changed. {fix}")  # type: ignore[no-any-return]  # ansible-core has no types


def _find(source: Path) -> dict[str, Path]:
    """{target path: template} of all files below `source`."""
    found: dict[str, Path] = {}
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source).as_posix()
        if relative.startswith("_") or _LITTER.search(relative) or path.is_dir():
            continue
        target = relative.removesuffix(".j2")
        if target in found:
            raise _refused(f"{path} and {found[target]} both make /{target}", "Remove one of them.")
        found[target] = path
    if not found:
        raise _refused(f"there is no template below {source}", "Put one there, or set `source`.")
    return found


def _known(option: str, paths: Iterable[str], templates: Iterable[str], source: Path) -> None:
    for path in sorted(set(paths) - set(templates)):
        fix = f"Write it without leading slash and .j2; there are: {', '.join(sorted(templates))}."
        raise _refused(f"{path!r} in `{option}` matches no template below {source}", fix)


def _check_path(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path != "/".join(parts) or ".." in parts:
        raise _refused(f"{path!r} is not a plain path without leading slash", "Write it like etc/x.conf.")


def _attributes(path: str, given: Any, mode: str, options: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """The exception of one path, checked and filled up with the task's defaults; `mode` as a number."""
    given = {} if given is None else given
    if not isinstance(given, Mapping) or set(given) - keys:
        raise _refused(f"{path} has {given!r}", f"Give it a dictionary of {', '.join(sorted(keys))}.")
    text = given.get("mode", mode)
    if not isinstance(text, str) or not re.fullmatch(r"0?[0-7]{3,4}", text):
        raise _refused(f"{path} has mode {text!r}", 'Write it as quoted octal, like "0640".')
    item: dict[str, Any] = {"path": str(path), "mode": int(text, 8)}
    item |= {key: str(given.get(key, options[key])) for key in ("owner", "group")}
    if "validate" in keys:
        command, secret = str(given.get("validate", "")), given.get("secret", False)
        if command and "%s" not in command:
            raise _refused(f"validate of {path} does not name the staged file", "Put %s where it goes.")
        if not isinstance(secret, bool):
            raise _refused(f"secret of {path} is {secret!r}", "Write true or false.")
        item |= {"validate": command, "secret": bool(secret)}
    return item
