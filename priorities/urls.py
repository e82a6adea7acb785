"""Addresses at which managers edit the programme of action and the themes."""

from django.urls import path

from .views import programmes, structure, themes

app_name = "editing"
urlpatterns = [
    path("priorities/structure/", structure.current, name="current"),
    path("priorities/new/", programmes.programme_new, name="programme-new"),
    path("priorities/<str:period>/edit/", programmes.programme_edit, name="programme"),
    path("priorities/<str:period>/structure/", structure.structure, name="structure"),
    path("priorities/<str:period>/remove/", structure.programme_remove, name="programme-remove"),
    path("priorities/<str:period>/add/", structure.priority_new, name="priority-new"),
    path("priorities/<str:period>/deliverables/new/", structure.line_new, name="line-new"),
    path("priorities/<str:period>/deliverables/<str:code>/", structure.line_edit, name="line"),
    path("priorities/<str:period>/commitments/<str:code>/", structure.commitment_edit, name="commitment"),
    path("priorities/<str:period>/parts/<slug:kind>/<str:key>/move/", structure.part_move, name="move"),
    path("priorities/<str:period>/parts/<slug:kind>/<str:key>/remove/", structure.part_remove, name="remove"),
    path("priorities/<str:period>/<slug:slug>/edit/", structure.priority_edit, name="priority"),
    path("priorities/<str:period>/<slug:slug>/commitments/new/", structure.commitment_new, name="commitment-new"),
    path("priorities/<str:period>/<slug:slug>/indicators/new/", structure.indicator_new, name="indicator-new"),
    path("priorities/<str:period>/<slug:slug>/indicators/<str:code>/", structure.indicator_edit, name="indicator"),
    path("themes/new/", themes.theme_new, name="theme-new"),
    path("themes/<slug:code>/edit/", themes.theme_edit, name="theme"),
]
