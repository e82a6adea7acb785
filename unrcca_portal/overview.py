"""The first page: what the reader's day starts with."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "overview.html")


def public(request: HttpRequest) -> HttpResponse:
    return render(request, "public.html")
