"""Choices of Council briefings and developments."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission


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


class Significance(models.TextChoices):
    """How much a development matters for the region; the staff's own assessment."""

    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")


# --- the dossier of a briefing ------------------------------------------------------------------------------


class DossierState(models.TextChoices):
    COLLECTING = "collecting", _("Collecting")
    DRAFTING = "drafting", _("Drafting")
    CLEARANCE = "clearance", _("In clearance")
    FINAL = "final", _("Final")
    DELIVERED = "delivered", _("Delivered")


# In these it changes no more.
CLOSED_STATES = (DossierState.FINAL, DossierState.DELIVERED)
# Who may take it from one state to another. Whatever ends or undoes a clearance needs a manager.
MOVES: dict[tuple[DossierState, DossierState], Permission] = {
    (DossierState.COLLECTING, DossierState.DRAFTING): Permission.LOG_RECORDS,
    (DossierState.DRAFTING, DossierState.COLLECTING): Permission.LOG_RECORDS,
    (DossierState.DRAFTING, DossierState.CLEARANCE): Permission.LOG_RECORDS,
    (DossierState.CLEARANCE, DossierState.DRAFTING): Permission.APPROVE_RECORDS,
    (DossierState.CLEARANCE, DossierState.FINAL): Permission.APPROVE_RECORDS,
    (DossierState.FINAL, DossierState.DRAFTING): Permission.APPROVE_RECORDS,
    (DossierState.FINAL, DossierState.DELIVERED): Permission.APPROVE_RECORDS,
    (DossierState.DELIVERED, DossierState.DRAFTING): Permission.APPROVE_RECORDS,
}


class SectionKey(models.TextChoices):
    """The sections of a dossier, in the order in which it takes them."""

    EXPECTED = "expected", _("Expected action")
    DEVELOPMENTS = "developments", _("Key developments")
    ACTIVITIES = "activities", _("The Centre’s activities")
    ISSUES = "issues", _("Issues and options")
    DYNAMICS = "dynamics", _("Council dynamics")
    FIGURES = "figures", _("Women and youth in figures")
    DOCUMENTS = "documents", _("Documents")
    PROMISES = "promises", _("What was promised last time")
    POINTS = "points", _("Talking points")


class DevelopmentOrder(models.TextChoices):
    COUNTRY = "country", _("Country")
    THEME = "theme", _("Theme")


class ActivityOrder(models.TextChoices):
    PRIORITY = "priority", _("Priority")
    THEME = "theme", _("Theme")


class TaskKind(models.TextChoices):
    BEFORE = "before", _("Before the briefing")
    FOLLOW_UP = "follow_up", _("Follow-up after it")
