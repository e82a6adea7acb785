"""One activity: all facts, its review and its history, as far as the reader may see them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.context_processors import marking_of
from accounts.history import history_of
from accounts.roles import Permission, allows
from accounts.visibility import is_staff_viewer
from activities.actions import may_log
from activities.choices import Stage
from activities.forms import FilesForm, ReturnForm
from activities.models import Activity, Attachment, Evidence, FollowUp, Link, ParticipantsByCountry, Series
from activities.verification import is_due
from partners.models import Organization

from .common import visible_activity

DEEDS_SHOWN = 10


@require_safe
def activity_detail(request: HttpRequest, reference: str) -> HttpResponse:
    return detail_page(request, visible_activity(request, reference))


def detail_page(request: HttpRequest, activity: Any, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of an activity from `visible_activity`; `forms` are those that came back with errors."""
    viewer = request.user
    context = {
        **marking_of(activity, viewer),
        "activity": activity,
        "names_shown": activity.names_shown_to(viewer),
        "involvements": activity.visible_involvements,
        **_facts(activity, viewer),
        **_work(activity, viewer),
        **(_internal(activity, viewer) if is_staff_viewer(viewer) else {}),
        "return_form": ReturnForm(),
        "files_form": FilesForm(),
        **forms,
    }
    return render(request, "activities/activity_detail.html", context, status=status)


def _facts(activity: Any, viewer: Any) -> dict[str, Any]:
    """Parts and related records that the viewer may see."""

    def part(model: Any) -> Any:
        return model.objects.visible_to(viewer).filter(activity=activity)

    return {
        "further_priorities": activity.further_priorities.select_related("programme"),
        "sdg_targets": activity.sdg_targets.all(),
        "series": Series.objects.visible_to(viewer).filter(pk=activity.series_id).first(),
        "lead_organization": Organization.objects.visible_to(viewer).filter(pk=activity.lead_organization_id).first(),
        "evidence": part(Evidence).select_related("commitment__priority__programme"),
        "participants_by_country": part(ParticipantsByCountry).select_related("country"),
        "links": part(Link),
        "attachments": part(Attachment),
    }


def _work(activity: Activity, user: Any) -> dict[str, Any]:
    """What the reader may do with the record, and what it still lacks."""
    edits = activity.may_be_edited_by(user)
    return {
        "may_edit": edits,
        "may_submit": activity.may_be_submitted_by(user),
        "may_review": activity.may_be_reviewed_by(user),
        "may_withdraw": activity.may_be_withdrawn_by(user),
        "may_reopen": activity.may_be_reopened_by(user),
        "may_verify": activity.is_approved and activity.may_be_verified_by(user),
        "shows_contact": activity.shows_contact_to(user),
        "verification": is_due(activity),
        "may_release": activity.may_be_released_by(user),
        "may_delete": activity.may_be_deleted_by(user),
        "may_confirm": allows(user, Permission.APPROVE_RECORDS),
        "next_stages": [Stage(stage) for stage in activity.allowed_stages()] if edits else [],
        "may_log": user.is_authenticated and may_log(user),
        "lacking": activity.lacking() if activity.may_be_submitted_by(user) else [],
    }


def _internal(activity: Activity, viewer: Any) -> dict[str, Any]:
    history = history_of(activity, viewer, most=DEEDS_SHOWN + 1)
    return {
        "released_to": Organization.objects.visible_to(viewer).filter(pk__in=activity.released_to.all()),
        "readers": activity.readers.all(),
        "follow_ups": FollowUp.objects.visible_to(viewer).filter(activity=activity).select_related("owner"),
        "may_follow_up": allows(viewer, Permission.LOG_RECORDS),
        "history": history[:DEEDS_SHOWN],
        "more_history": len(history) > DEEDS_SHOWN,
    }
