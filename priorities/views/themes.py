"""Themes as managers edit them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.keeping import sign_in_keeping_entries
from priorities.forms import ThemeForm
from priorities.models import Theme

from . import common

FORM = ["GET", "HEAD", "POST"]


@sign_in_keeping_entries
@require_http_methods(FORM)
def theme_new(request: HttpRequest) -> HttpResponse:
    return common.add(
        request,
        ThemeForm,
        Theme(),
        heading=_("Add a theme"),
        crumbs=common.themes_crumbs(),
        back=reverse("themes:list"),
    )


@sign_in_keeping_entries
@require_http_methods(FORM)
def theme_edit(request: HttpRequest, code: str) -> HttpResponse:
    theme = get_object_or_404(Theme.objects.visible_to(request.user), code=code)
    return common.edit(request, ThemeForm, theme, heading=_("Edit the theme"), crumbs=common.themes_crumbs())
