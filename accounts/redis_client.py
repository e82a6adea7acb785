"""The portal's Redis, for what the cache does not offer: lists, and several commands at once."""

from functools import cache

from django.conf import settings
from redis import Redis


@cache
def redis_client() -> Redis:
    """One client for all; it gives up after two seconds."""
    client: Redis = Redis.from_url(settings.CACHES["default"]["LOCATION"], socket_timeout=2, socket_connect_timeout=2)
    return client
