from django.urls import path

from . import dossier_deeds as deeds
from . import dossier_views as dossiers
from . import exports, views
from . import part_views as parts

app_name = "briefings"
urlpatterns = [
    path("", views.briefing_list, name="list"),
    path("export.<str:kind>", exports.briefing_export, name="export"),
    path("new/", parts.briefing_new, name="new"),
    path("special-representatives/", views.representative_list, name="representatives"),
    path("special-representatives/<slug:key>/", views.representative_detail, name="representative"),
    path("<slug:key>/", views.briefing_detail, name="detail"),
    path("<slug:key>/edit/", parts.briefing_edit, name="edit"),
    path("<slug:key>/tasks/new/", parts.task_new, name="task-new"),
    path("<slug:key>/tasks/<int:number>/edit/", parts.task_edit, name="task-edit"),
    path("<slug:key>/tasks/<int:number>/delete/", parts.task_delete, name="task-delete"),
    path("<slug:key>/considerations/new/", parts.consideration_new, name="consideration-new"),
    path("<slug:key>/considerations/<int:number>/edit/", parts.consideration_edit, name="consideration-edit"),
    path("<slug:key>/considerations/<int:number>/delete/", parts.consideration_delete, name="consideration-delete"),
    path("<slug:key>/dossier/", dossiers.dossier, name="dossier"),
    path("<slug:key>/dossier/read/", dossiers.dossier_read, name="dossier-read"),
    path("<slug:key>/dossier/compare/", dossiers.compare, name="dossier-compare"),
    path("<slug:key>/dossier/edit/", parts.dossier_edit, name="dossier-edit"),
    path("<slug:key>/dossier/begin/", deeds.begin, name="dossier-begin"),
    path("<slug:key>/dossier/gather/", deeds.gather, name="dossier-gather"),
    path("<slug:key>/dossier/order/", deeds.propose_order, name="dossier-order"),
    path("<slug:key>/dossier/look/", deeds.look, name="dossier-look"),
    path("<slug:key>/dossier/comments/", deeds.comment, name="comment"),
    path("<slug:key>/dossier/comments/<int:number>/settle/", deeds.settle, name="comment-settle"),
    path("<slug:key>/dossier/versions/<int:number>/", dossiers.version, name="version"),
    path("<slug:key>/dossier/to/<slug:state>/", deeds.move, name="dossier-move"),
    path("<slug:key>/dossier/items/<int:number>/edit/", parts.item_edit, name="item-edit"),
    path("<slug:key>/dossier/items/<int:number>/<slug:deed>/", deeds.item_deed, name="item-deed"),
    path("<slug:key>/dossier/points/new/", parts.point_new, name="point-new"),
    path("<slug:key>/dossier/points/<int:number>/edit/", parts.point_edit, name="point-edit"),
    path("<slug:key>/dossier/points/<int:number>/delete/", parts.point_delete, name="point-delete"),
    path("<slug:key>/dossier/points/<int:number>/<slug:deed>/", deeds.point_deed, name="point-deed"),
]
