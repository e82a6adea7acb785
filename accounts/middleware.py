"""What each request tells the rest of the portal about its reader."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from . import api_accesses
from .api_keys import USED
from .audit import address_of_request
from .requests import client_address


class ReaderMiddleware:
    """The reader's time zone and language, and the address for the audit trail.

    A language chosen for this browser (the cookie) wins over the user's own setting.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = address_of_request.set(client_address(request))
        try:
            if request.user.is_authenticated:
                timezone.activate(ZoneInfo(request.user.time_zone))
                if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                    translation.activate(request.user.language)
                    request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            if key := request.META.get(USED):
                api_accesses.log(key, request, response)
            response.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
            if request.user.is_authenticated:
                _keep_private(response)
            return response
        finally:
            timezone.deactivate()
            address_of_request.reset(token)


def _keep_private(response: HttpResponse) -> None:
    """What one person may see is kept for nobody else, and is asked for again before the browser shows it anew."""
    response.setdefault("Cache-Control", "private, no-cache")
    patch_vary_headers(response, ("Cookie",))
