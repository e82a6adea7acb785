"""The approval of a record: its states, who may move it, and what guards each step."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .choices import ReviewState
from .records import Released
from .roles import Permission, allows

if TYPE_CHECKING:
    from .models import User
    from .roles import Viewer


class Reviewed(Released):
    """Abstract: a released record that a manager approves before it leaves the staff.

    draft -> submitted -> approved | returned; returned -> submitted; submitted -> draft (withdrawn);
    approved -> draft (reopened). Callers hold the row (`locked`) and name the deed (`acting`).
    """

    is_reviewed: ClassVar[bool] = True

    review_state = models.CharField(
        _("review"), max_length=20, choices=ReviewState, default=ReviewState.DRAFT, editable=False
    )
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    review_comment = models.TextField(_("comment of the reviewer"), blank=True, editable=False)
    # The partner whose own entry this is; empty for the Centre's own records.
    lead_organization = models.ForeignKey(
        "partners.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lead organization"),
        help_text=_("Only for a partner's own activity."),
    )

    class Meta(Released.Meta):
        abstract = True
        constraints = [
            *Released.Meta.constraints,
            models.CheckConstraint(
                condition=Q(review_state__in=ReviewState.values),
                name="%(app_label)s_%(class)s_review_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(review_state=ReviewState.SUBMITTED) | Q(submitted_at__isnull=False),
                name="%(app_label)s_%(class)s_submitted_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(review_state__in=[ReviewState.APPROVED, ReviewState.RETURNED])
                | Q(reviewed_at__isnull=False),
                name="%(app_label)s_%(class)s_reviewed_has_date",
            ),
        ]

    @property
    def is_approved(self) -> bool:
        return self.review_state == ReviewState.APPROVED

    def may_be_edited_by(self, user: "Viewer") -> bool:
        """Drafts by any officer (a partner's by its focal points); submitted and approved records by managers."""
        if self.review_state in (ReviewState.DRAFT, ReviewState.RETURNED):
            return allows(user, Permission.LOG_RECORDS) or self._is_own_entry_of(user)
        return allows(user, Permission.APPROVE_RECORDS)

    def may_be_submitted_by(self, user: "Viewer") -> bool:
        open_states = (ReviewState.DRAFT, ReviewState.RETURNED)
        return self.review_state in open_states and self.may_be_edited_by(user)

    def may_be_reviewed_by(self, user: "Viewer") -> bool:
        return self.review_state == ReviewState.SUBMITTED and allows(user, Permission.APPROVE_RECORDS)

    def may_be_withdrawn_by(self, user: "Viewer") -> bool:
        """Whoever submitted it may take it back while nobody has decided."""
        return self.review_state == ReviewState.SUBMITTED and user.pk == self.submitted_by_id

    def may_be_reopened_by(self, user: "Viewer") -> bool:
        """Its author, its focal officer or a manager; of a partner's own entry, that partner's focal points.

        Others no longer see it until it is approved again.
        """
        if self.review_state == ReviewState.APPROVED and self._is_own_entry_of(user):
            return True
        if self.review_state != ReviewState.APPROVED or not allows(user, Permission.LOG_RECORDS):
            return False
        return allows(user, Permission.APPROVE_RECORDS) or user.pk in (self.created_by_id, self.focal_officer_id)

    def may_be_released_by(self, user: "Viewer") -> bool:
        """Whether the user may give the second word on a held release."""
        return (
            self.is_approved
            and self.release_held
            and allows(user, Permission.APPROVE_RECORDS)
            and user.pk not in self._release_deciders()
        )

    def submit(self, *, by: "User") -> None:
        """Hand the record to a manager. ValidationError lists what approval still needs."""
        self._guard(ReviewState.DRAFT, ReviewState.RETURNED, allowed=self.may_be_edited_by(by))
        missing = self.missing_for_approval()
        if missing:
            raise ValidationError(
                _("Before it can be submitted, the record still needs: %(missing)s."),
                params={"missing": ", ".join(str(name) for name in missing)},
            )
        self.submitted_at, self.submitted_by = timezone.now(), by
        self._move_to(ReviewState.SUBMITTED, by)

    def withdraw(self, *, by: "User") -> None:
        """Take a submitted record back to draft."""
        self._guard(ReviewState.SUBMITTED, allowed=self.may_be_withdrawn_by(by))
        self._move_to(ReviewState.DRAFT, by)

    def approve(self, *, by: "User") -> None:
        """Approve a submitted record: from now on its audience sees it."""
        self._guard(ReviewState.SUBMITTED, allowed=allows(by, Permission.APPROVE_RECORDS))
        self.reviewed_at, self.reviewed_by, self.review_comment = timezone.now(), by, ""
        self._move_to(ReviewState.APPROVED, by)

    def send_back(self, *, by: "User", comment: str) -> None:
        """Return a submitted record to its officer with a comment that says what to mend."""
        self._guard(ReviewState.SUBMITTED, allowed=allows(by, Permission.APPROVE_RECORDS))
        if not comment.strip():
            raise ValidationError({"comment": _("Say what needs to be mended.")})
        self.reviewed_at, self.reviewed_by, self.review_comment = timezone.now(), by, comment.strip()
        self._move_to(ReviewState.RETURNED, by)

    def reopen(self, *, by: "User") -> None:
        """Take an approved record back to draft; it leaves the partners' view until approved again."""
        self._guard(ReviewState.APPROVED, allowed=self.may_be_reopened_by(by))
        self._move_to(ReviewState.DRAFT, by)

    def confirm_release(self, *, by: "User") -> None:
        """As for every released record, but only once it is approved: whoever approves cannot give the second word."""
        self._guard(ReviewState.APPROVED, allowed=allows(by, Permission.APPROVE_RECORDS))
        super().confirm_release(by=by)

    def missing_for_approval(self) -> list[Any]:
        """Labels of what the record still lacks before it can be submitted."""
        return []

    def _guard(self, *states: ReviewState, allowed: bool) -> None:
        if self.review_state not in states:
            raise ValidationError(
                _("The record is now “%(state)s”, so this cannot be done. Reload the page to see what changed."),
                params={"state": self.get_review_state_display()},
                code="wrong_state",
            )
        if not allowed:
            raise PermissionDenied

    def _move_to(self, state: ReviewState, by: "User") -> None:
        self.review_state = state
        self.touch(by)
        self.save()

    def _is_own_entry_of(self, user: "Viewer") -> bool:
        return (
            user.is_authenticated
            and user.is_active
            and self.lead_organization_id is not None
            and user.organization_id == self.lead_organization_id
        )

    def _release_deciders(self) -> set[int | None]:
        return {self.release_decided_by_id, self.reviewed_by_id}
