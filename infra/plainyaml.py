"""YAML without surprises: only plain types, every key once, and no bomb takes time or memory."""

from __future__ import annotations

import re

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from infra.problems import WHOLE_FILE, Problem, Step, join, shown

# libyaml's composer recurses in C, so a bomb of brackets would take the interpreter down: depth is counted
# on events before anything is composed. Nodes are counted because aliases multiply them.
DEEPEST = 32
MOST_NODES = 20_000


class UnreadableError(Exception):
    """A text that is no document; it holds the one problem that stopped the reading."""

    def __init__(self, path: str, found: str, expected: str, fix: str) -> None:
        self.problem = Problem(path, found, expected, fix)
        super().__init__(str(self.problem))


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's plain scalars: `no`, `on`, 022, 1:30 and 2026-01-01 stay text."""


_Loader.yaml_implicit_resolvers = {}
for _type, _pattern, _first in (
    ("bool", r"(?:true|false)$", "tf"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,18})$", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]{0,18})\.[0-9]{1,18}$", "-+0123456789"),
    ("null", r"(?:~|null|)$", ("~", "n", "")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_type}", re.compile(_pattern), list(_first))


def parse(text: str) -> object:
    """The one document in `text` as JSON types, None for an empty one. Raises UnreadableError."""
    try:
        _measure(text)
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return None
            _inspect(root)
            return loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as reason:
        mark = reason.problem_mark or reason.context_mark
        where, line = WHOLE_FILE, ""
        if mark:
            where = f"line {mark.line + 1}, column {mark.column + 1}"
            line = "".join(text.split("\n")[mark.line : mark.line + 1])
        fix = "indent with spaces, never with tabs" if "\t" in line else "correct that line; `yamllint` tells more"
        raise UnreadableError(where, str(reason.problem), "one valid YAML document", fix) from None
    except (yaml.YAMLError, ValueError) as reason:
        fix = "save the file as plain UTF-8 text"
        raise UnreadableError(WHOLE_FILE, str(reason).split("\n")[0][:80], "valid YAML", fix) from None


def too_deep() -> UnreadableError:
    """The refusal of what is nested beyond sense."""
    return UnreadableError(WHOLE_FILE, f"more than {DEEPEST} levels", f"at most {DEEPEST} levels", "remove the nesting")


def too_many() -> UnreadableError:
    """The refusal of what is too large, or is made so by anchors and aliases."""
    fix = "remove what does not belong here, and aliases that multiply"
    return UnreadableError(WHOLE_FILE, f"more than {MOST_NODES} values", f"at most {MOST_NODES} values", fix)


def duplicate(key: str, where: str = WHOLE_FILE) -> UnreadableError:
    """The refusal of a key that stands twice in one mapping: the first value would be lost silently."""
    return UnreadableError(where, f"the key `{key}` a second time", "each key once", "delete one, or merge the two")


def _measure(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise too_deep()


def _inspect(root: Node) -> None:
    """Refuses duplicate keys, keys that are no text, and trees that aliases blow up or make endless."""
    seen = 0
    stack: list[tuple[Node, tuple[Step, ...]]] = [(root, ())]
    while stack:
        node, path = stack.pop()
        seen += 1
        if len(path) > DEEPEST:
            raise too_deep()
        if seen > MOST_NODES:
            raise too_many()
        if isinstance(node, SequenceNode):
            stack += [(child, (*path, index)) for index, child in enumerate(node.value)]
        elif isinstance(node, MappingNode):
            keys: set[str] = set()
            for key, child in node.value:
                where = f"{join(path)}, line {key.start_mark.line + 1}"
                if not isinstance(key, ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                    found = f"the key {shown(key.value)}" if isinstance(key, ScalarNode) else "a key of keys"
                    fix = "write the key as a plain word"
                    raise UnreadableError(where, found, "a key that is text", fix)
                if key.value in keys:
                    raise duplicate(key.value, where)
                keys.add(key.value)
                stack.append((child, (*path, key.value)))
