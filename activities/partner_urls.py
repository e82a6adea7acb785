from django.urls import path

from . import partner_pages

app_name = "partners"
urlpatterns = [
    path("", partner_pages.list_organizations, name="list"),
    path("<slug:code>/", partner_pages.organization, name="detail"),
]
