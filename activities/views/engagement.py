"""Which partners are engaged, when and under which priority: a table, darker where more was held together."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.charts.files import asked_file
from accounts.lists import address_with
from activities.engagement_table import engagement_table
from activities.scope import ScopeForm

PARTNERS_SHOWN = 40


@require_safe
def partner_engagement(request: HttpRequest) -> HttpResponseBase:
    """Partners by quarter; by priority where the address asks for it (`?by=priority`)."""
    form = ScopeForm(request)
    by_priority = request.GET.get("by") == "priority"
    table = engagement_table(form.scope, request.user, by_priority=by_priority)
    chart = table.chart(form.scope, by_priority=by_priority)
    file = asked_file(request, [chart])
    if file is not None:
        return file
    context = {
        "form": form,
        "scope": form.scope,
        "keep": [("by", "priority")] if by_priority else [],
        "by_priority": by_priority,
        "quarters_url": address_with(request, by=""),
        "priorities_url": address_with(request, by="priority"),
        "table": table,
        "page": Paginator(table.rows, PARTNERS_SHOWN).get_page(request.GET.get("page")),
        "files": [(kind.upper(), address_with(request, chart=chart.name, **{"as": kind})) for kind in FILES],
    }
    return render(request, "partners/engagement.html", context)


FILES = ("svg", "png", "csv")
