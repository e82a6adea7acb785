"""What briefings have done in the background, once a day; run twice, nothing is told or added again."""

from celery import shared_task
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.time_zones import office_date

from . import dossier_actions, notices
from .choices import CLOSED_STATES
from .models import Briefing, BriefingTask, Dossier


@shared_task
def remind() -> None:
    """Put into the outbox: tasks due soon or overdue, a near briefing without a dossier, the week's developments."""
    today = office_date()
    tasks = BriefingTask.objects.filter(done__isnull=True, due__lte=today + notices.DUE_SOON)
    near = Briefing.objects.filter(date__range=(today, today + notices.BRIEFING_NEAR), dossier__isnull=True)
    with transaction.atomic():
        notices.remind_of(tasks.select_related("person", "created_by"), today=today)
        for briefing in near:
            notices.briefing_near(briefing)
        notices.tell_the_week(today)


@shared_task
def gather() -> None:
    """Take into each dossier that is being worked on what came up since yesterday."""
    for dossier in Dossier.objects.exclude(state__in=CLOSED_STATES):
        try:
            dossier_actions.gather(dossier=dossier, by=None)
        except ValidationError:
            continue  # closed a moment ago
