"""Choices of the framework: cadences, kinds of documents, categories of deliverables."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Cadence(models.TextChoices):
    CONTINUOUS = "continuous", _("Continuous")
    TWICE_A_YEAR = "twice_a_year", _("Twice a year")
    YEARLY = "yearly", _("Once a year")
    ONCE = "once", _("Once in the programme")


class CountryGroup(models.TextChoices):
    CENTRAL_ASIA = "central_asia", _("Central Asia")
    AFGHANISTAN = "afghanistan", _("Afghanistan")
    ELSEWHERE = "elsewhere", _("Elsewhere")


class FrameworkKind(models.TextChoices):
    PROCESS = "process", _("Process")
    PROGRAMME = "programme", _("Programme")
    PROJECT = "project", _("Infrastructure project")
    PLAN = "plan", _("Plan")
    STRATEGY = "strategy", _("Strategy")


class DocumentKind(models.TextChoices):
    RESOLUTION = "resolution", _("Resolution")
    PRESIDENTIAL_STATEMENT = "presidential_statement", _("Presidential statement")
    LETTER = "letter", _("Letter")
    PRESS_RELEASE = "press_release", _("Press release")
    REPORT = "report", pgettext_lazy("document of the United Nations", "Report")
    BUDGET = "budget", _("Budget document")
    BULLETIN = "bulletin", _("Secretary-General’s bulletin")
    ADMINISTRATIVE_INSTRUCTION = "administrative_instruction", _("Administrative instruction")
    AUDIT = "audit", _("Audit")
    REVIEW = "review", _("Review")
    OTHER = "other", _("Other document")


class DatePrecision(models.TextChoices):
    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")
    UNKNOWN = "unknown", _("Not known")


class Certainty(models.TextChoices):
    FOUND = "found", _("Found in a public source")
    INFERRED = "inferred", _("Inferred")
    EXPECTED = "expected", _("Expected, not confirmed")
    UNCERTAIN = "uncertain", _("Uncertain")
    UNKNOWN = "unknown", _("Not known")


class DeliverableCategory(models.TextChoices):
    """Categories of the United Nations programme budget, A/<session>/6."""

    A = "A", _("A. Facilitation of the intergovernmental process and expert bodies")
    B = "B", _("B. Generation and transfer of knowledge")
    C = "C", _("C. Substantive deliverables")
    D = "D", _("D. Communication deliverables")
    E = "E", _("E. Enabling deliverables")
