from django.urls import path

from .views import countries

app_name = "countries"
urlpatterns = [
    path("", countries.country_list, name="list"),
    path("<slug:code>/", countries.country, name="detail"),
]
