from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

SWEEP = "Reports: start again what has stopped"


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        post_migrate.connect(plan_sweep, sender=self)


def plan_sweep(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat run the sweep each minute. An administrator's changes to it stay."""
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    if PeriodicTask._meta.db_table not in connection.introspection.table_names():
        return  # only some apps were migrated
    minute = IntervalSchedule.objects.filter(every=1, period=IntervalSchedule.MINUTES).first()
    PeriodicTask.objects.get_or_create(
        name=SWEEP,
        defaults={
            "task": "reports.tasks.resume_stalled",
            "interval": minute or IntervalSchedule.objects.create(every=1, period=IntervalSchedule.MINUTES),
            # With no worker to take it, the next minute's message is as good.
            "expire_seconds": 60,
        },
    )
