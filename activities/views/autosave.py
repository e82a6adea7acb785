"""What is typed into the form of an activity, kept on the way; see `accounts/keeping.py`."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.keeping import autosaving, keep_what_is_typed
from accounts.requests import signed_in
from activities import actions
from activities.actions import FORM
from activities.models import Activity

from .common import token_in, visible_activity


@autosaving
def keep_new(request: HttpRequest) -> HttpResponse:
    user, token = signed_in(request), token_in(request)
    if not actions.may_log(user):
        raise PermissionDenied
    # What was on its way while the form was saved comes too late.
    if Activity.objects.filter(created_by=user, form_token=token).exists():
        return JsonResponse({"kept": False, "message": _("This entry was saved already.")})
    return keep_what_is_typed(request, form=FORM, token=token, address=reverse("activities:new"))


@autosaving
def keep_edit(request: HttpRequest, reference: str) -> HttpResponse:
    activity = visible_activity(request, reference)
    if not activity.may_be_edited_by(signed_in(request)):
        raise PermissionDenied
    address = reverse("activities:edit", args=[reference])
    return keep_what_is_typed(request, form=FORM, record=activity.pk, address=address)
