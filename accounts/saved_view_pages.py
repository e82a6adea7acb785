"""Pages of saved views: save the present one, name and share, delete, and all of one's own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from . import saved_views
from .lists import LISTS
from .models import SavedView, User
from .requests import signed_in
from .roles import Permission, allows
from .saved_views import NameTaken


class SavedViewForm(forms.ModelForm):
    """The name and, for whoever may share, whether all staff see the view."""

    class Meta:
        model = SavedView
        fields = ["name", "is_shared"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not allows(user, Permission.SHARE_VIEWS):
            del self.fields["is_shared"]

    @property
    def values(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "is_shared": self.cleaned_data.get("is_shared", False)}


@login_required
@require_safe
def saved_view_list(request: HttpRequest) -> HttpResponse:
    """One's own views of all lists."""
    own = SavedView.objects.filter(owner=signed_in(request)).order_by("page", "name")
    views = [(view, saved_views.address_of(view)) for view in own if view.page in LISTS]
    return render(request, "accounts/saved_view_list.html", {"views": views, "most": saved_views.MOST_VIEWS})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_new(request: HttpRequest, key: str) -> HttpResponse:
    """Save the view of a list that stood in its address (`query`); asks before it replaces one."""
    user = signed_in(request)
    sent = request.POST if request.method == "POST" else request.GET
    page = LISTS.get(key)
    if page is None:
        raise Http404
    query = saved_views.query_from(page, sent.get("query", ""), request)
    form = SavedViewForm(request.POST or None, user=user)
    context: dict[str, Any] = {
        "form": form,
        "query": query,
        "back_url": f"{reverse(page.address)}?{query}",
    }
    if request.method == "POST" and form.is_valid():
        try:
            view = saved_views.save_view(
                by=user, page=page, query=query, replace="replace" in request.POST, **form.values
            )
        except NameTaken as taken:
            context["taken"] = taken.view
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return redirect(saved_views.address_of(view))
    return render(request, "accounts/saved_view_form.html", context, status=409 if "taken" in context else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, or sharing."""
    user = signed_in(request)
    view = _own(user, pk)
    form = SavedViewForm(request.POST or None, instance=view, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            saved_views.change_view(by=user, view=view, **form.values)
        except NameTaken:
            form.add_error("name", _("You have another view of this list by that name. Choose a different one."))
        else:
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return redirect("accounts:saved-views")
    context = {"form": form, "view": view, "back_url": reverse("accounts:saved-views")}
    return render(request, "accounts/saved_view_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    view = _own(user, pk)
    if request.method == "POST":
        saved_views.delete_view(by=user, view=view)
        messages.success(request, _("The view “%(name)s” was deleted.") % {"name": view.name})
        return redirect("accounts:saved-views")
    context = {
        "question": _("Delete this saved view?"),
        "subject": view.name,
        "consequence": _("Colleagues with whom it is shared lose it too.")
        if view.is_shared
        else _("The records that it lists stay as they are."),
        "submit_label": _("Delete the view"),
        "back_url": reverse("accounts:saved-views"),
        "danger": True,
    }
    return render(request, "components/confirmation.html", context)


def _own(user: User, pk: int) -> SavedView:
    found: SavedView = get_object_or_404(SavedView, pk=pk, owner=user, page__in=LISTS)
    return found
