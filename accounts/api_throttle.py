"""How many requests a key, a session or an address may make in a minute, and the headers that say how many are left.

The headers are those of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` and `RateLimit`.
"""

import logging
import time
from typing import Any

from django.conf import settings
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from .models import ApiKey
from .redis_client import redis_client
from .requests import client_address

WINDOW = 60
log = logging.getLogger(__name__)


class Throttle(BaseThrottle):
    """So many requests in each minute of the clock. Without Redis nobody is counted, and nobody is held up."""

    def allow_request(self, request: Request, view: Any) -> bool:
        policy, name = _who(request)
        allowed: int = settings.API_REQUESTS_PER_MINUTE[policy]
        now = time.time()
        self.left = WINDOW - int(now) % WINDOW
        try:
            used = _count(f"api-requests-{policy}-{name}-{int(now) // WINDOW}")
        except RedisError:
            log.exception("Requests to the API are not counted")
            return True
        view.rate_headers = {
            "RateLimit-Policy": f'"{policy}";q={allowed};w={WINDOW}',
            "RateLimit": f'"{policy}";r={max(allowed - used, 0)};t={self.left}',
        }
        return used <= allowed

    def wait(self) -> float:
        """Seconds until the next minute begins; goes out as Retry-After."""
        return float(self.left)


def _who(request: Request) -> tuple[str, str]:
    if isinstance(request.auth, ApiKey):
        return "key", str(request.auth.pk)
    if request.user.is_authenticated:
        return "session", str(request.user.pk)
    return "anonymous", str(client_address(request._request))


def _count(name: str) -> int:
    """How often the name was counted, this time too. It is forgotten some time after its minute."""
    with redis_client().pipeline(transaction=False) as commands:
        commands.incr(name)
        commands.expire(name, WINDOW + 5)
        return int(commands.execute()[0])
