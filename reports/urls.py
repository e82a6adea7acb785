from django.urls import path

from . import schedule_views, views

app_name = "reports"
urlpatterns = [
    path("", views.report_list, name="list"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/download/", views.download, name="download"),
    path("runs/<int:pk>/read/", views.read, name="read"),
    path("runs/<int:pk>/retry/", views.retry, name="retry"),
    path("runs/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("runs/<int:pk>/delete/", views.delete, name="delete"),
    path("schedules/", schedule_views.schedules, name="schedules"),
    path("schedules/<int:pk>/", schedule_views.schedule, name="schedule"),
    path("schedules/<int:pk>/run/", schedule_views.run_schedule, name="run-schedule"),
    path("schedules/<int:pk>/pause/", schedule_views.pause_schedule, name="pause-schedule"),
    path("schedules/<int:pk>/resume/", schedule_views.resume_schedule, name="resume-schedule"),
    path("schedules/<int:pk>/delete/", schedule_views.delete_schedule, name="delete-schedule"),
    path("unsubscribe/<str:token>/", schedule_views.unsubscribe, name="unsubscribe"),
]
