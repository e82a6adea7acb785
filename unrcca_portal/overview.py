"""The first page: where the priorities stand, and what waits for the reader."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.choices import ReviewState
from accounts.roles import Permission, allows
from accounts.visibility import is_staff_viewer
from activities.dashboards import years_chart
from activities.engagement import silent_partners
from activities.models import Activity, FollowUp
from activities.progress import progress_of
from briefings.models import Briefing
from partners.models import AGREEMENT_NOTICE, Agreement
from priorities.choices import Certainty
from priorities.models import ProgrammeOfAction

SHOWN = 8


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """The programme's priorities with what was held and what is coming, and the reader's own desk."""
    today = timezone.localdate()
    visible = Activity.objects.visible_to(request.user)
    return render(
        request,
        "overview.html",
        {
            **_programme(request),
            "today": today,
            "coming": visible.coming(today).select_related("country", "main_priority__programme")[:SHOWN],
            "next_briefing": Briefing.objects.visible_to(request.user).next_after(today),
            # Not one that was expected and that no source has confirmed.
            "last_briefing": Briefing.objects.visible_to(request.user)
            .filter(date__lt=today, certainty=Certainty.FOUND)
            .first(),
            **(_desk(request) if is_staff_viewer(request.user) else {}),
        },
    )


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """What anyone may see: the priorities, the latest public activities, the Council briefings."""
    return render(
        request,
        "public.html",
        {
            **_programme(request),
            "latest": Activity.objects.visible_to(request.user)
            .approved()
            .select_related("country", "series")
            .newest_first()[:SHOWN],
            "briefings": Briefing.objects.visible_to(request.user).select_related("special_representative")[:5],
        },
    )


def _programme(request: HttpRequest) -> dict[str, Any]:
    today = timezone.localdate()
    programme = ProgrammeOfAction.objects.visible_to(request.user).current(today)
    if programme is None:
        return {"programme": None}
    progress = progress_of(programme, request.user, today=today)
    return {
        "programme": programme,
        "is_current": programme.is_current_on(today),
        "progress": progress,
        "chart": years_chart(progress),
        "commitments": sum(len(row.commitments) for row in progress),
        "with_evidence": sum(row.with_evidence for row in progress),
        "held": sum(row.held for row in progress),
    }


def _desk(request: HttpRequest) -> dict[str, Any]:
    """What waits for this member of staff."""
    today = timezone.localdate()
    visible = Activity.objects.visible_to(request.user).select_related("country")
    submitted = visible.filter(review_state=ReviewState.SUBMITTED).order_by("submitted_at")
    mine = visible.filter(created_by=request.user)
    desk: dict[str, Any] = {
        "waiting": submitted[:SHOWN],
        "waiting_count": submitted.count(),
        "returned": mine.filter(review_state=ReviewState.RETURNED)[:SHOWN],
        "drafts": mine.filter(review_state=ReviewState.DRAFT)[:SHOWN],
        "overdue": FollowUp.objects.visible_to(request.user)
        .filter(owner=request.user, done__isnull=True, due__lt=today)
        .select_related("activity")[:SHOWN],
        "ending": Agreement.objects.visible_to(request.user)
        .with_succession(request.user)
        .filter(succeeded=False, ends__range=(today, today + AGREEMENT_NOTICE))
        .order_by("ends"),
    }
    if allows(request.user, Permission.APPROVE_RECORDS):
        desk["inferred"] = visible.approved().filter(priority_inferred=True).count()
        desk["silent"] = silent_partners(request.user, today).count()
        desk["held_releases"] = visible.approved().filter(release_held=True)[:SHOWN]
    return desk
