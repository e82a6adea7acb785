from datetime import time
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from accounts.periodic import each_day


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from . import notices  # noqa: F401  (the mails' words register themselves)

        post_migrate.connect(plan_reminders, sender=self)


def plan_reminders(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat look for agreements about to end, before the daily mail."""
    each_day("Partners: remind of agreements about to end", "partners.tasks.remind", time(6, 30))
