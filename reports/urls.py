from django.urls import path

from . import views

app_name = "reports"
urlpatterns = [
    path("", views.report_list, name="list"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/download/", views.download, name="download"),
    path("runs/<int:pk>/read/", views.read, name="read"),
    path("runs/<int:pk>/retry/", views.retry, name="retry"),
    path("runs/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("runs/<int:pk>/delete/", views.delete, name="delete"),
    path("schedules/", views.schedules, name="schedules"),
    path("schedules/<int:pk>/pause/", views.pause_schedule, name="pause-schedule"),
    path("schedules/<int:pk>/resume/", views.resume_schedule, name="resume-schedule"),
    path("schedules/<int:pk>/delete/", views.delete_schedule, name="delete-schedule"),
]
