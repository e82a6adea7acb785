"""The IATI file of public activities."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from activities import iati


@require_safe
def iati_file(request: HttpRequest) -> HttpResponse:
    """The same for everyone. 503 with the reason until the reporting organization's reference is set."""
    try:
        body = iati.export()
    except iati.NotConfigured as why:
        return HttpResponse(f"{why}\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(body, content_type="application/xml; charset=utf-8")
