"""Reads a recipe: YAML, plus ``key=value`` changes from the command line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from unimer.errors import SettingsError
from unimer.files import explain
from unimer.settings import BuildSettings, CorpusSettings

S = TypeVar("S", bound=BaseModel)


def read_recipe(path: Path | None, changes: Sequence[str] = (), base: dict[str, Any] | None = None) -> BuildSettings:
    """A build's recipe file with changes applied, as :func:`read_settings`."""
    return read_settings(BuildSettings, path, changes, base)


def read_settings(
    kind: type[S], path: Path | None, changes: Sequence[str] = (), base: dict[str, Any] | None = None
) -> S:
    """A recipe file with changes applied.

    Args:
        kind: the settings that the recipe is.
        path: YAML file; None starts from ``base``.
        changes: ``dotted.key=value`` with a YAML value; a number addresses a list item (``corpora.0.root=/data``).
        base: settings to start from where there is no file.

    Raises:
        SettingsError: the file is not YAML, or a key or value is wrong; names it and the nearest known key.
    """
    tree: Any = dict(base or {})
    if path is not None:
        try:
            tree = yaml.load(path.read_text(encoding="utf-8"), _Loader)
        except OSError as error:
            raise SettingsError(f"the recipe cannot be read: {error.strerror}", path=path) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise SettingsError(f"the recipe is not YAML: {error}", path=path) from error
        if not isinstance(tree, dict):
            keys = ", ".join(f"{name}: ..." for name in list(kind.model_fields)[:2])
            raise SettingsError(f"the recipe must be a mapping ({keys})", path=path)
    for change in changes:
        _apply(tree, change)
    try:
        return kind.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_explain_with_hint(error, kind), path=path, remedy="see docs/recipes.md") from error


class _Loader(yaml.SafeLoader):
    """Refuses a mapping in which a key stands twice; plain YAML would take the last one silently."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for i, key in enumerate(keys) if key in keys[:i]]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key '{twice[0]}' stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _apply(tree: Any, change: str) -> None:
    key, equals, text = change.partition("=")
    if not equals or not key:
        raise SettingsError(f"--set {change}: expected key=value")
    node, parts = tree, key.split(".")
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if isinstance(node, list):
            if not part.isdigit() or int(part) >= len(node):
                raise SettingsError(f"--set {change}: '{part}' is not an item number below {len(node)}")
            index: Any = int(part)
        elif isinstance(node, dict):
            index = part
            if not last and node.get(index) is None:
                node[index] = {}
        else:
            raise SettingsError(f"--set {change}: '{'.'.join(parts[:i])}' holds no further keys")
        if last:
            try:
                node[index] = yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise SettingsError(f"--set {change}: the value is not YAML") from error
        else:
            node = node[index]


def _explain_with_hint(error: ValidationError, kind: type[BaseModel]) -> str:
    """The pydantic error, with the nearest known key where a key is unknown."""
    for found in error.errors(include_url=False, include_context=False):
        if found["type"] == "extra_forbidden":
            loc = found["loc"]
            known = _keys_at(kind, loc[:-1])
            near = difflib.get_close_matches(str(loc[-1]), known, n=1)
            if len(loc) == 1 and str(loc[0]) in CorpusSettings.model_fields:
                near = [f"corpora.0.{loc[0]}"]
            hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(known)}"
            return f"unknown key '{'.'.join(map(str, loc))}'; {hint}"
    return explain(error)


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    for part in loc:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        inner = getattr(annotation, "__args__", (annotation,))[0]
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)
