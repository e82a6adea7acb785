"""What the pages on which managers edit the programme of action share."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.history import history_of
from accounts.record_pages import RecordPages
from priorities import actions
from priorities.models import Priority, ProgrammeOfAction

TEMPLATE = "priorities/edit.html"
PAGES = RecordPages(actions.DEEDS, home="priorities:list", confirmation="priorities/confirm.html")

# A heading and where it leads, for the way back at the head of the page.
Crumb = tuple[Any, str]


def programme_or_404(request: HttpRequest, period: str) -> ProgrammeOfAction:
    """The programme by its years, such as 2021-2025."""
    years = re.fullmatch(r"([1-9][0-9]{3})-([1-9][0-9]{3})", period)
    if years is None:
        raise Http404
    programmes = ProgrammeOfAction.objects.visible_to(request.user)
    found: ProgrammeOfAction = get_object_or_404(programmes, starts__year=int(years[1]), ends__year=int(years[2]))
    return found


def priority_or_404(request: HttpRequest, period: str, slug: str) -> Priority:
    visible = Priority.objects.visible_to(request.user).select_related("programme")
    found: Priority = get_object_or_404(visible, programme=programme_or_404(request, period), slug=slug)
    return found


def crumbs_of(programme: ProgrammeOfAction) -> list[Crumb]:
    name = _("Priorities %(period)s") % {"period": programme.period}
    return [(name, programme.get_absolute_url()), (_("Structure"), programme.get_structure_url())]


def add(
    request: HttpRequest, form_class: Any, record: Any, *, heading: Any, crumbs: Iterable[Crumb], back: str, **more: Any
) -> HttpResponse:
    """The page on which a record is added."""
    return PAGES.add(request, form_class, record, TEMPLATE, heading=heading, crumbs=crumbs, back_url=back, **more)


def edit(
    request: HttpRequest, form_class: Any, record: Any, *, heading: Any, crumbs: Iterable[Crumb], **more: Any
) -> HttpResponse:
    """The page on which a saved record is edited, with what happened to it."""
    editor = PAGES.editor_of(request)
    return PAGES.edit(
        request,
        form_class,
        record,
        TEMPLATE,
        heading=heading,
        crumbs=crumbs,
        back_url="",
        history=history_of(record, editor),
        **more,
    )


def themes_crumbs() -> list[Crumb]:
    return [(_("Themes"), reverse("themes:list"))]
