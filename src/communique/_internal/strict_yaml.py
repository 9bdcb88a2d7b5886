"""A YAML loader without silent conversions, for gold files and prompt examples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import yaml

from communique._internal.validation import brief, shown

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["YamlError", "load_yaml"]

_PREFIX = "tag:yaml.org,2002:"
# Excludes 0x10, 0777 (octal), 1_000 and 12:30 (base 60), which YAML 1.1 reads as numbers.
_WHOLE = re.compile("0|[1-9][0-9]{0,8}")


class YamlError(ValueError):
    """A text is not YAML, or contains a value that is refused.

    Attributes:
        line: line number, from 1, or None if unknown.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line


def load_yaml(text: str, *, numbers: bool = False) -> object:
    """Load a document that consists of text, true, false, null, lists and mappings.

    YAML 1.1 reads unquoted ``no``, ``on``, ``12:30`` and ``2022-02-24`` as truth values, numbers
    and dates. This project's files need none of these, so they are refused; and so are aliases,
    of which a short file can make a value of any size.

    Args:
        text: the document.
        numbers: whether non-negative whole numbers are allowed as well.

    Raises:
        YamlError: it is malformed, repeats a key, or contains a value that is refused.
    """
    try:
        return yaml.load(text, Loader=_WithNumbers if numbers else _Loader)  # noqa: S506 a SafeLoader with fewer types
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else None
        raise YamlError(brief(str(exc.problem)), line) from exc
    except RecursionError as exc:
        raise YamlError("lists or mappings are nested too deeply") from exc
    except (yaml.YAMLError, ValueError) as exc:
        raise YamlError(brief(str(exc))) from exc


class _Loader(yaml.SafeLoader):
    """`yaml.SafeLoader` with fewer types, and without aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        parser = cast("Any", self)  # the stubs leave out the methods of the parser
        if parser.check_event(yaml.AliasEvent):
            problem = "an alias (*name) is refused: write the value out"
            mark = parser.peek_event().start_mark
            raise yaml.constructor.ConstructorError(None, None, problem, mark)
        return super().compose_node(parent, index)


class _WithNumbers(_Loader):
    """`_Loader` with whole numbers."""


def _mapping(loader: yaml.SafeLoader, node: yaml.Node) -> dict[Hashable, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "not a mapping", node.start_mark)
    keys: set[str] = set()
    for key, _ in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        if key.tag != _PREFIX + "str":
            _refuse(loader, key)
        if key.value in keys:
            problem = f"the key {shown(key.value)} occurs twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        keys.add(key.value)
    return loader.construct_mapping(node, deep=True)


def _truth(loader: yaml.SafeLoader, node: yaml.Node) -> bool:
    if node.value not in {"true", "false"}:
        _refuse(loader, node)
    return node.value == "true"


def _number(loader: yaml.SafeLoader, node: yaml.Node) -> int:
    if not _WHOLE.fullmatch(node.value):
        _refuse(loader, node)
    return int(node.value)


def _refuse(_: yaml.SafeLoader, node: yaml.Node) -> None:
    tag = node.tag.rpartition(":")[2]
    what = {
        "bool": "a truth value (write true or false)",
        "timestamp": "a date",
        "int": "a number",
        "float": "a number",
    }.get(tag, f"!!{tag}")
    value = shown(node.value) if isinstance(node, yaml.ScalarNode) else "this"
    problem = f"YAML reads {value} as {what}; if you mean text, put it in quotes"
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_SAFE = yaml.SafeLoader.yaml_constructors
_Loader.yaml_constructors = {
    **{_PREFIX + name: _SAFE[_PREFIX + name] for name in ("str", "null", "seq")},
    _PREFIX + "map": _mapping,
    _PREFIX + "bool": _truth,
    None: _refuse,  # for every tag without a constructor of its own
}
_WithNumbers.yaml_constructors = {**_Loader.yaml_constructors, _PREFIX + "int": _number}
