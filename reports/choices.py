"""States and formats of reports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class ReportFormat(models.TextChoices):
    HTML = "html", _("Web page")
    DOCX = "docx", _("Word document")
    PDF = "pdf", _("PDF")
    XLSX = "xlsx", _("Excel workbook")
