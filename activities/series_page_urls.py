from django.urls import path

from .views import series

app_name = "series"
urlpatterns = [
    path("", series.series_list, name="list"),
    path("<slug:code>/", series.series, name="detail"),
]
