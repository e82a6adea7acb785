"""The reader of a request, for pages that only signed-in people open."""

from django.http import HttpRequest

from .models import User


def signed_in(request: HttpRequest) -> User:
    """The user behind the request; the page must be guarded by `login_required` or its like."""
    assert isinstance(request.user, User)
    return request.user
