"""The API's documentation as pages of the portal, made from its description: what it says is what is checked.

They work without JavaScript; the examples are links that the reader's own session follows.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch")
# For a list, an example of what it can be asked.
EXAMPLES = {
    "activities": (
        "theme=water&page_size=5",
        "fields=reference,title_en,start_date&ordering=-start_date",
        "format=csv",
    ),
    "commitments": ("cadence=yearly",),
    "organizations": ("q=OSCE",),
    "who-does-what": ("theme=water&page_size=5", "organization=osce", "verified=due"),
}


@dataclass(frozen=True)
class Value:
    """A parameter or a field: its name, what it holds, and what it is."""

    name: str
    kind: str
    about: str


@dataclass(frozen=True)
class Operation:
    """Something that can be asked: of a list, of an item, or a deed."""

    method: str
    path: str
    about: str
    parameters: list[Value]
    body: list[Value]
    answers: list[tuple[str, str]]


@dataclass(frozen=True)
class Listed:
    """A list with all that can be asked of it, and the fields of its items."""

    name: str
    # By paragraphs.
    about: list[str]
    operations: list[Operation]
    fields: list[Value]
    examples: list[str]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """What the API is, its lists, and what changed in it."""
    return render(request, "api/docs.html", {"lists": _lists(get_language() or "en").values(), "section": "api-docs"})


@require_safe
def docs_of(request: HttpRequest, name: str) -> HttpResponse:
    """All that can be asked of one list."""
    listed = _lists(get_language() or "en").get(name)
    if listed is None:
        raise Http404
    return render(request, "api/docs_of.html", {"listed": listed, "section": "api-docs"})


@cache
def _lists(language: str) -> dict[str, Listed]:
    """By name, with the words of a language. Making the description takes a second, and it does not change."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    components = schema["components"]["schemas"]
    paths: dict[str, dict[str, Any]] = schema["paths"]
    found = {}
    for root in [path for path in paths if "{" not in path]:
        name = root.strip("/").rpartition("/")[2]
        below = [path for path in paths if path == root or path.startswith(f"{root}{{")]
        operations = [
            _operation(method, path, paths[path][method], components)
            for path in below
            for method in METHODS
            if method in paths[path]
        ]
        item = next(path for path in below if path != root)
        examples = [f"{root}?{query}" for query in EXAMPLES.get(name, ("page_size=5",))]
        about = paths[root]["get"]["description"].rpartition("\n\n")[0].replace("`", "").split("\n\n")
        about = [" ".join(paragraph.split()) for paragraph in about]
        found[name] = Listed(name, about, operations, _item_fields(paths[item]["get"], components), examples)
    return found


def _operation(method: str, path: str, operation: dict[str, Any], components: dict[str, Any]) -> Operation:
    parameters = [
        Value(one["name"], _kind(one["schema"]), str(one.get("description", "")))
        for one in operation.get("parameters", ())
    ]
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    body = _fields(components[_name_of(sent)]) if sent else []
    answers = [(code, str(one.get("description", ""))) for code, one in sorted(operation["responses"].items())]
    about = operation["description"].rpartition("\n\n")[2]
    return Operation(method.upper(), path, about, parameters, body, answers)


def _item_fields(operation: dict[str, Any], components: dict[str, Any]) -> list[Value]:
    whole, _part = operation["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
    return _fields(components[_name_of(whole)])


def _fields(schema: dict[str, Any]) -> list[Value]:
    return [
        Value(name, _kind(one), str(one.get("description", ""))) for name, one in schema.get("properties", {}).items()
    ]


def _name_of(schema: dict[str, Any]) -> str:
    return str(schema["$ref"].rpartition("/")[2])


def _kind(schema: dict[str, Any]) -> str:
    """What a value is, in the words of JSON Schema; the codes where there are some."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value not in ("", None))
    if "$ref" in schema:
        return _name_of(schema)
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return " | ".join(_kind(one) for one in schema[choice] if one.get("type") != "null")
    if schema.get("type") == "array":
        return f"[{_kind(schema['items'])}]"
    kinds = schema.get("type", "")
    kind = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{kind} ({schema['format']})" if "format" in schema else kind
