"""Addresses of the calendar and its feeds."""

from django.urls import path

from activities.views import feeds

from . import calendar_page

app_name = "calendar"
urlpatterns = [
    path("", calendar_page.month, name="month"),
    path("activities.ics", feeds.public_feed, name="public-feed"),
    path("feed/", feeds.own_feed, name="own-feed"),
    path("feed/end/", feeds.end_own_feed, name="end-feed"),
    path("feeds/<str:token>/activities.ics", feeds.private_feed, name="private-feed"),
]
