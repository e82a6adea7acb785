"""Where a deed came from: behind a proxy, the address that the proxy saw and not one that the reader made up."""

from typing import Any

import pytest
from django.test import RequestFactory

from accounts.requests import client_address


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "expected"),
    [
        (False, "", "192.0.2.1"),
        (False, "198.51.100.7", "192.0.2.1"),
        (True, "198.51.100.7", "198.51.100.7"),
        (True, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (True, "2001:db8::1", "2001:db8::1"),
        (True, "not an address", None),
    ],
)
def test_client_address(settings: Any, behind_proxy: bool, forwarded: str, expected: str | None) -> None:
    settings.BEHIND_HTTPS = behind_proxy
    extra: Any = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", **extra)) == expected
