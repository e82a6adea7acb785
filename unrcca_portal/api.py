"""The API's addresses: each app brings its views, this router names them."""

from rest_framework.routers import DefaultRouter

router = DefaultRouter()
