"""Users, their API keys, the audit trail, and the index of the search."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import available_timezones

from django.apps import apps
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .changes import Change, Disclosure  # noqa: F401  (models of this app, in a module of their own)
from .choices import MailDelivery, MailOutcome
from .idempotency import KeptAnswer  # noqa: F401
from .records import Record
from .roles import STAFF_ROLES, Permission, Role, allows
from .unsaved import UnsavedEntry  # noqa: F401  (a model of this app, in a module of its own)

if TYPE_CHECKING:
    from .roles import Viewer


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("Choose a known time zone, such as Asia/Ashgabat."))


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A saved user; `role` must be given. Without a password the user cannot sign in with one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """For `manage.py createsuperuser`: an administrator."""
        return self.create_user(email, password, **{"role": Role.ADMINISTRATOR, **fields})


class User(AbstractBaseUser):
    """A person who signs in by e-mail. Partner users belong to one organization, staff to none."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    organization = models.ForeignKey(
        "partners.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="focal_points",
        verbose_name=_("organization"),
        help_text=_("For partners only."),
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=50, default=settings.TIME_ZONE, validators=[validate_time_zone]
    )
    mail_delivery = models.CharField(
        _("mail about records"), max_length=10, choices=MailDelivery, default=MailDelivery.AT_ONCE
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off instead of deleting: the audit trail keeps its authors.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_once"),
            models.CheckConstraint(
                condition=Q(role=Role.PARTNER, organization__isnull=False)
                | (~Q(role=Role.PARTNER) & Q(organization__isnull=True)),
                name="accounts_user_partner_has_organization",
                violation_error_message=_("A partner needs an organization; staff have none."),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="accounts_user_role_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def read_as(self) -> str:
        """As what the person reads: the role, of partners with their organization."""
        return f"{self.role}:{self.organization_id}" if self.organization_id else self.role

    @property
    def is_staff_member(self) -> bool:
        """Whether the user works for the Centre."""
        return self.role in STAFF_ROLES

    # What Django's admin asks of a user: administrators alone enter it, and may use all that is registered there.
    @property
    def is_staff(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class KeyScope(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Read and write")


def _in_a_year() -> datetime:
    return timezone.now() + timedelta(days=365)


class ApiKey(models.Model):
    """A key with which a program acts as its user. Only a digest of the secret is kept.

    The secret has 256 random bits, so a plain SHA-256 digest cannot be guessed back.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="api_keys", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100, help_text=_("Which program uses it."))
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scope = models.CharField(_("scope"), max_length=10, choices=KeyScope, default=KeyScope.READ)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), default=_in_a_year)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @classmethod
    def issue(
        cls, *, user: User, name: str, scope: str = KeyScope.READ, expires_at: datetime | None = None
    ) -> tuple["ApiKey", str]:
        """A new saved key and its secret text `prefix.secret`, which is never shown again."""
        prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = cls.objects.create(
            user=user,
            name=name,
            prefix=prefix,
            digest=cls.digest_of(secret),
            scope=scope,
            expires_at=expires_at or _in_a_year(),
        )
        return key, f"{prefix}.{secret}"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and not self.is_expired

    def rotate(self, *, overlap: timedelta) -> tuple["ApiKey", str]:
        """A new key like this one, with a life as long, and its secret; this one works for the overlap at most."""
        now = timezone.now()
        new = type(self).issue(
            user=self.user, name=self.name, scope=self.scope, expires_at=now + (self.expires_at - self.created_at)
        )
        self.expires_at = min(self.expires_at, now + overlap)
        self.save(update_fields=["expires_at"])
        return new

    def revoke(self) -> None:
        """End the key now and for good."""
        self.revoked_at = self.revoked_at or timezone.now()
        self.save(update_fields=["revoked_at"])


class ApiAccess(models.Model):
    """One use of an API key; `api_accesses.py` writes it. Keys are never deleted, so none of these loses its key."""

    token = models.UUIDField(unique=True, editable=False)
    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="accesses", db_index=False, verbose_name=_("API key"))
    at = models.DateTimeField(_("when"))
    method = models.CharField(_("method"), max_length=7)
    path = models.CharField(_("address"), max_length=200)
    status = models.PositiveSmallIntegerField(_("status"))
    address = models.GenericIPAddressField(_("from where"), null=True)
    # Of lists: how many items the answer held.
    rows = models.PositiveIntegerField(_("items"), null=True)

    class Meta:
        verbose_name = _("API access")
        verbose_name_plural = _("API accesses")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(F("key"), F("at").desc(), F("id").desc(), name="accounts_access_of_key"),
            models.Index("at", name="accounts_access_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.method} {self.path} {self.status}"


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, now: datetime) -> "MailQuerySet":
        """What is to be sent, or settled, now; what goes with the daily mail waits until that calls it."""
        waits_for_daily = Q(recipient__mail_delivery=MailDelivery.DAILY, recipient__is_active=True)
        return self.filter(
            Q(due_at__lte=now) | (Q(due_at__isnull=True) & ~waits_for_daily), outcome=MailOutcome.WAITING
        )


class Mail(models.Model):
    """One thing to tell one person by mail, and what became of it. The words are made when it is sent (`mail.py`)."""

    recipient = models.ForeignKey(User, models.PROTECT, related_name="mails", verbose_name=_("recipient"))
    kind = models.CharField(_("kind"), max_length=50)
    subject = models.CharField(max_length=100)
    subject_id = models.CharField(max_length=50)
    # What happened, such as `follow_up_overdue:7:2024-05-01`: each person is told of it once.
    event = models.CharField(max_length=200)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    # Empty: at once, or with the next daily mail.
    due_at = models.DateTimeField(_("next attempt"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    outcome = models.CharField(_("outcome"), max_length=10, choices=MailOutcome, default=MailOutcome.WAITING)
    settled_at = models.DateTimeField(_("settled"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)

    objects: ClassVar[Any] = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "event"], name="accounts_mail_once"),
            models.CheckConstraint(condition=Q(outcome__in=MailOutcome.values), name="accounts_mail_outcome_known"),
        ]
        indexes = [
            models.Index(
                fields=["recipient", "due_at"], condition=Q(outcome=MailOutcome.WAITING), name="accounts_mail_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, viewer: "Viewer") -> "SavedViewQuerySet":
        """A person's own views and, for staff, those that a manager shares."""
        if not viewer.is_authenticated:
            return self.none()
        shared = Q(is_shared=True) if viewer.is_active and viewer.role in STAFF_ROLES else Q(pk=None)
        return self.filter(Q(owner=viewer) | shared)


class SavedView(models.Model):
    """A list with filters and an order, found again by a name.

    It holds what stands in the address and is read with its reader's eyes: it shows nobody more than they may see.
    """

    owner = models.ForeignKey(User, models.PROTECT, related_name="saved_views")
    # The key of the list in `lists.LISTS`.
    page = models.CharField(max_length=40, editable=False)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000, editable=False)
    is_shared = models.BooleanField(
        _("shared with all staff"), default=False, help_text=_("Each of them sees in it what they may see.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[Any] = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = [Lower("name"), "id"]
        constraints = [models.UniqueConstraint("owner", "page", Lower("name"), name="accounts_saved_view_once")]

    def __str__(self) -> str:
        return self.name


class FeedToken(models.Model):
    """The secret part of the address of a person's own calendar feed. It opens feeds and nothing else.

    Only a digest is kept. A new one ends the old one.
    """

    user = models.OneToOneField(User, models.PROTECT, related_name="feed_token")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return f"{self.user}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def of(self, record: Record) -> "AuditEntryQuerySet":
        """The history of one record with its parts, newest first."""
        return self.filter(subject=record._meta.label_lower, subject_id=str(record.pk)).select_related("actor")

    def visible_to(self, viewer: "Viewer") -> "AuditEntryQuerySet":
        """For administrators: the whole trail, save what it tells of records that they may not see.

        Entries of a record that is no more stay readable unless it was ever confidential.
        """
        if not allows(viewer, Permission.MANAGE_USERS):
            return self.none()
        shown, governed = Q(), []
        for model in apps.get_models():
            rows = model._default_manager.all()
            if model is AuditEntry or not hasattr(rows, "visible_to"):
                continue
            visible = rows.visible_to(viewer)
            if visible.query.where:  # else nothing of this model is hidden
                governed.append(model._meta.label_lower)
                shown |= Q(subject=model._meta.label_lower) & _about(visible)
        row = Coalesce(KT("changes__id__1"), KT("changes__id__0"))
        return self.alias(row=row).filter(shown | ~Q(subject__in=governed)).exclude(_of_hidden_parts(viewer))


def _about(visible: models.QuerySet[Any]) -> Q:
    """Entries about these rows, or about rows that are no more and were never confidential."""
    model = visible.model
    entries = AuditEntry.objects.filter(subject=model._meta.label_lower)
    confidential = entries.filter(changes__classification__contains="confidential")
    there = Q(subject_id__in=_keys(model._base_manager.all()))
    return Q(subject_id__in=_keys(visible)) | ~(there | Q(subject_id__in=confidential.values("subject_id")))


def _of_hidden_parts(viewer: "Viewer") -> Q:
    """Entries about rows that the viewer may not see, though it may see the whole, or there is none."""
    hidden = Q(pk__in=[])
    for model in apps.get_models():
        whole: Any = model._meta.get_field(model.part_of) if hasattr(model, "part_of") else None
        if whole is None or not (whole.null or getattr(model, "has_own_readers", False)):
            continue
        entries = Q(part=model._meta.model_name)
        if not getattr(model, "has_own_readers", False):
            entries &= Q(subject_id="")
        rows: Any = model._default_manager.all()
        hidden |= entries & ~Q(row__in=_keys(rows.visible_to(viewer)))
    return hidden


def _keys(rows: models.QuerySet[Any]) -> models.QuerySet[Any, Any]:
    return rows.order_by().annotate(as_text=Cast("pk", models.CharField())).values("as_text")


class AuditEntry(models.Model):
    """One deed. The database refuses to change or delete it (see migration 0002)."""

    at = models.DateTimeField(_("when"), default=timezone.now, db_default=models.functions.Now())
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("who"))
    address = models.GenericIPAddressField(_("from where"), null=True)
    verb = models.CharField(_("deed"), max_length=50)
    subject = models.CharField(max_length=100, blank=True)
    subject_id = models.CharField(max_length=50, blank=True)
    # The table of the row when it is a part of the subject, such as `involvement`.
    part = models.CharField(max_length=100, blank=True)
    # By column, the value before and the value after.
    changes = models.JSONField(default=dict)

    objects: ClassVar[Any] = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["subject", "subject_id", "-at"], name="accounts_audit_of_record")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject} {self.subject_id}"


class SearchEntry(models.Model):
    """What the search knows of one record; the database keeps it (see migration `search`), nobody else writes it.

    Three vectors, because not every reader of a record may read all of it: `open` holds what all of its readers
    may, `insider` with what the Chatham House Rule keeps from others, `staff` with what never leaves the staff.
    Records that others point to, such as partners and themes, stand in them as tags (`partners.organization:7`).
    """

    kind = models.CharField(max_length=60)  # the model's label, such as activities.activity
    object_id = models.BigIntegerField()
    # What the record's address is made of.
    key = models.TextField(blank=True)
    title_en = models.TextField(blank=True)
    title_ru = models.TextField(blank=True)
    open_text = models.TextField(blank=True)
    named_text = models.TextField(blank=True)
    staff_text = models.TextField(blank=True)
    # Whether `named_text` and `named_tags` are open to every reader of the record.
    names_open = models.BooleanField(default=True)
    # The partner that reads its own record as an insider.
    owner = models.BigIntegerField(null=True)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    date_precision = models.CharField(max_length=10, blank=True)
    # Names that stand for the record alone, folded: whoever types one means it.
    keys = ArrayField(models.TextField(), default=list)
    open_tags = ArrayField(models.TextField(), default=list)
    named_tags = ArrayField(models.TextField(), default=list)
    open = SearchVectorField()
    insider = SearchVectorField()
    staff = SearchVectorField()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="accounts_searchentry_once")]
        indexes = [
            GinIndex(fields=["open"], name="accounts_search_open"),
            GinIndex(fields=["insider"], name="accounts_search_insider"),
            GinIndex(fields=["staff"], name="accounts_search_staff"),
            models.Index("kind", F("starts").desc(nulls_last=True), F("id").desc(), name="accounts_search_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
