"""Tasks that Celery beat runs again and again. An administrator's changes to their times stay."""

from datetime import time
from typing import Any

from django.db import connection

from .time_zones import ASHGABAT


def each_minute(name: str, task: str) -> None:
    """Have beat run the task each minute."""
    from django_celery_beat.models import IntervalSchedule

    if _is_installed():
        minute = IntervalSchedule.objects.filter(every=1, period=IntervalSchedule.MINUTES).first()
        interval = minute or IntervalSchedule.objects.create(every=1, period=IntervalSchedule.MINUTES)
        # With no worker to take it, the next minute's message is as good.
        _plan(name, task, interval=interval, expire_seconds=60)


def each_day(name: str, task: str, at: time) -> None:
    """Have beat run the task every day at a time in Ashgabat; after a standstill, as soon as beat runs again."""
    from django_celery_beat.models import CrontabSchedule

    if _is_installed():
        fields = {"minute": str(at.minute), "hour": str(at.hour), "timezone": ASHGABAT}
        fields |= dict.fromkeys(("day_of_week", "day_of_month", "month_of_year"), "*")
        crontab = CrontabSchedule.objects.filter(**fields).first() or CrontabSchedule.objects.create(**fields)
        _plan(name, task, crontab=crontab)


def _is_installed() -> bool:
    """Whether beat's table is there: it is not when only some apps were migrated."""
    from django_celery_beat.models import PeriodicTask

    return PeriodicTask._meta.db_table in connection.introspection.table_names()


def _plan(name: str, task: str, **schedule: Any) -> None:
    from django_celery_beat.models import PeriodicTask

    PeriodicTask.objects.get_or_create(name=name, defaults={"task": task, **schedule})
