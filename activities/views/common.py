"""What the pages of one activity share."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.records import StaleEdit
from activities.models import Activity
from activities.participants import figures_known
from activities.verification import with_verify_by

STALE = _("Somebody changed this record after you opened the page, so nothing was done. Look again, then decide.")


def visible_activity(request: HttpRequest, reference: str) -> Activity:
    """The activity with its figures as the reader may know them, or 404 when there is none that they may see."""
    visible = with_verify_by(Activity.objects.visible_to(request.user).for_lists(request.user))
    visible = visible.annotate(**figures_known(request.user))
    activity: Activity = get_object_or_404(visible, reference=reference)
    return activity


def version_in(request: HttpRequest) -> int:
    """The version that the reader's page showed; 0, which no record has, when the request does not say."""
    return version_of(request.POST)


def version_of(sent: Mapping[str, Any]) -> int:
    """The same of any entries, such as those that were kept."""
    value = str(sent.get("version", ""))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def token_in(request: HttpRequest) -> UUID:
    """The once-only token of the form; a new one when it is missing or mangled."""
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return uuid4()


def came_from(request: HttpRequest) -> str:
    """The path of the page of the portal that the form says it stands on; empty where it says none."""
    target, hosts = request.POST.get("next", ""), {request.get_host()}
    allowed = url_has_allowed_host_and_scheme(target, allowed_hosts=hosts, require_https=request.is_secure())
    return target if allowed and target.startswith("/") else ""


def to_record(request: HttpRequest, activity: Activity) -> HttpResponse:
    """Back to the record; to the list when the reader no longer sees it."""
    return redirect(activity if activity.visible_to(request.user) else "activities:list")


def tell_of_saving(request: HttpRequest, submit: Callable[[], Any]) -> None:
    """Say that an entry is saved; before that hand it in (`submit`), where the reader asked for it.

    What `submit` refuses by ValidationError or StaleEdit stays saved as a draft, and the reader is told why.
    """
    if request.POST.get("then") != "submit":
        messages.success(request, _("Saved."))
        return
    try:
        submit()
    except (ValidationError, StaleEdit) as error:
        messages.success(request, _("Saved as a draft."))
        say_why_not(request, error)
    else:
        messages.success(request, _("Saved and submitted for approval."))


def say_why_not(request: HttpRequest, error: ValidationError | StaleEdit) -> None:
    """Tell the reader why nothing was done."""
    reasons: list[Any] = [STALE] if isinstance(error, StaleEdit) else error.messages
    for reason in reasons:
        messages.error(request, reason)
