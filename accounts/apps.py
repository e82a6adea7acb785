from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

CLEARING = "Accounts: clear away entries that were never saved"


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from . import audit, signals  # noqa: F401  (signals register themselves)

        post_migrate.connect(audit.install_triggers)
        post_migrate.connect(plan_clearing, sender=self)


def plan_clearing(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: have beat clear away old unsaved entries each day. An administrator's changes stay."""
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    if PeriodicTask._meta.db_table not in connection.introspection.table_names():
        return  # only some apps were migrated
    day = IntervalSchedule.objects.filter(every=1, period=IntervalSchedule.DAYS).first()
    PeriodicTask.objects.get_or_create(
        name=CLEARING,
        defaults={
            "task": "accounts.tasks.forget_stale_entries",
            "interval": day or IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS),
        },
    )
