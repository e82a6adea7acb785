"""The portal's settings for a run beside others: static files and Redis keys of its own."""

from typing import Any

from unrcca_portal import settings
from unrcca_portal.settings import *  # noqa: F403

STATIC_ROOT = settings.VAR / "staticfiles"

# The tests that run in pytest's own process use the same Redis; neither may take the other's tasks.
KEY_PREFIX = f"{settings.DATABASES['default']['NAME']}:"
_broker: dict[str, Any] = settings.CELERY_BROKER_TRANSPORT_OPTIONS
_broker["global_keyprefix"] = KEY_PREFIX
settings.CACHES["default"]["KEY_PREFIX"] = KEY_PREFIX
