"""What the OpenAPI description says of every list: its parameters as they are checked, and its errors."""

from copy import deepcopy
from inspect import cleandoc
from typing import Any

import django_filters
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_parameter_type
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from .api_paging import view_parameters
from .api_problems import MEDIA_TYPE, ParameterProblem, Problem, VersionProblem
from .idempotency import HEADER, LONGEST_KEY
from .lists import MOST_VALUES
from .tables import CONTENT_TYPES

PROBLEMS: dict[str, Any] = {
    "400": OpenApiResponse(ParameterProblem, "A parameter is not known here, or its value cannot be used."),
    "401": OpenApiResponse(Problem, "The API key is not known, expired or revoked, or its user is no longer active."),
    "403": OpenApiResponse(Problem, "The reader may see this, but not do it; or the key only reads."),
    "409": OpenApiResponse(VersionProblem, "Somebody changed the record after the `version` that was named."),
    "412": OpenApiResponse(VersionProblem, "Somebody changed the record after the version named in If-Match."),
    "429": OpenApiResponse(Problem, "Too many requests in this minute: wait as many seconds as Retry-After says."),
    "422": OpenApiResponse(Problem, "The Idempotency-Key was used for another request."),
    "428": OpenApiResponse(Problem, "Neither If-Match nor `version` says which version was read."),
    "410": OpenApiResponse(Problem, "The reader cannot go on from this `updated_since`: begin anew with 0."),
    "404": OpenApiResponse(Problem, "There is nothing at this address that the reader may see."),
}


ETAG_PATTERN = '^(W/)?"v[1-9][0-9]{0,8}-[0-9a-f]+"$'


class Schema(AutoSchema):
    view: Any

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular does
        if self.view.action not in ("list", "retrieve"):
            return cleandoc(getattr(self.view, self.view.action).__doc__ or "")
        kind = "One item." if self.view.action == "retrieve" else "The list, page by page."
        return f"{cleandoc(self.view.__doc__ or '')}\n\n{kind}".strip()

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        lookups = getattr(self.view, "lookups", {})
        return [
            build_parameter_type(
                name=name,
                location=OpenApiParameter.PATH,
                required=True,
                description=lookups[name].about,
                schema={"type": "string", "pattern": f"^{lookups[name].pattern}$"},
            )
            for name in variables
        ]

    def get_response_serializers(self) -> Any:
        """What is written answers with the whole item."""
        action = self.view.action
        if action in ("list", "retrieve"):
            return super().get_response_serializers()
        return {"201" if action == "create" else "200": self.view.detail_serializer_class}

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        action = self.view.action
        if action in ("list", "retrieve"):
            said = "Nothing has changed since the answer whose ETag was given in If-None-Match."
            bodies["304"] = {"description": said}
            codes = {"400", "401", "404" if action == "retrieve" else "410"}
            if action == "list":
                files = {
                    CONTENT_TYPES[kind].partition(";")[0]: {"schema": {"type": "string"}} for kind in ("csv", "xlsx")
                }
                bodies["200"]["content"] |= files
        else:
            codes = {"400", "401", "403", "422"} | ({"404", "409", "412", "428"} if action != "create" else set())
        for code in sorted({*codes, "429"}):
            bodies[code] = self._get_response_for_code(PROBLEMS[code], code, [MEDIA_TYPE], direction)
        return bodies

    def _get_parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._get_parameters()
        if self.view.action == "retrieve":
            return [*found, *view_parameters(self.view)]
        return found if self.view.action == "list" else [*found, *self._headers()]

    def _headers(self) -> list[dict[str, Any]]:
        """What a request that writes may carry."""
        key = {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"}
        headers = {HEADER: (key, "Chosen by you, such as a UUID: the same request sent again does nothing twice.")}
        if self.view.action != "create":
            headers["If-Match"] = (
                {"type": "string", "pattern": ETAG_PATTERN},
                "The ETag of what you read; or send `version`.",
            )
        return [
            {"name": name, "in": "header", "required": False, "description": about, "schema": schema}
            for name, (schema, about) in headers.items()
        ]


def close_objects(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Say of every object that it has these properties and no others, and what `fields` and `include` make of it."""
    schemas = result["components"]["schemas"]
    for schema in schemas.values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    _describe_parts(result["paths"], schemas)
    return result


def _describe_parts(paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A list or an item answers whole, or with the fields that were asked for."""
    for address, methods in paths.items():
        item = next((one for one in paths if one.startswith(f"{address}{{") and one.endswith("}/")), None)
        if item is None or "get" not in methods:
            continue
        whole = _content(paths[item]["get"])["schema"]
        name = whole["$ref"].rpartition("/")[2]
        part = {"$ref": f"#/components/schemas/{_in_part(name, schemas)}"}
        _content(paths[item]["get"])["schema"] = {"anyOf": [whole, part]}
        results = schemas[_content(methods["get"])["schema"]["$ref"].rpartition("/")[2]]["properties"]["results"]
        results["items"] = {"anyOf": [results["items"], part]}


def _content(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation["responses"]["200"]["content"]["application/json"]
    return found


def _in_part(name: str, schemas: dict[str, Any]) -> str:
    """The name of the schema of the same object of which some fields are left out."""
    part = f"{name}Fields"
    if part not in schemas:
        schemas[part] = deepcopy(schemas[name])
        schemas[part].pop("required", None)
        schemas[part]["minProperties"] = 1
        internal = schemas[part]["properties"].get("internal", {})
        for reference in [one for one in internal.get("oneOf", internal.get("allOf", [])) if "$ref" in one]:
            inner = _in_part(reference["$ref"].rpartition("/")[2], schemas)
            reference["$ref"] = f"#/components/schemas/{inner}"
    return part


class StrictFilterExtension(DjangoFilterExtension):
    """Parameters as `StrictFilterBackend` takes them: codes as text, years as whole numbers, never empty."""

    target_class = "accounts.api.StrictFilterBackend"
    priority = 1

    def resolve_filter_field(
        self, auto_schema: Any, model: Any, filterset_class: Any, field_name: str, filter_field: Any
    ) -> list[dict[str, Any]]:
        extra = filter_field.extra
        if isinstance(filter_field, django_filters.NumberFilter):
            schema: dict[str, Any] = {"type": "integer"}
            bounds = (("minimum", extra.get("min_value")), ("maximum", extra.get("max_value")))
            schema |= {name: int(bound) for name, bound in bounds if bound is not None}
        elif isinstance(filter_field, (django_filters.ModelChoiceFilter, django_filters.CharFilter)):
            schema = {"type": "string", "minLength": 1}
        elif isinstance(filter_field, django_filters.ModelMultipleChoiceFilter):
            schema = {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": MOST_VALUES}
        elif isinstance(filter_field, django_filters.MultipleChoiceFilter):
            items = {"type": "string", "enum": [value for value, _label in extra["choices"]]}
            schema = {"type": "array", "items": items}
        elif isinstance(filter_field, django_filters.BooleanFilter):
            schema = {"type": "boolean"}
        elif isinstance(filter_field, django_filters.DateFilter):
            schema = {"type": "string", "format": "date"}
        elif isinstance(filter_field, django_filters.ChoiceFilter):
            schema = {"type": "string", "enum": [value for value, _label in extra["choices"]]}
        else:
            parameters: list[dict[str, Any]] = super().resolve_filter_field(
                auto_schema, model, filterset_class, field_name, filter_field
            )
            return parameters
        description = str(extra.get("help_text") or filter_field.label or "")
        if "to_field_name" in extra and "help_text" not in extra:
            description += f" (by {extra['to_field_name']})"
        return [{"name": field_name, "in": "query", "description": description, "schema": schema}]
