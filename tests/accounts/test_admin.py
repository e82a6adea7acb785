"""The administration obeys the rule of visibility, keeps the audit trail, and loses nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from accounts.audit import AUDITED_APPS
from accounts.choices import STRICTLY_CONFIDENTIAL_REFUSED, Classification
from accounts.models import ApiKey, AuditEntry, User
from accounts.roles import Role
from activities.models import Activity
from partners.models import Agreement, Contact, Organization
from priorities.models import Country, Theme
from tests.factories.activities import make_activity
from tests.factories.briefings import make_development
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization
from tests.factories.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db

# Looked after on pages of their own, or parts of records that are.
ELSEWHERE = {
    "accounts.ApiAccess",  # on the page of its key
    "accounts.Change",  # kept by the database itself, as the next is
    "accounts.Disclosure",
    "accounts.FeedToken",  # private to its owner, as the next four are
    "accounts.KeptAnswer",
    "accounts.SavedView",
    "accounts.UnsavedEntry",
    "activities.ActivityImport",
    "accounts.SearchEntry",  # kept by the database itself
    "activities.Attachment",
    "activities.Contribution",
    "activities.Evidence",
    "activities.FollowUp",
    "activities.Involvement",
    "activities.Link",
    "activities.ParticipantsByCountry",
    "activities.ReferenceCounter",
    "briefings.BriefingTask",  # on the briefing's own page
    "briefings.Consideration",  # with its briefing
    "briefings.Dossier",  # on pages of its own, as all that is in it
    "briefings.DossierComment",
    "briefings.DossierItem",
    "briefings.DossierLook",
    "briefings.DossierVersion",
    "briefings.TalkingPoint",
    "partners.AgreementDocument",  # with its agreement
    "partners.Contact",  # with its organization
    "partners.ContactNote",
    "priorities.IndicatorValue",  # with its indicator
    "priorities.Mandate",  # with its programme
    "reports.ReportRun",
}
READ_ONLY = {
    "accounts.ApiKey",
    "accounts.AuditEntry",
    "accounts.Mail",
    "activities.Activity",
    "briefings.Development",
    "reports.Schedule",
}
OURS = {model for label in AUDITED_APPS for model in apps.get_app_config(label).get_models()}
REGISTERED = [model for model in admin.site._registry if model in OURS]


@pytest.fixture
def client(administrator: User, client_of: Callable[[User | None], Client]) -> Client:
    return client_of(administrator)


def address(row: Any, page: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def filled(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back from the page as it is."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    data: dict[str, Any] = {}
    for each in forms:
        for field in each:
            value = field.value()
            choices = getattr(field.field, "queryset", None)
            if choices is not None:
                chosen = choices.filter(pk__in=value if isinstance(value, list) else [value])
                value = [str(row.pk) for row in chosen] or None
            if value is not None and value is not False:
                data[field.html_name] = value
    return data


def test_all_that_administrators_look_after_is_registered() -> None:
    labels = {model._meta.label for model in REGISTERED}
    assert labels | ELSEWHERE == {model._meta.label for model in OURS}
    assert not labels & ELSEWHERE


def test_nothing_else_is_registered() -> None:
    """Neither groups, which nobody asks, nor the tasks of Celery beat, which start anything."""
    others = {model._meta.app_label for model in admin.site._registry if model not in OURS}
    assert others == {"axes"}


@pytest.mark.parametrize("who", ["anonymous", "officer", "manager", "focal_point", "stranger", "inactive"])
def test_only_administrators_enter(who: str, request: Any, client_of: Callable[[User | None], Client]) -> None:
    if who == "inactive":
        user: User | None = make_user("gone", Role.ADMINISTRATOR)
    else:
        user = None if who == "anonymous" else request.getfixturevalue(who)
    client = client_of(user)
    if who == "inactive":
        User.objects.filter(email="gone@example.org").update(is_active=False)
    for url in (reverse("admin:index"), list_of(User), reverse("admin:jsi18n"), "/admin/nothing/"):
        response = client.get(url)
        if who in ("anonymous", "inactive"):
            assert response.status_code == 302
            assert "/login/" in response["Location"] or "/sign-in/" in response["Location"]
        else:
            assert response.status_code == 403, url


def test_there_is_one_way_to_sign_in(client_of: Callable[[User | None], Client]) -> None:
    response = client_of(None).get("/admin/partners/organization/", follow=True)
    assert [path.partition("?")[0] for path, _status in response.redirect_chain] == [
        "/admin/login/",
        reverse("accounts:sign-in"),
    ]
    assert response.status_code == 200


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_and_form_opens(model: Any, client: Client, request: Any) -> None:
    rows = admin.site._registry[model]
    assert client.get(list_of(model)).status_code == 200
    if rows.search_fields:
        assert client.get(list_of(model), {"q": "example"}).status_code == 200
    added = client.get(list_of(model) + "add/")
    assert added.status_code == (403 if model._meta.label in READ_ONLY else 200)


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_nothing_is_deleted(model: Any, client: Client, administrator: User) -> None:
    request = client.get(list_of(model)).wsgi_request
    request.user = administrator
    assert not admin.site._registry[model].has_delete_permission(request)
    assert "delete_selected" not in admin.site._registry[model].get_actions(request)


# --- the rule ---------------------------------------------------------------------------------------------------


@pytest.fixture
def hidden(settings: Any, officer: User) -> Organization:
    """A confidential organization, which no administrator sees."""
    settings.CONFIDENTIAL_ALLOWED = True
    return make_organization("zz-hidden", name_en="Zz hidden", classification="confidential", created_by=officer)


def test_confidential_records_do_not_show(client: Client, hidden: Organization) -> None:
    activity = make_activity(title_en="Zz hidden", classification="confidential")
    development = make_development(headline_en="Zz hidden", classification="confidential")
    for row in (hidden, activity, development):
        text = client.get(list_of(type(row))).content.decode()
        assert "Zz hidden" not in text and "zz-hidden" not in text
        assert "Zz hidden" not in client.get(list_of(type(row)), {"q": "Zz"}).content.decode().replace("&quot;", "")
        assert client.get(address(row)).status_code == 302  # to the index, with “does not exist”
        assert client.get(address(row, "history")).status_code == 302


def test_no_choice_and_no_filter_names_them(client: Client, hidden: Organization) -> None:
    shown = make_organization("shown")
    agreement = Agreement.objects.create(code="example", kind="memorandum", title_en="Example")
    for url in (list_of(User) + "add/", address(shown), address(agreement), list_of(Organization)):
        text = client.get(url).content.decode()
        assert "Zz hidden" not in text and "zz-hidden" not in text, url


def test_no_lookup_guesses_at_them(client: Client, hidden: Organization) -> None:
    make_organization("child", parent=hidden)
    response = client.get(list_of(Organization), {"parent__name_en__startswith": "Zz"})
    assert response.status_code == 400


def test_no_jump_to_a_record_by_its_number(client: Client) -> None:
    assert client.get("/admin/r/1/1/").status_code == 404


def test_a_save_keeps_what_the_administrator_may_not_see(client: Client, hidden: Organization, osce: Any) -> None:
    child = make_organization("child", parent=hidden)
    child.released_to.add(hidden)
    data = filled(client, address(child)) | {"name_en": "Renamed", "released_to": [str(osce.pk)]}
    response = client.post(address(child), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    child.refresh_from_db()
    assert child.name_en == "Renamed"
    assert child.parent == hidden
    assert set(child.released_to.all()) == {hidden, osce}


def test_the_trail_is_silent_about_them(client: Client, hidden: Organization, officer: User) -> None:
    shown, gone, secret = (make_organization(code) for code in ("shown", "gone", "secret"))
    Organization.objects.filter(pk=secret.pk).update(classification="confidential")
    readable = {str(shown.pk), str(gone.pk)}
    gone.delete()
    secret.delete()
    trail = client.get(list_of(AuditEntry), {"subject": "partners.organization"}).context["cl"].queryset
    assert set(trail.values_list("subject_id", flat=True)) == readable
    assert AuditEntry.objects.visible_to(officer).count() == 0


def test_the_trail_is_for_reading(client: Client) -> None:
    make_organization("example", name_en="Ä <name>")
    entry = AuditEntry.objects.filter(subject="partners.organization").latest("id")
    page = client.get(address(entry))
    assert "Ä &lt;name&gt;" in page.content.decode()
    assert client.post(address(entry), {"verb": "approve"}).status_code == 403
    assert client.get(address(entry, "delete")).status_code == 403


def test_history_leads_to_the_trail(client: Client) -> None:
    organization = make_organization("example")
    page = client.get(address(organization, "history"), follow=True)
    assert page.status_code == 200
    assert page.context["cl"].queryset.count() == 1


# --- records ----------------------------------------------------------------------------------------------------


def test_a_change_is_kept_in_the_trail(client: Client, administrator: User) -> None:
    theme = Theme.objects.create(code="example", name_en="Example")
    data = filled(client, address(theme)) | {"name_ru": "Пример", "aliases": "one\n\n two \n"}
    assert client.post(address(theme), data).status_code == 302
    theme.refresh_from_db()
    assert (theme.name_ru, theme.aliases, theme.version, theme.changed_by) == (
        "Пример",
        ["one", "two"],
        2,
        administrator,
    )
    entry = AuditEntry.objects.of(theme).first()
    assert entry is not None
    assert (entry.actor, entry.verb, entry.address) == (administrator, "edit", "127.0.0.1")
    assert entry.changes["name_ru"] == ["", "Пример"]


def test_a_look_changes_nothing(client: Client) -> None:
    """Else the loader would take the record for one that a person has changed."""
    organization = make_organization("example", aliases=["Пример"])
    before = AuditEntry.objects.count()
    assert client.post(address(organization), filled(client, address(organization))).status_code == 302
    organization.refresh_from_db()
    assert organization.changed_by is None and organization.version == 1
    assert AuditEntry.objects.count() == before


def test_a_new_record_has_its_author(client: Client, administrator: User) -> None:
    data = {"code": "TM", "m49": "795", "name_en": "Turkmenistan", "group": "central_asia"}
    response = client.post(list_of(Country) + "add/", data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    country = Country.objects.get(code="TM")
    assert country.created_by == administrator
    assert AuditEntry.objects.of(country).get().verb == "create"


def test_two_editors_of_one_record(client: Client, officer: User) -> None:
    theme = Theme.objects.create(code="example", name_en="Example")
    data = filled(client, address(theme)) | {"name_en": "Mine"}
    theme.name_en = "Theirs"
    theme.touch(officer)
    theme.save()
    response = client.post(address(theme), data)
    assert response.status_code == 200
    text = response.content.decode()
    assert "Officer saved this record after you opened it" in text
    assert 'value="Mine"' in text
    theme.refresh_from_db()
    assert theme.name_en == "Theirs"
    again = data | {"opened_version": str(response.context["adminform"].form["opened_version"].value())}
    assert client.post(address(theme), again).status_code == 302
    theme.refresh_from_db()
    assert (theme.name_en, theme.version) == ("Mine", 3)


def test_a_release_is_noted(client: Client, administrator: User) -> None:
    organization = make_organization("example")
    data = filled(client, address(organization)) | {"audience": "public"}
    assert client.post(address(organization), data).status_code == 302
    organization.refresh_from_db()
    assert organization.audience == "public"
    assert organization.release_decided_by == administrator


@pytest.mark.parametrize("allowed", [False, True])
def test_strictly_confidential_is_refused(client: Client, settings: Any, allowed: bool) -> None:
    settings.CONFIDENTIAL_ALLOWED = allowed
    organization = make_organization("example")
    data = filled(client, address(organization)) | {"classification": "strictly_confidential", "name_en": "Kept text"}
    response = client.post(address(organization), data)
    assert response.status_code == 200
    assert str(escape(STRICTLY_CONFIDENTIAL_REFUSED)) in response.content.decode()
    assert "Kept text" in response.content.decode()


def test_confidential_is_refused_where_it_is_not_allowed(client: Client) -> None:
    organization = make_organization("example")
    response = client.post(
        address(organization), filled(client, address(organization)) | {"classification": "confidential"}
    )
    assert "CONFIDENTIAL_ALLOWED" in response.content.decode()
    organization.refresh_from_db()
    assert organization.classification == Classification.UNCLASSIFIED


def test_contacts_of_an_organization(client: Client, administrator: User) -> None:
    organization = make_organization("example")
    data = filled(client, address(organization))
    data |= {"contacts-0-name": "Example contact", "contacts-0-purpose": "Example purpose"}
    assert client.post(address(organization), data).status_code == 302
    contact = Contact.objects.get()
    assert contact.created_by == administrator
    # Its parts belong to the organization, so whoever has it open learns of the change.
    organization.refresh_from_db()
    assert (organization.changed_by, organization.version) == (administrator, 2)


@pytest.mark.parametrize("state", ["draft", "submitted", "approved"])
def test_reviewed_records_are_for_reading(client: Client, state: str) -> None:
    activity = make_activity(review_state=state, title_en="Before")
    assert "Before" in client.get(address(activity)).content.decode()
    response = client.post(address(activity), {"title_en": "After", "review_state": "approved"})
    assert response.status_code == 403
    activity.refresh_from_db()
    assert (activity.title_en, activity.review_state) == ("Before", state)


def test_pages_of_reviewed_records_name_no_hidden_ones(client: Client, hidden: Organization) -> None:
    activity = make_activity(lead_organization=hidden, main_priority=make_commitment().priority)
    assert "Zz hidden" not in client.get(address(activity)).content.decode()


# --- people and keys ----------------------------------------------------------------------------------------------

NEW_USER = {"language": "ru", "time_zone": "Asia/Ashgabat"}


def test_a_new_focal_point(client: Client, administrator: User, osce: Organization) -> None:
    person = {"email": "New@Example.org", "name": "New person", "role": "partner", "organization": str(osce.pk)}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    response = client.post(list_of(User) + "add/", NEW_USER | person | passwords)
    assert response.status_code == 302, response.context["adminform"].form.errors
    user = User.objects.get(email="new@example.org")
    assert user.organization == osce and user.check_password(PASSWORD)
    assert AuditEntry.objects.filter(subject="accounts.user", subject_id=user.pk).get().actor == administrator


def test_a_new_person_without_a_password_asks_for_one_by_mail(client: Client) -> None:
    person = {"email": "new@example.org", "name": "New person", "role": "officer"}
    assert client.post(list_of(User) + "add/", NEW_USER | person).status_code == 302
    Client().post(reverse("accounts:password-reset"), {"email": "new@example.org"})
    assert [message.to for message in mail.outbox] == [["new@example.org"]]


@pytest.mark.parametrize("role", ["partner", "officer"])
def test_role_and_organization_fit(client: Client, osce: Organization, role: str) -> None:
    person = {"email": "new@example.org", "name": "New person", "role": role, "password1": PASSWORD}
    person |= {"organization": ""} if role == "partner" else {"organization": str(osce.pk)}
    response = client.post(list_of(User) + "add/", NEW_USER | person | {"password2": PASSWORD})
    assert "A partner needs an organization; staff have none." in response.content.decode()


def test_a_person_is_switched_off(client: Client, officer: User, administrator: User) -> None:
    data = filled(client, address(officer))
    data.pop("is_active")
    assert client.post(address(officer), data).status_code == 302
    officer.refresh_from_db()
    assert not officer.is_active
    entry = AuditEntry.objects.filter(subject="accounts.user", subject_id=officer.pk).first()
    assert entry is not None and entry.changes == {"is_active": [True, False]} and entry.actor == administrator


def test_the_last_administrator_stays(client: Client, administrator: User) -> None:
    data = filled(client, address(administrator)) | {"role": "officer"}
    response = client.post(address(administrator), data)
    assert "This is the last active administrator" in response.content.decode()
    action = {"action": "switch_off", "_selected_action": [str(administrator.pk)]}
    client.post(list_of(User), action)
    administrator.refresh_from_db()
    assert administrator.is_active and administrator.role == Role.ADMINISTRATOR


def test_people_are_switched_off_from_the_list(client: Client, officer: User) -> None:
    client.post(list_of(User), {"action": "switch_off", "_selected_action": [str(officer.pk)]})
    officer.refresh_from_db()
    assert not officer.is_active
    assert AuditEntry.objects.filter(verb="switch_off", subject_id=officer.pk).exists()


def test_a_password_is_set(client: Client, officer: User, administrator: User) -> None:
    url = f"/admin/accounts/user/{officer.pk}/password/"
    new = {"usable_password": "true", "password1": "another long example", "password2": "another long example"}
    response = client.post(url, new)
    assert response.status_code == 302, response.context["form"].errors
    officer.refresh_from_db()
    assert officer.check_password("another long example")
    entry = AuditEntry.objects.get(verb="set_password")
    assert entry.actor == administrator and entry.changes == {}


def test_no_page_shows_a_hash_or_a_digest(client: Client, officer: User) -> None:
    key, secret = ApiKey.issue(user=officer, name="Example")
    for url in (address(officer), address(key), list_of(ApiKey)):
        text = client.get(url).content.decode()
        assert officer.password not in text
        assert key.digest not in text and secret not in text


def test_keys_are_revoked_and_nothing_else(client: Client, officer: User, administrator: User) -> None:
    key, _secret = ApiKey.issue(user=officer, name="Example")
    assert client.post(address(key), {"name": "Other"}).status_code == 403
    client.post(list_of(ApiKey), {"action": "revoke", "_selected_action": [str(key.pk)]})
    key.refresh_from_db()
    assert key.revoked_at is not None
    entry = AuditEntry.objects.filter(subject="accounts.apikey", verb="revoke_key").get()
    assert entry.actor == administrator


def test_a_save_that_fails_leaves_nothing(client: Client, monkeypatch: Any) -> None:
    organization = make_organization("example")
    data = filled(client, address(organization)) | {"name_en": "After"}
    monkeypatch.setattr(Organization, "save", lambda self, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.post(address(organization), data)
    organization.refresh_from_db()
    assert organization.name_en.startswith("Example")


def test_lists_ask_a_constant_number_of_queries(client: Client) -> None:
    priority = make_commitment().priority
    for model, make in (
        (Activity, lambda n: make_activity(main_priority=priority)),
        (Organization, lambda n: make_organization(f"example-{n}")),
        (Theme, lambda n: Theme.objects.create(code=f"c-{n}", name_en=f"{n}", parent=Theme.objects.first())),
    ):
        for number in range(3):
            make(number)
        few = queries(client, list_of(model))
        for number in range(3, 30):
            make(number)
        assert queries(client, list_of(model)) == few


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)
