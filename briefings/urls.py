from django.urls import path

from . import exports, views

app_name = "briefings"
urlpatterns = [
    path("", views.briefing_list, name="list"),
    path("export.<str:kind>", exports.briefing_export, name="export"),
    path("special-representatives/", views.representative_list, name="representatives"),
    path("special-representatives/<slug:key>/", views.representative_detail, name="representative"),
    path("<slug:key>/", views.briefing_detail, name="detail"),
]
