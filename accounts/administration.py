"""What all pages of `/admin/` share: who enters, what shows there, and how changes are kept.

The administration obeys the rule of `visibility.py`: its lists, its choices and its look-ups start from
`visible_to(request.user)`, and what the administrator may not see is neither shown nor touched by a save.
Changes go through `acting` into the audit trail, which takes the place of Django's own log.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from .audit import acting
from .choices import Classification, validate_classification
from .models import User
from .record_forms import CLASSIFICATIONS, LinesField
from .records import Record, Released
from .requests import signed_in
from .roles import STAFF_ROLES
from .views import sign_out

RELEASE_FIELDS = ("classification", "classification_basis", "audience", "released_to", "focal_officer", "readers")
# A change of these is a decision on the release and is noted with its author.
DECIDE_RELEASE = frozenset({"classification", "classification_basis", "audience", "released_to"})


class AdministrationSite(admin.AdminSite):
    """Administrators alone enter, by the portal's own sign-in; everyone else who is signed in is refused."""

    site_title = site_header = _("UNRCCA portal: administration")
    index_title = _("What administrators look after")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        guarded = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            answer: HttpResponse = guarded(request, *args, **kwargs)
            return answer

        update_wrapper(checked, view)
        checked.csrf_exempt = getattr(guarded, "csrf_exempt", False)  # type: ignore[attr-defined]
        return checked

    def get_urls(self) -> list[Any]:
        """Without Django's jump to any record's page by its number: it does not ask who may see the record."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        target, hosts = request.GET.get("next", ""), {request.get_host()}
        if not url_has_allowed_host_and_scheme(target, allowed_hosts=hosts, require_https=request.is_secure()):
            target = reverse("admin:index", current_app=self.name)
        return redirect(target) if self.has_permission(request) else redirect_to_login(target)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("accounts:password-change")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("accounts:profile")


def visible(queryset: QuerySet[Any], viewer: Any) -> QuerySet[Any]:
    """The rows that the viewer may see, where the model has a rule."""
    return queryset.visible_to(viewer) if hasattr(queryset, "visible_to") else queryset


# --- forms --------------------------------------------------------------------------------------------------


class HiddenKeptForm(forms.ModelForm):
    """Keeps the related records that the administrator may not see: no choice shows them, and no save drops them."""

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if self.instance.pk is None or name not in values:
                continue
            if isinstance(field, forms.ModelMultipleChoiceField):
                values[name] = self._with_hidden(name, values[name])
            elif isinstance(field, forms.ModelChoiceField) and values[name] is None:
                values[name] = self._hidden_one(name, field)
        return values

    def _with_hidden(self, name: str, chosen: Any) -> Any:
        field: Any = self.fields[name]
        present = getattr(self.instance, name)
        hidden = set(present.values_list("pk", flat=True)) - set(
            field.queryset.filter(pk__in=present.values("pk")).values_list("pk", flat=True)
        )
        if not hidden:
            return chosen
        return present.model._base_manager.filter(pk__in=hidden | {row.pk for row in chosen})

    def _hidden_one(self, name: str, field: forms.ModelChoiceField) -> Any:
        present = self.initial.get(name)
        if present is None or field.queryset is None or field.queryset.filter(pk=present).exists():
            return None
        return field.queryset.model._base_manager.get(pk=present)


class RecordForm(HiddenKeptForm):
    """Says so when somebody else saved the record since the form was opened; a second save is then on purpose."""

    # Not “version”: a form cannot hold a field of the model that nobody edits.
    opened_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "opened_version" in self.fields:
            self.fields["opened_version"].initial = self.initial["opened_version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.instance.pk is None or "opened_version" not in self.fields:
            return values
        saved = type(self.instance)._default_manager.select_for_update().get(pk=self.instance.pk)
        if values.get("opened_version") != saved.version:
            data: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, whatever the stubs say
            data[self.add_prefix("opened_version")] = str(saved.version)
            self.data = data
            raise ValidationError(
                _(
                    "%(who)s saved this record after you opened it, and nothing of yours was saved yet. Look at it"
                    " in another window; if your text below is right, save again, which replaces the other’s."
                ),
                code="stale",
                params={"who": saved.changed_by or _("Someone else")},
            )
        return values


class ReleasedForm(RecordForm):
    """With classification and audience. What the portal must not hold is refused with a message of its own."""

    classification = forms.CharField(
        label=_("Classification"),
        initial=Classification.UNCLASSIFIED,
        widget=forms.Select(choices=CLASSIFICATIONS),
        validators=[validate_classification],
    )


# --- pages --------------------------------------------------------------------------------------------------


class VisibleMixin:
    """Rows and choices start from `visible_to`; nothing is added to Django's log, as the audit trail has it all."""

    view_on_site = False
    formfield_overrides: ClassVar[dict[type[models.Field], dict[str, Any]]] = {
        models.JSONField: {"form_class": LinesField, "widget": AdminTextareaWidget}
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible(super().get_queryset(request), request.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self._choices(db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self._choices(db_field, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _choices(self, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = db_field.related_model._default_manager.all()
        if db_field.related_model is User:
            return rows.filter(role__in=STAFF_ROLES, is_active=True)
        return visible(self._joined(rows), request.user)

    @staticmethod
    def _joined(rows: QuerySet[Any]) -> QuerySet[Any]:
        """With the record that the text of a deliverable starts with, so that no choice asks for its own."""
        return rows.select_related("line") if any(field.name == "line" for field in rows.model._meta.fields) else rows


class BaseAdmin(VisibleMixin, admin.ModelAdmin):
    """A list and a page for each visible row. Nothing is deleted here: records and the audit trail point to it."""

    list_per_page = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the list's own filters: any other would tell of related records, one guess at a time."""
        name = lookup.partition("__")[0]
        filters = [each for each in self.list_filter if isinstance(each, str)]
        return name in {"id", self.date_hierarchy, *filters}

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with acting(by=signed_in(request), verb="edit" if object_id else "create"):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The record's entries in the audit trail."""
        if self.get_object(request, object_id) is None:
            return self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]  # not in the stubs
                request, self.opts, object_id
            )
        address = reverse("admin:accounts_auditentry_changelist")
        return redirect(f"{address}?subject={self.opts.label_lower}&subject_id={object_id}")

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return None


class ReadOnlyMixin:
    """To look at only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyMixin, BaseAdmin):
    """A list and a page for each visible row, to look at only. Related records show where they are visible too."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Without links to other records, whose names would show whether visible or not."""
        return [field.name for field in self.opts.fields if field.editable and not field.is_relation]


class RecordAdmin(BaseAdmin):
    """A kind of record that administrators edit."""

    form = RecordForm
    # What names a saved record in addresses and in the files that loaders read: chosen once.
    chosen_once: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = self.chosen_once if obj is not None else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save what changed; a record that was only looked at stays one that its loader may refresh."""
        if change and not form.changed_data:
            return
        if isinstance(obj, Released) and (not change or DECIDE_RELEASE.intersection(form.changed_data)):
            obj.note_release(signed_in(request))
        obj.touch(request.user)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the rows. They have no page of their own, so a change of one is an edit of their record."""
        if change and formset.has_changed() and not form.changed_data:
            form.instance.touch(request.user)
            form.instance.save(update_fields=["version", "changed_by", "changed_at"])
        for row in formset.save(commit=False):
            if isinstance(row, Record):
                row.touch(request.user)
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()


class ReleasedAdmin(RecordAdmin):
    """A kind of record with classification and audience, which stand under a heading of their own."""

    form = ReleasedForm
    list_filter = ("classification", "audience")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        names = [name for name in self.get_fields(request, obj) if isinstance(name, str)]
        own = [name for name in names if name not in RELEASE_FIELDS]
        return [
            (None, {"fields": own}),
            (_("Classification and release"), {"fields": [name for name in RELEASE_FIELDS if name in names]}),
        ]


class PartInline(VisibleMixin, admin.StackedInline):
    """Visible rows that belong to the record of the page."""

    form = HiddenKeptForm
    extra = 1
    show_change_link = False
