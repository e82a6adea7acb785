from django.urls import path

from .views import themes

app_name = "themes"
urlpatterns = [
    path("", themes.theme_list, name="list"),
    path("<slug:code>/", themes.theme, name="detail"),
]
