"""What the pages of partners' records share: the way of a form, of a question before a deletion, and of a list."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.record_pages import RecordPages, say_why_not, version_in
from partners import actions
from partners.models import Organization

__all__ = [
    "add_page",
    "delete_page",
    "edit_page",
    "editor_of",
    "kept_ordering",
    "ordering_in",
    "page_of",
    "say_why_not",
    "version_in",
    "visible_organization",
]

PAGE_SIZE = 50
PAGES = RecordPages(actions.DEEDS, home="partners:list", confirmation="partners/confirm.html")
editor_of, add_page, edit_page, delete_page = PAGES.editor_of, PAGES.add, PAGES.edit, PAGES.delete


def visible_organization(request: HttpRequest, code: str) -> Organization:
    """The organization, or 404 when there is none that the reader may see."""
    organization: Organization = get_object_or_404(Organization.objects.visible_to(request.user), code=code)
    return organization


def ordering_in(request: HttpRequest, orderings: dict[str, Any], usual: str) -> str:
    """The name of the order that the address asks for, or the usual one."""
    asked = request.GET.get("ordering", usual)
    return asked if asked in orderings else usual


def kept_ordering(request: HttpRequest, orderings: dict[str, Any]) -> list[tuple[str, str]]:
    """The order that was asked for, for a hidden field: narrowing a list does not sort it anew."""
    asked = request.GET.get("ordering", "")
    return [("ordering", asked)] if asked in orderings else []


def page_of(request: HttpRequest, found: QuerySet[Any]) -> Page[Any]:
    return Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
