"""The API's addresses: each app brings its views, this router names them."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation

from accounts.api import Router
from activities.api import ActivityView, SeriesView
from activities.matrix_api import WhoDoesWhatView
from briefings.api import BriefingView, DevelopmentView, SpecialRepresentativeView
from partners.api import AgreementView, OrganizationView
from priorities.api import (
    CommitmentView,
    CountryView,
    DeliverableView,
    DocumentView,
    FrameworkView,
    IndicatorView,
    MandateFunctionView,
    MandateView,
    PriorityView,
    ProgrammeView,
    SdgTargetView,
    ThemeView,
)

VIEWS = {
    "programmes": ProgrammeView,
    "mandate-functions": MandateFunctionView,
    "priorities": PriorityView,
    "commitments": CommitmentView,
    "deliverables": DeliverableView,
    "indicators": IndicatorView,
    "themes": ThemeView,
    "countries": CountryView,
    "sdg-targets": SdgTargetView,
    "frameworks": FrameworkView,
    "mandates": MandateView,
    "documents": DocumentView,
    "organizations": OrganizationView,
    "agreements": AgreementView,
    "series": SeriesView,
    "activities": ActivityView,
    "who-does-what": WhoDoesWhatView,
    "special-representatives": SpecialRepresentativeView,
    "briefings": BriefingView,
    "developments": DevelopmentView,
}

router = Router()
for name, view in VIEWS.items():
    router.register(name, view, basename=name)


class SchemaView(SpectacularAPIView):
    """The OpenAPI description, as YAML or, for programs that ask for it, JSON."""

    content_negotiation_class = DefaultContentNegotiation


class ConsoleView(SpectacularSwaggerSplitView):
    """The description in Swagger UI, from our own origin and without inline script or style; needs JavaScript."""

    template_name = "api/console.html"
