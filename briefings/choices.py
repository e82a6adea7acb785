"""Choices of Council briefings and developments."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Modality(models.TextChoices):
    CONSULTATIONS = "consultations", _("Consultations")
    CLOSED_CONSULTATIONS = "closed_consultations", _("Closed consultations")
    CLOSED_VIDEOCONFERENCE = "closed_videoconference", _("Closed videoconference")
    OPEN_BRIEFING = "open_briefing", _("Open briefing")
    DEBATE = "debate", _("Debate")
    UNKNOWN = "unknown", _("Not known")


class Outcome(models.TextChoices):
    PRESS_STATEMENT = "press_statement", _("Press statement")
    PRESS_ELEMENTS = "press_elements", _("Press elements")
    NONE = "none", _("No outcome")
    DRAFT_WITHDRAWN = "draft_withdrawn", _("Draft withdrawn")
    UNKNOWN = "unknown", _("Not known")


class Reliability(models.TextChoices):
    OFFICIAL = "official", _("Official source")
    CONFIRMED = "confirmed", _("Confirmed by several sources")
    REPORTED = "reported", _("Reported by one source")
    UNCONFIRMED = "unconfirmed", _("Not confirmed")


class StartsBasis(models.TextChoices):
    """What the first day of an SRSG's term is known from."""

    TOOK_OFFICE = "took_office", _("Took office")
    APPOINTMENT_ANNOUNCED = "appointment_announced", _("Appointment announced")
    UNKNOWN = "unknown", _("Not known")


class ConsiderationKind(models.TextChoices):
    EXPECTED_ACTION = "expected_action", _("Expected action")
    ISSUE = "issue", _("Issue")
    OPTION = "option", _("Option")
    DYNAMIC = "dynamic", _("Council dynamics")
