"""Signing in and out, the own profile, the password, API keys."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import api_accesses
from .audit import acting, note
from .forms import ApiKeyForm, ProfileForm, RotationForm, SignInForm, key_holders
from .models import ApiKey, AuditEntry, User
from .notices import tell_of_revocation
from .requests import signed_in
from .roles import DESCRIPTIONS, Permission, Role, allows

A_YEAR = 365 * 24 * 60 * 60
SIGN_INS_SHOWN = 10
ACCESSES_ON_A_PAGE = 100


class SignIn(auth_views.LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """A partner arrives on a page of its own."""
        user = self.request.user
        if user.is_authenticated and user.role == Role.PARTNER:
            return reverse("partners:home")
        return super().get_default_redirect_url()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("accounts:signed-out")


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/signed_out.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Who the portal takes the reader for, what the reader may choose, and who signed in under the name."""
    user = signed_in(request)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        with acting(by=user, verb="edit_profile"):
            form.save(commit=False).save(update_fields=["language", "time_zone", "mail_delivery"])
        return _profile_saved(request, user)
    sign_ins = AuditEntry.objects.filter(
        subject=User._meta.label_lower, subject_id=str(user.pk), verb__in=["sign_in", "sign_in_failed"]
    )
    context = {
        "form": form,
        "role_description": DESCRIPTIONS[Role(user.role)],
        "sign_ins": sign_ins.order_by("-at", "-id")[:SIGN_INS_SHOWN],
    }
    return render(request, "accounts/profile.html", context)


def _profile_saved(request: HttpRequest, user: User) -> HttpResponse:
    with translation.override(user.language):
        messages.success(request, _("Your profile was saved."))
    response = redirect("accounts:profile")
    # The language of this browser, if it was chosen before, would hide the choice just made.
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=A_YEAR, samesite="Lax")
    return response


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep light, dark or automatic for this browser; the server reads the cookie, so no page flashes."""
    target, hosts = request.POST.get("next", ""), {request.get_host()}
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=hosts, require_https=request.is_secure()):
        target = reverse("overview")
    response = HttpResponseRedirect(target)
    theme = request.POST.get("theme")
    if theme in ("light", "dark"):
        response.set_cookie("theme", theme, max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


class PasswordChange(auth_views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        user = signed_in(self.request)
        with acting(by=user, verb="change_password"):
            response = super().form_valid(form)
            note(by=user, verb="change_password", subject=user)
        messages.success(self.request, _("Your password was changed. Other browsers were signed out."))
        return response


class PasswordReset(auth_views.PasswordResetView):
    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/mail/password_reset.txt"
    subject_template_name = "accounts/mail/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password-reset-sent")


class PasswordResetSent(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_sent.html"


class PasswordResetConfirm(auth_views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:sign-in")

    def form_valid(self, form: Any) -> HttpResponse:
        with acting(by=form.user, verb="reset_password"):
            response = super().form_valid(form)
            note(by=form.user, verb="reset_password", subject=form.user)
        messages.success(self.request, _("Your new password was saved. Sign in with it."))
        return response


@login_required
@require_safe
def api_keys(request: HttpRequest) -> HttpResponse:
    """The reader's own keys and, for whoever issues keys, those of the partners."""
    user = signed_in(request)
    keys = ApiKey.objects.filter(user__in=key_holders(user)).select_related("user__organization")
    context = {
        "own": [key for key in keys if key.user_id == user.pk],
        "of_partners": [key for key in keys if key.user_id != user.pk],
        "may_issue": allows(user, Permission.ISSUE_KEYS),
    }
    return render(request, "accounts/api_keys.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create_api_key(request: HttpRequest) -> HttpResponse:
    """Issue a key. The answer to the form is the only page that ever holds the secret."""
    user = signed_in(request)
    form = ApiKeyForm(request.POST or None, issuer=user)
    if request.method == "POST" and form.is_valid():
        with acting(by=user, verb="issue_key"):
            key, secret = ApiKey.issue(
                user=form.cleaned_data.get("user", user),
                name=form.cleaned_data["name"],
                scope=form.cleaned_data["scope"],
                expires_at=form.expires_at,
            )
        return render(request, "accounts/api_key_created.html", {"key": key, "secret": secret})
    return render(request, "accounts/api_key_form.html", {"form": form})


def _key_or_404(request: HttpRequest, prefix: str) -> ApiKey:
    """One of the keys that the reader looks after."""
    keys = ApiKey.objects.filter(user__in=key_holders(signed_in(request))).select_related("user__organization")
    return get_object_or_404(keys, prefix=prefix)


@login_required
@require_safe
def api_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """One key: what it may do, what it was used for, and how to replace or end it."""
    return _key_page(request, _key_or_404(request, prefix), RotationForm())


def _key_page(request: HttpRequest, key: ApiKey, form: RotationForm, status: int = 200) -> HttpResponse:
    api_accesses.settle()
    page = Paginator(key.accesses.all(), ACCESSES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"key": key, "form": form, "page": page, "days_kept": settings.API_LOG_DAYS}
    return render(request, "accounts/api_key.html", context, status=status)


@login_required
@never_cache
@require_POST
def rotate_api_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """Replace a key; the old one works for some days yet. The answer is the only page that ever holds the secret."""
    user, key, form = signed_in(request), _key_or_404(request, prefix), RotationForm(request.POST)
    if not key.is_usable:
        messages.error(request, _("This key has ended already. Make a new one."))
        return redirect("accounts:api-keys")
    if not form.is_valid():
        return _key_page(request, key, form, status=400)
    with acting(by=user, verb="rotate_key"):
        new, secret = key.rotate(overlap=timedelta(days=form.cleaned_data["overlap"]))
    return render(request, "accounts/api_key_created.html", {"key": new, "secret": secret, "old": key})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_api_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """Ask, then end a key for good."""
    user = signed_in(request)
    keys = ApiKey.objects.filter(user__in=key_holders(user), revoked_at=None).select_related("user")
    key = get_object_or_404(keys, prefix=prefix)
    if request.method == "POST":
        with acting(by=user, verb="revoke_key"):
            key.revoke()
            told = tell_of_revocation(key, user)
        said = _("The key “%(key)s” was revoked: programs that use it are refused from now on.") % {"key": key}
        if told:
            said += " " + _("Told by mail: %(people)s.") % {"people": ", ".join(map(str, told))}
        messages.success(request, said)
        return redirect("accounts:api-keys")
    context = {
        "question": _("Revoke this API key?"),
        "subject": str(key),
        "consequence": _("Programs that use it are refused from now on. This cannot be undone."),
        "submit_label": _("Revoke the key"),
        "back_url": reverse("accounts:api-keys"),
        "danger": True,
    }
    return render(request, "components/confirmation.html", context)
