"""The portal's settings for worker and beat of these tests: Redis keys of their own, beside other programs on it."""

from unrcca_portal import settings as portal
from unrcca_portal.settings import *  # noqa: F403

KEY_PREFIX = f"{portal.DATABASES['default']['NAME']}:worker:"
vars()["CELERY_BROKER_TRANSPORT_OPTIONS"] = {**portal.CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": KEY_PREFIX}
# Beat looks at its list this often (seconds).
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
