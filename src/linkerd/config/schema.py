"""Section classes → JSON Schema (draft 2020-12), for editors and for `linkerd schema`.

In: the root class and the registry. Out: a dictionary. It accepts what the binder accepts as far as
a schema can say it: grammars of names, existing files and what sections check across keys stay the
binder's. Optional keys may be null; scalars may be quoted, as the binder reads them.
"""

from __future__ import annotations

from typing import Any

from linkerd.config.registry import REGISTRY, Registry
from linkerd.config.section import Plugin, Section
from linkerd.config.shape import Key, ListShape, ScalarShape, SectionShape, Shape, keys_of

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(cls: type[Section], registry: Registry = REGISTRY) -> Schema:
    """Give the schema of a whole configuration whose root is `cls`."""
    writer = _Writer(registry)
    root = writer.properties(cls)
    return {
        "$schema": DRAFT,
        "title": cls.summary,
        **root,
        "$defs": dict(sorted(writer.defs.items())),
    }


class _Writer:
    """Collects one definition per class and per family."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.defs: dict[str, Schema] = {}

    def of(self, shape: Shape) -> Schema:
        match shape:
            case ScalarShape(reader=reader):
                return dict(reader.schema)
            case ListShape(item=item, one_or_many=one_or_many):
                one = self.of(item)
                many: Schema = {"type": "array", "items": one}
                return {"anyOf": [one, many]} if one_or_many else many
            case SectionShape(cls=cls):
                return {"$ref": f"#/$defs/{self.define(cls)}"}

    def define(self, cls: type[Section]) -> str:
        """Make sure that a class or family is defined; give the name of its definition."""
        is_family = issubclass(cls, Plugin) and not cls.kind
        name = cls.family if is_family and issubclass(cls, Plugin) else cls.__name__
        if name not in self.defs:
            self.defs[name] = {}  # a class may contain itself
            if is_family and issubclass(cls, Plugin):
                self.defs[name] = self.family(cls)
            else:
                self.defs[name] = self.properties(cls)
        return name

    def family(self, base: type[Plugin]) -> Schema:
        kinds = self.registry.kinds(base.family)
        choices: list[Schema] = []
        for kind in kinds:
            found = self.registry.find(base.family, kind)
            if found is None:
                continue
            condition: Schema = {"properties": {base.tag: {"const": kind}}}
            if kind != base.default_kind:
                condition["required"] = [base.tag]
            then = {"$ref": f"#/$defs/{self.define(found)}"}
            choices.append({"if": condition, "then": then})
        whole: Schema = {
            "description": base.summary,
            "type": "object",
            "properties": {base.tag: {"enum": list(kinds)}},
            "allOf": choices,
        }
        if not base.default_kind:
            whole["required"] = [base.tag]
        return whole

    def properties(self, cls: type[Section]) -> Schema:
        keys = keys_of(cls)
        properties: Schema = {}
        if issubclass(cls, Plugin):
            properties[cls.tag] = {"const": cls.kind}
        properties |= {key.key: self.key(key) for key in keys}
        whole: Schema = {
            "description": cls.summary,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        required = [key.key for key in keys if key.required]
        if required:
            whole["required"] = required
        return whole

    def key(self, key: Key) -> Schema:
        value = self.of(key.shape)
        if not key.required:
            value = {"anyOf": [value, {"type": "null"}]}
        value["description"] = key.option.doc
        if isinstance(key.default, bool | int | float | str):
            value["default"] = key.default
        return value


__all__ = ["DRAFT", "schema_of"]
