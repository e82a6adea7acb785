from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from accounts.periodic import each_minute

from .checks import check_template

SWEEP = "Reports: start again what has stopped"


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        checks.register(check_template)
        post_migrate.connect(plan_sweep, sender=self)


def plan_sweep(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat run the sweep each minute."""
    each_minute(SWEEP, "reports.tasks.resume_stalled")
