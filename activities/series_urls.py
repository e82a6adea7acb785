"""Addresses at which managers edit the series."""

from django.urls import path

from .views import series_editing

app_name = "series-editing"
urlpatterns = [
    path("new/", series_editing.series_new, name="new"),
    path("<slug:code>/edit/", series_editing.series_edit, name="edit"),
]
