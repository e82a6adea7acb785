"""What every API view shares: pages of results and problem details."""

from typing import Any

from rest_framework import pagination
from rest_framework.response import Response
from rest_framework.views import exception_handler


class CursorPagination(pagination.CursorPagination):
    ordering = "id"


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    return exception_handler(error, context)
