from django.urls import path

from . import development_entry as entry
from . import development_views as views
from . import exports

app_name = "developments"
urlpatterns = [
    path("", views.development_list, name="list"),
    path("export.<str:kind>", exports.development_export, name="export"),
    path("new/", entry.development_new, name="new"),
    path("new/keep/", entry.keep_new, name="keep-new"),
    path("<slug:key>/", views.development_detail, name="detail"),
    path("<slug:key>/edit/", entry.development_edit, name="edit"),
    path("<slug:key>/keep/", entry.keep_edit, name="keep"),
    path("<slug:key>/return/", views.development_return, name="return"),
    path("<slug:key>/<str:deed>/", views.development_deed, name="deed"),
]
