"""Saved views: a list's filters and order under a name, one mechanism for every list that is registered in `lists`."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .audit import acting
from .lists import LISTS, ListPage, asked_rows
from .models import SavedView, User
from .roles import Permission, allows

if TYPE_CHECKING:
    from django_filters import FilterSet

MOST_VIEWS = 50
MOST_LETTERS = 2000


class NameTaken(Exception):
    """The person has a view of this list by that name."""

    def __init__(self, view: SavedView) -> None:
        self.view = view
        super().__init__(view.name)


def address_of(view: SavedView) -> str:
    return f"{reverse(LISTS[view.page].address)}?{view.query}"


def understood(page: ListPage, filterset: "FilterSet", query: QueryDict, viewer: Any) -> str:
    """The part of a query that the list takes: known filters with values known to the reader, order, rows."""
    kept = QueryDict(mutable=True)
    filterset.form.is_valid()
    for name in filterset.form.fields:
        values = [value for value in query.getlist(name) if value.strip()]
        if values and name not in filterset.form.errors:
            kept.setlist(name, values)
    if order := page.asked_order(query, viewer):
        kept["ordering"] = order
    if rows := asked_rows(query):
        kept["rows"] = rows
    return kept.urlencode()


def query_from(page: ListPage, text: str, request: HttpRequest) -> str:
    """The same of a query that a form sent as text."""
    query = QueryDict(text[:MOST_LETTERS])
    return understood(page, page.filterset(query, request=request), query, request.user)


def menu_of(page: ListPage, filterset: "FilterSet", request: HttpRequest) -> dict[str, Any] | None:
    """What a list page shows of the views saved of it; nothing to people without an account."""
    if not request.user.is_authenticated:
        return None
    now = understood(page, filterset, request.GET, request.user)
    visible = SavedView.objects.visible_to(request.user).filter(page=page.key).select_related("owner")
    views = [view for view in visible if view.owner == request.user or knows_all_of(view, filterset)]
    return {
        "page": page.key,
        "query": now,
        "links": [
            {"view": view, "url": address_of(view), "current": view.query == now, "own": view.owner == request.user}
            for view in views
        ],
    }


def knows_all_of(view: SavedView, filterset: "FilterSet") -> bool:
    """Whether the reader of the list knows all that the view names: what it does not would tell of hidden records."""
    query = QueryDict(view.query)
    for name in query:
        field = filterset.filters[name].field if name in filterset.filters else None
        try:
            if field is not None:
                field.clean(field.widget.value_from_datadict(query, {}, name))
        except ValidationError:
            return False
    return True


def save_view(*, by: User, page: ListPage, name: str, query: str, is_shared: bool, replace: bool) -> SavedView:
    """Keep a query that went through `query_from`. NameTaken unless `replace`; ValidationError beyond MOST_VIEWS."""
    _guard_sharing(by, is_shared)
    with acting(by=by, verb="save_view"):
        User.objects.select_for_update().get(pk=by.pk)
        own = SavedView.objects.filter(owner=by)
        view = own.filter(page=page.key, name__iexact=name).first()
        if view and not replace:
            raise NameTaken(view)
        if view is None:
            if own.count() >= MOST_VIEWS:
                raise ValidationError(
                    _("You have %(most)s saved views, which is the most. Delete one first."),
                    params={"most": MOST_VIEWS},
                )
            view = SavedView(owner=by, page=page.key)
        view.name, view.query, view.is_shared = name, query, is_shared
        view.save()
    return view


def change_view(*, by: User, view: SavedView, name: str, is_shared: bool) -> None:
    """Give the view another name, or share it. NameTaken where another view has the name."""
    _guard_sharing(by, is_shared and not view.is_shared)
    with acting(by=by, verb="save_view"):
        User.objects.select_for_update().get(pk=by.pk)
        others = SavedView.objects.filter(owner=by, page=view.page, name__iexact=name).exclude(pk=view.pk)
        if other := others.first():
            raise NameTaken(other)
        view.name, view.is_shared = name, is_shared
        view.save()


def delete_view(*, by: User, view: SavedView) -> None:
    with acting(by=by, verb="delete_view"):
        view.delete()


def _guard_sharing(by: User, is_shared: bool) -> None:
    if is_shared and not allows(by, Permission.SHARE_VIEWS):
        raise PermissionDenied
