from datetime import time
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from accounts.periodic import each_day


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = _("Activities")

    def ready(self) -> None:
        from . import notices  # noqa: F401  (the mails' words register themselves)

        post_migrate.connect(plan_daily_work, sender=self)


def plan_daily_work(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat look for follow-ups to remind of, before the daily mail, and clear up."""
    each_day("Activities: remind of follow-ups", "activities.tasks.remind", time(6, 30))
    each_day("Activities: ask partners to verify their entries", "activities.tasks.ask_to_verify", time(6, 30))
    each_day("Activities: clear away imports that nobody finished", "activities.tasks.forget_expired_imports", time(3))
