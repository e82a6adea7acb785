"""States and formats of reports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    # It was ready; its file has been cleared away since.
    EXPIRED = "expired", _("Expired")


UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)


class Step(models.TextChoices):
    """How far a run is, in words for the person who waits."""

    UNSENT = "unsent", _("The queue does not answer. The report keeps its place and starts by itself.")
    AGAIN = "again", _("The worker stopped before it was done. The report starts again.")
    COUNTING = "counting", _("Reading records and counting")
    RENDERING = "rendering", _("Writing the document")
    SAVING = "saving", _("Saving the file")


class ReportFormat(models.TextChoices):
    HTML = "html", _("Web page")
    DOCX = "docx", _("Word document")
    PDF = "pdf", _("PDF")
    XLSX = "xlsx", _("Excel workbook")


CONTENT_TYPES = {
    ReportFormat.HTML: "text/html; charset=utf-8",
    ReportFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ReportFormat.PDF: "application/pdf",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
