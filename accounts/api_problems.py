"""Every error of the API as a problem document (RFC 9457, application/problem+json)."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

MEDIA_TYPE = "application/problem+json"
NO_FIELD = ("__all__", "non_field_errors")


class Problem(serializers.Serializer[Any]):
    """An error, as RFC 9457 describes it."""

    type = serializers.CharField(help_text="“about:blank”: the status says what kind of problem it is.")
    title = serializers.CharField(help_text="The name of the status, in English.")
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField(help_text="What is wrong and how to mend it, in the reader’s language.")
    instance = serializers.CharField(help_text="The path that was asked for.")


class ParameterProblem(Problem):
    """A parameter that cannot be used; `errors` says of each one what is wrong with it and how to mend it."""

    errors = serializers.DictField(  # type: ignore[assignment]  # a serializer's own `errors` is not used here
        child=serializers.ListField(child=serializers.CharField(), min_length=1)
    )


class VersionProblem(Problem):
    """The record is no longer at the version that was named."""

    current_version = serializers.IntegerField(min_value=1)


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error in an API view; None, which lets Django report it, for a fault of the portal's own."""
    response = exception_handler(error, context)
    if response is None:
        return None
    body = _problem(response.status_code, _detail(error, response.data), context["request"].path)
    body |= getattr(error, "more", {})
    if isinstance(error, ParseError):
        body["errors"] = {"body": [body["detail"]]}
    if isinstance(error, ValidationError):
        body["errors"] = _errors(response.data)
        body["detail"] = _summary(body["errors"])
    response.data = body
    response.content_type = MEDIA_TYPE
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """For a fault of the portal's own: a problem document below the API, else the page 500.html."""
    if not request.path.startswith("/api/v1/"):
        return defaults.server_error(request)
    detail = _("The fault is the portal's, not yours, and it has been noted. Try again in a minute.")
    return JsonResponse(_problem(500, detail, request.path), status=500, content_type=MEDIA_TYPE)


def _problem(status: int, detail: str, path: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": path,
    }


def _detail(error: Exception, data: Any) -> str:
    if isinstance(error, Http404):
        # One sentence for what does not exist and for what the reader may not know of.
        return _("There is nothing at this address that you may read. Check the address, and the key you use.")
    return str(data["detail"]) if "detail" in data else ""


def _errors(data: Any) -> dict[str, list[str]]:
    by_field = data if isinstance(data, dict) else {NO_FIELD[0]: data}
    return {
        "parameters" if name in NO_FIELD else name: list(dict.fromkeys(_messages(messages)))
        for name, messages in by_field.items()
    }


def _messages(data: Any) -> Iterator[str]:
    """All messages of a field, those of its parts too."""
    if isinstance(data, dict):
        for inner in data.values():
            yield from _messages(inner)
    elif isinstance(data, list):
        for one in data:
            yield from _messages(one)
    else:
        yield str(data)


def _summary(errors: dict[str, list[str]]) -> str:
    return " ".join(f"{name}: {' '.join(messages)}" for name, messages in errors.items())


class NothingHere(APIView):
    """Answers for every address below the API that names nothing."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
