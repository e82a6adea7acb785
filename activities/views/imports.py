"""Importing activities from a file: upload, preview, import, what came of it. Only its owner sees an import."""

import tempfile
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import Classification
from accounts.context_processors import marking_line
from accounts.models import User
from accounts.requests import signed_in
from accounts.tables import CONTENT_TYPES
from activities.imports import ActivityImport, ImportStatus
from activities.sheets import deeds
from activities.sheets.importer import Plan
from activities.sheets.reading import Unfit
from activities.sheets.rows import CHANGED, ERROR, LABELS, NEW_ROW, SAME
from activities.sheets.template import write_csv_template, write_xlsx_template
from activities.sheets.words import NEW
from partners.choices import OrganizationType
from partners.models import Organization
from partners.similar import similar_organizations

ROWS_A_PAGE = 50
MOST_NAMES = 50
# Of 100: how like a name must be to be suggested. Whoever mistyped it looks at the suggestions.
LIKE_ENOUGH = 60
# The tab of rows that are other than in the preview before.
NEWS = "news"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX or CSV, up to 10 MB and 5,000 rows."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.tsv,.txt"}),
    )


class NamesForm(forms.Form):
    """For each name of an organization that is not known: which is meant, whether to add it, or to leave it."""

    def __init__(self, *args: Any, names: dict[str, str], counts: dict[str, int], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = list(names)
        self.confidential = False
        for number, text in enumerate(self.names):
            count = counts.get(text, 0)
            similar = [match.organization for match in similar_organizations(text, user, least=LIKE_ENOUGH)]
            self.confidential |= any(one.classification == Classification.CONFIDENTIAL for one in similar)
            self.fields[f"name-{number}"] = forms.ChoiceField(
                label=text,
                choices=_choices(similar),
                required=False,
                initial=names[text],
                help_text=ngettext("In %(count)s row.", "In %(count)s rows.", count) % {"count": count}
                if count
                else "",
            )

    def meanings(self) -> dict[str, str]:
        chosen = {text: self.cleaned_data[f"name-{number}"] for number, text in enumerate(self.names)}
        return {text: meaning for text, meaning in chosen.items() if meaning}


def _choices(similar: list[Organization]) -> list[Any]:
    known = [(one.code, f"{one} — {one.name}") for one in similar]
    new = [(f"{NEW}{choice.value}", f"{_('New')}: {choice.label}") for choice in OrganizationType]
    return [
        ("", _("Leave it as an error")),
        *([(_("Did you mean"), known)] if known else []),
        (_("Add it as a new organization"), new),
    ]


def _importer(request: HttpRequest) -> User:
    user = signed_in(request)
    if not deeds.may_import(user):
        raise PermissionDenied
    return user


def _own(request: HttpRequest, number: int) -> ActivityImport:
    found: ActivityImport = get_object_or_404(ActivityImport.objects.visible_to(_importer(request)), pk=number)
    return found


# --- upload -----------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    user = _importer(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            imported = deeds.upload(by=user, file=file.file, name=file.name, size=file.size)
        except Unfit as error:
            form.add_error("file", str(error))
        else:
            return redirect("activities:import", imported.pk)
    context = {"form": form, "imports": ActivityImport.objects.visible_to(user)}
    status = 400 if form.errors else 200
    return render(request, "activities/import_new.html", context, status=status)


@login_required
@require_safe
def import_template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The empty file to fill in."""
    user = _importer(request)
    if kind not in CONTENT_TYPES:
        raise Http404
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    (write_csv_template if kind == "csv" else write_xlsx_template)(file, user)
    file.seek(0)
    name = f"unrcca-activities-template.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[kind])


# --- preview and result -----------------------------------------------------------------------------------------


@login_required
@require_safe
def import_detail(request: HttpRequest, number: int) -> HttpResponse:
    """What the import would do; while it is worked on, how far it is; once it is done, what came of it."""
    imported = _own(request, number)
    if imported.status == ImportStatus.DONE:
        return _result_page(request, imported)
    if imported.status == ImportStatus.READY:
        return _preview_page(request, imported)
    progress = deeds.progress_of(imported) if imported.is_working else None
    return render(request, "activities/import_waiting.html", {"imported": imported, "progress": progress})


def _preview_page(request: HttpRequest, imported: ActivityImport, names: NamesForm | None = None) -> HttpResponse:
    plan = deeds.plan_to_show(imported)
    names = names or _names_form(imported, plan)
    counts, news = plan.counts, [row for row in plan.rows if row.news]
    tabs = [(kind, label, counts[kind]) for kind, label in LABELS.items() if counts[kind]]
    if news:
        tabs.insert(0, (NEWS, gettext_lazy("Changed meanwhile"), len(news)))
    show = request.GET.get("show", "")
    if show not in [kind for kind, _label, _count in tabs]:
        show = tabs[0][0] if tabs else SAME
    rows = news if show == NEWS else [row for row in plan.rows if row.kind == show]
    confidential = plan.confidential or bool(names and names.confidential)
    context = {
        "marking": marking_line(imported.owner, confidential=confidential),
        "imported": imported,
        "plan": plan,
        "tabs": tabs,
        "show": show,
        "page": Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "names": names,
        "errors": counts[ERROR],
        "to_write": counts[NEW_ROW] + counts[CHANGED],
        "new": counts[NEW_ROW],
        "changed": counts[CHANGED],
        "changed_meanwhile": imported.trouble == deeds.CHANGED_MEANWHILE,
    }
    return render(request, "activities/import_preview.html", context)


def _names_form(imported: ActivityImport, plan: Plan, data: Any = None) -> NamesForm | None:
    """The question about names that are not known, with what was answered so far; None when there is none."""
    names = imported.meanings | dict.fromkeys([*plan.unknown][:MOST_NAMES], "")
    names = dict(list(names.items())[:MOST_NAMES])
    return NamesForm(data, names=names, counts=plan.unknown, user=imported.owner) if names else None


def _result_page(request: HttpRequest, imported: ActivityImport) -> HttpResponse:
    made, changed = deeds.made_by(imported, NEW_ROW), deeds.made_by(imported, CHANGED)
    confidential = any(one.classification == Classification.CONFIDENTIAL for one in (*made, *changed))
    context = {
        "marking": marking_line(imported.owner, confidential=confidential),
        "imported": imported,
        "made": made,
        "changed": changed,
        "untouched": len(deeds.untouched(imported)),
    }
    return render(request, "activities/import_result.html", context)


@login_required
@require_POST
def import_names(request: HttpRequest, number: int) -> HttpResponse:
    """The importer's word on names that are not known; the file is checked anew."""
    imported = _own(request, number)
    if imported.status == ImportStatus.READY:
        form = _names_form(imported, deeds.plan_of(imported), request.POST)
        if form and form.is_valid():
            deeds.decide(imported=imported, meanings=form.meanings())
        elif form:
            return _preview_page(request, imported, form)
    return redirect("activities:import", imported.pk)


@login_required
@require_POST
def import_write(request: HttpRequest, number: int) -> HttpResponse:
    imported = _own(request, number)
    if not deeds.begin_writing(imported=imported, token=request.POST.get("token", "")):
        messages.warning(
            request, _("The preview was made anew after you had opened it. Look at it again, then import.")
        )
    return redirect("activities:import", imported.pk)


@login_required
@require_POST
def import_again(request: HttpRequest, number: int) -> HttpResponse:
    """Send it to a worker once more, or check it anew."""
    imported = _own(request, number)
    deeds.look_again(imported=imported)
    return redirect("activities:import", imported.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_drop(request: HttpRequest, number: int) -> HttpResponse:
    """Asks before the uploaded file and its preview are deleted."""
    imported = _own(request, number)
    if request.method == "POST":
        imported.delete()
        messages.success(request, _("The file was dropped."))
        return redirect("activities:import-new")
    context = {
        "question": _("Drop this file?"),
        "subject": imported.name,
        "consequence": _("The file and its preview are deleted. What was imported from it stays.")
        if imported.status == ImportStatus.DONE
        else _("The file and its preview are deleted. Nothing is imported."),
        "submit_label": _("Drop the file"),
        "back_url": reverse("activities:import", args=[imported.pk]),
    }
    return render(request, "components/confirmation.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_undo(request: HttpRequest, number: int) -> HttpResponse:
    """Asks before the drafts that the import added are deleted."""
    imported = _own(request, number)
    drafts = deeds.untouched(imported)
    if request.method == "POST":
        deleted = deeds.undo(imported=imported)
        done = ngettext("%(number)s draft was deleted.", "%(number)s drafts were deleted.", deleted)
        messages.success(request, done % {"number": deleted})
        return redirect("activities:import", imported.pk)
    if not drafts:
        raise Http404
    count = ngettext("%(number)s draft", "%(number)s drafts", len(drafts)) % {"number": len(drafts)}
    context = {
        "question": _("Delete the drafts that this import added?"),
        "subject": count,
        "consequence": _(
            "Only drafts that nobody has changed or submitted since are deleted. The audit trail keeps them."
        ),
        "submit_label": _("Delete the drafts"),
        "danger": True,
        "back_url": reverse("activities:import", args=[imported.pk]),
    }
    return render(request, "components/confirmation.html", context)
