"""Files of an activity. They have no address of their own: each is handed out after the visibility check."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import note
from accounts.requests import signed_in
from activities import actions
from activities.forms import FilesForm
from activities.models import Attachment

from .common import to_record, visible_activity
from .detail import detail_page


@require_safe
def attachment(request: HttpRequest, reference: str, number: int) -> FileResponse:
    """The file, to be saved and never shown inside the portal's own pages."""
    file = _visible_file(request, reference, number)
    if request.user.is_authenticated:
        note(by=signed_in(request), verb="download", subject=file.activity, attachment=[None, file.name])
    response = FileResponse(
        file.file.open("rb"), as_attachment=True, filename=file.name, content_type=file.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _visible_file(request: HttpRequest, reference: str, number: int) -> Attachment:
    visible = Attachment.objects.visible_to(request.user).select_related("activity")
    file: Attachment = get_object_or_404(visible, activity__reference=reference, pk=number)
    return file


@login_required
@require_POST
def attachment_add(request: HttpRequest, reference: str) -> HttpResponse:
    activity = visible_activity(request, reference)
    if not activity.may_be_edited_by(signed_in(request)):
        raise PermissionDenied
    form = FilesForm(request.POST, request.FILES)
    if not form.is_valid():
        return detail_page(request, activity, files_form=form, status=400)
    kept = actions.attach(activity=activity, by=signed_in(request), files=form.cleaned_data["attached"])
    done = ngettext("%(number)s file added.", "%(number)s files added.", len(kept)) % {"number": len(kept)}
    messages.success(request, done)
    return to_record(request, activity)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attachment_remove(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Asks before a file is removed."""
    activity, file = visible_activity(request, reference), _visible_file(request, reference, number)
    if not activity.may_be_edited_by(signed_in(request)):
        raise PermissionDenied
    if request.method == "POST":
        actions.detach(activity=activity, by=signed_in(request), attachment=number)
        messages.success(request, _("“%(name)s” was removed.") % {"name": file.name})
        return to_record(request, activity)
    context: dict[str, Any] = {
        "activity": activity,
        "subject": file.name,
        "question": _("Remove this file?"),
        "consequence": _("Readers of this activity can no longer download it."),
        "submit_label": _("Remove the file"),
        "danger": True,
        "back_url": activity.get_absolute_url(),
    }
    return render(request, "activities/activity_confirm.html", context)
