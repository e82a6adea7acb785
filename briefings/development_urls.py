from django.urls import path

from . import development_views as views

app_name = "developments"
urlpatterns = [
    path("", views.development_list, name="list"),
    path("new/", views.development_new, name="new"),
    path("<slug:key>/", views.development_detail, name="detail"),
    path("<slug:key>/edit/", views.development_edit, name="edit"),
    path("<slug:key>/return/", views.development_return, name="return"),
    path("<slug:key>/<str:deed>/", views.development_deed, name="deed"),
]
