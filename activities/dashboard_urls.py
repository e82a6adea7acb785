from django.urls import path

from . import comparison, dashboards

app_name = "priorities"
urlpatterns = [
    path("", dashboards.list_priorities, name="list"),
    path("compare/", comparison.compare, name="compare"),
    path("<str:period>/", dashboards.programme, name="programme"),
    path("<str:period>/commitments/", dashboards.commitments, name="commitments"),
    path("<str:period>/<slug:slug>/", dashboards.detail, name="detail"),
]
