"""The dossier of a Council briefing as a file: briefings hold it, reports write it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.context_processors import marking_line
from accounts.requests import signed_in
from briefings.dossier_views import visible_dossier
from briefings.models import DossierVersion
from reports.builders import council_dossier
from reports.choices import CONTENT_TYPES, ReportFormat
from reports.layouts import council_dossier as layout
from reports.renderers import docx, pdf

RENDERERS = {ReportFormat.DOCX.value: docx.render, ReportFormat.PDF.value: pdf.render}
LAYOUTS = {"dossier": layout.lay_out, "summary": layout.lay_out_summary}


@never_cache
@login_required
@require_safe
def dossier_file(request: HttpRequest, key: str, what: str, kind: str) -> HttpResponse:
    """The whole dossier or its summary as a Word or PDF file; `version` in the address takes a delivered one."""
    user, found = signed_in(request), visible_dossier(request, key)
    if kind not in RENDERERS or what not in LAYOUTS:
        raise Http404
    number = request.GET.get("version", "")
    version = None
    if number:
        if not number.isascii() or not number.isdigit() or len(number) > 4:
            raise Http404
        version = get_object_or_404(DossierVersion.objects.visible_to(user), dossier=found, number=int(number))
    facts = council_dossier.build(user, found, version, today=timezone.localdate())
    marking = str(marking_line(user, confidential=facts.confidential))
    content = RENDERERS[kind](LAYOUTS[what](facts, marking=marking))
    audit.note(by=user, verb="download", subject=found, file=f"{what}.{kind}", version=number)
    name = "-".join(filter(None, (found.briefing.key, what, f"v{number}" if number else "")))
    return HttpResponse(
        content,
        content_type=CONTENT_TYPES[ReportFormat(kind)],
        headers={"Content-Disposition": content_disposition_header(True, f"{name}.{kind}") or ""},
    )
