"""Where each address leads."""

from django.contrib import admin
from django.urls import include, path, re_path

from accounts.api_problems import NothingHere
from activities.views.iati import iati_file

from . import api, api_docs, dossier_file, health, matrix_document, overview, search

handler500 = "accounts.api_problems.server_error"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("public/", overview.public, name="public"),
    path("public/iati.xml", iati_file, name="iati"),
    path("search/", search.search, name="search"),
    path("", include("priorities.urls")),
    path("priorities/", include("activities.dashboard_urls")),
    path("series/", include("activities.series_urls")),
    path("countries/", include("activities.country_urls")),
    path("themes/", include("activities.theme_urls")),
    path("series/", include("activities.series_page_urls")),
    path("activities/", include("activities.urls")),
    path("partners/matrix/export.docx", matrix_document.matrix_document, name="matrix-document"),
    path("partners/", include("activities.partner_urls")),
    path("briefings/", include("briefings.urls")),
    path("briefings/<slug:key>/dossier/<slug:what>.<str:kind>", dossier_file.dossier_file, name="dossier-file"),
    path("developments/", include("briefings.development_urls")),
    path("calendar/", include("unrcca_portal.calendar_urls")),
    path("reports/", include("reports.urls")),
    path("accounts/", include("accounts.urls")),
    path("health/", health.health, name="health"),
    path("api/v1/", include((api.router.urls, "api"))),
    path("api/v1/schema/", api.SchemaView.as_view(), name="api-schema"),
    path("api/v1/docs/", api_docs.docs, name="api-docs"),
    path("api/v1/docs/<slug:name>/", api_docs.docs_of, name="api-docs-of"),
    path("api/v1/console/", api.ConsoleView.as_view(url_name="api-schema"), name="api-console"),
    re_path("^api/v1/.*/$", NothingHere.as_view()),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
