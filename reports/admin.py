"""Schedules in the administration: to look at only. They are planned, paused and deleted on the portal's own page."""

from django.contrib import admin
from django_celery_beat import admin as beat_admin
from django_celery_beat import models as beat

from accounts.administration import ReadOnlyAdmin

from .models import Schedule

# Its pages would start any task with any arguments, past everything that the portal's own pages check.
for model in (
    beat.PeriodicTask,
    beat.CrontabSchedule,
    beat.IntervalSchedule,
    beat.SolarSchedule,
    beat.ClockedSchedule,
):
    beat_admin.admin.site.unregister(model)


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("report", "formats", "language", "created_by", "periodic_task")
    list_select_related = ("created_by", "periodic_task")
