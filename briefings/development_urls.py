from django.urls import URLPattern

app_name = "developments"
urlpatterns: list[URLPattern] = []
