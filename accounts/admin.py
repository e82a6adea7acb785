"""Users, API keys and the audit trail in the administration."""

import secrets
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import audit
from .administration import BaseAdmin, HiddenKeptForm, ReadOnlyMixin
from .choices import MailOutcome
from .models import ApiKey, AuditEntry, Mail, User
from .notices import tell_of_revocation
from .requests import signed_in
from .roles import Role

admin.site.unregister(Group)  # what people may do follows from their role alone


class _LowerCaseEmail(forms.ModelForm):
    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewUserForm(_LowerCaseEmail, auth_forms.BaseUserCreationForm):
    """A new person, who may be left to set the password."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "organization", "language", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].required = self.fields["password2"].required = False
        self.fields["password2"].help_text = _(
            "Leave both empty to let the person set a password by “Forgotten password” on the sign-in page."
        )

    def save(self, commit: bool = True) -> User:
        # One that nobody knows: without any password, Django would send no link for setting one.
        self.cleaned_data["password1"] = self.cleaned_data["password1"] or secrets.token_urlsafe(32)
        user: User = super().save(commit)
        return user


class UserForm(HiddenKeptForm, _LowerCaseEmail, auth_forms.UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "name", "role", "organization", "language", "time_zone", "is_active")

    def clean(self) -> dict[str, Any]:
        """Somebody must be left who can look after users."""
        values = super().clean()
        was = self.initial.get("is_active") and self.initial.get("role") == Role.ADMINISTRATOR
        stays = values.get("is_active") and values.get("role") == Role.ADMINISTRATOR
        others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=self.instance.pk)
        # Locks them, so that two administrators cannot switch off each other at the same moment.
        if was and not stays and not others.select_for_update().exists():
            raise ValidationError(_("This is the last active administrator. Make another one first."))
        return values


@admin.register(User)
class UserAdmin(BaseAdmin, auth_admin.UserAdmin):
    """People are switched off, never deleted: the audit trail keeps its authors."""

    form = UserForm
    add_form = NewUserForm
    fieldsets = (
        (None, {"fields": ("email", "password", "is_active")}),
        (_("Person"), {"fields": ("name", "role", "organization", "language", "time_zone")}),
        (_("Dates"), {"fields": ("created_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "organization", "language", "time_zone")}),
        (_("Password"), {"fields": ("password1", "password2")}),
    )
    readonly_fields = ("created_at", "last_login")
    list_display = ("name", "email", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", "language")
    search_fields = ("name", "email")
    ordering = ("name",)
    filter_horizontal = ()
    actions = ("switch_off",)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if request.method != "POST":
            return super().user_change_password(request, id, form_url)
        by = signed_in(request)
        with audit.acting(by=by, verb="set_password"):
            before = User.objects.filter(pk=id).values_list("password", flat=True).first()
            response = super().user_change_password(request, id, form_url)
            person = User.objects.filter(pk=id).first()
            if person is not None and person.password != before:  # the trail copies no password, so note the deed
                audit.note(by=by, verb="set_password", subject=person)
        return response

    @admin.action(description=_("Switch off the chosen people"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        by = signed_in(request)
        with audit.acting(by=by, verb="switch_off"):
            number = queryset.exclude(pk=by.pk).filter(is_active=True).update(is_active=False)
        words = ngettext("%(number)s person was switched off.", "%(number)s people were switched off.", number)
        self.message_user(request, words % {"number": number}, messages.SUCCESS)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyMixin, BaseAdmin):
    """Keys to look at and to revoke. Their secrets are kept nowhere; new ones are issued on the portal's own page."""

    list_display = ("name", "prefix", "user", "scope", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    list_filter = ("scope",)
    search_fields = ("name", "prefix", "user__name", "user__email")
    fields = list_display
    actions = ("revoke",)

    @admin.action(description=_("Revoke the chosen keys, for good"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        by, keys = signed_in(request), list(queryset.filter(revoked_at=None).select_related("user"))
        with audit.acting(by=by, verb="revoke_key"):
            for key in keys:
                key.revoke()
                tell_of_revocation(key, by)
        words = ngettext("%(number)s key was revoked.", "%(number)s keys were revoked.", len(keys))
        self.message_user(request, words % {"number": len(keys)}, messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyMixin, BaseAdmin):
    """The trail, save what it tells of records that the administrator may not see."""

    list_display = ("at", "actor", "address", "verb", "subject", "subject_id", "part")
    list_select_related = ("actor",)
    list_filter = ("verb", "subject")
    search_fields = ("actor__name", "actor__email", "subject_id")
    date_hierarchy = "at"
    fields = (*list_display, "what_changed")
    readonly_fields = fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "subject_id" or super().lookup_allowed(lookup, value, request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    @admin.display(description=_("what changed"))
    def what_changed(self, entry: AuditEntry) -> str:
        rows = [
            (name, *(("" if side is None else side) for side in change))
            if isinstance(change, list) and len(change) == 2
            else (name, "", change)
            for name, change in sorted(entry.changes.items())
        ]
        return format_html_join("", "<p><strong>{}</strong>: {} → {}</p>", rows) or "–"


@admin.register(Mail)
class MailAdmin(ReadOnlyMixin, BaseAdmin):
    """What was sent to whom, what waits and what failed; never about which record, nor in which words."""

    list_display = ("created_at", "recipient", "kind", "outcome", "attempts", "due_at", "settled_at", "error")
    list_select_related = ("recipient",)
    list_filter = ("outcome", "kind")
    search_fields = ("recipient__name", "recipient__email")
    fields = list_display
    actions = ("try_again",)

    @admin.action(description=_("Try the chosen failed mails again"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        failed = queryset.filter(outcome=MailOutcome.FAILED)
        number = failed.update(outcome=MailOutcome.WAITING, attempts=0, due_at=timezone.now(), settled_at=None)
        words = ngettext("%(number)s mail waits to be sent.", "%(number)s mails wait to be sent.", number)
        self.message_user(request, words % {"number": number}, messages.SUCCESS)
