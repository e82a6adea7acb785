from datetime import time
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from accounts.periodic import each_day, each_minute

from .checks import check_template

SWEEP = "Reports: start again what has stopped"
CLEARING = "Reports: clear away what was kept long enough"


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from . import notices  # noqa: F401  # registers the words of its mails

        checks.register(check_template)
        post_migrate.connect(plan_sweep, sender=self)


def plan_sweep(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat run the sweep each minute, and the clearing at night."""
    each_minute(SWEEP, "reports.tasks.resume_stalled")
    each_day(CLEARING, "reports.tasks.clear_expired", time(3, 30))
