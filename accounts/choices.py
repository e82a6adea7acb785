"""Classification, audience and review: the choices that every governed record shares."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    INTERNAL = "internal", _("Internal")
    NAMED_PARTNERS = "named_partners", _("Named partners")
    ALL_PARTNERS = "all_partners", _("All partners")
    PUBLIC = "public", _("Public")


class Classification(models.TextChoices):
    UNCLASSIFIED = "unclassified", _("Unclassified")
    CONFIDENTIAL = "confidential", _("Confidential")


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")


class MailDelivery(models.TextChoices):
    """When a person wants the portal's mails about records. Mails about the password always come, at once."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("One mail a day")
    NONE = "none", _("None")


class MailOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    # The person may no longer see the record, wants no mail, was switched off, or the matter was settled meanwhile.
    WITHHELD = "withheld", _("Not needed any more")
    FAILED = "failed", _("Failed")


STRICTLY_CONFIDENTIAL = "strictly_confidential"
STRICTLY_CONFIDENTIAL_REFUSED = _(
    "Strictly confidential information must not be entered in this portal. Keep it in the"
    " mission's secure registry and send it by code cable (ST/SGB/2007/6)."
)


def validate_classification(value: str) -> None:
    """Refuse what the portal must not hold, with a message that says where it belongs."""
    if value == STRICTLY_CONFIDENTIAL:
        raise ValidationError(STRICTLY_CONFIDENTIAL_REFUSED, code="strictly_confidential")
    if value == Classification.CONFIDENTIAL and not settings.CONFIDENTIAL_ALLOWED:
        raise ValidationError(
            _(
                "This portal is not set up for confidential information. Keep it in the mission's"
                " registry, or ask the administrator about the setting CONFIDENTIAL_ALLOWED."
            ),
            code="confidential_not_allowed",
        )
