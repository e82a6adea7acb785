from datetime import time
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from accounts.periodic import each_day


class BriefingsConfig(AppConfig):
    name = "briefings"
    verbose_name = _("Briefings")

    def ready(self) -> None:
        from . import notices  # noqa: F401  (the mails' words register themselves)

        post_migrate.connect(plan_daily_work, sender=self)


def plan_daily_work(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat fill the dossiers in work and remind, before the daily mail."""
    each_day("Briefings: take new records into the dossiers in work", "briefings.tasks.gather", time(5))
    each_day("Briefings: remind of tasks, and tell the week's developments", "briefings.tasks.remind", time(6, 30))
