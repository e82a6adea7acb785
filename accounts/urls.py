from django.contrib.auth.decorators import login_required
from django.urls import path

from . import keeping, saved_view_pages, views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("signed-out/", views.signed_out, name="signed-out"),
    path("session/", keeping.session, name="session"),
    path("unsaved/<int:number>/drop/", keeping.drop, name="drop-unsaved"),
    path("appearance/", views.appearance, name="appearance"),
    path("profile/", views.profile, name="profile"),
    path("password/", login_required(views.PasswordChange.as_view()), name="password-change"),
    path("password/reset/", views.PasswordReset.as_view(), name="password-reset"),
    path("password/reset/sent/", views.PasswordResetSent.as_view(), name="password-reset-sent"),
    path("password/reset/<uidb64>/<token>/", views.PasswordResetConfirm.as_view(), name="password-reset-confirm"),
    path("views/", saved_view_pages.saved_view_list, name="saved-views"),
    path("views/new/<slug:key>/", saved_view_pages.saved_view_new, name="saved-view-new"),
    path("views/<int:pk>/", saved_view_pages.saved_view_edit, name="saved-view-edit"),
    path("views/<int:pk>/delete/", saved_view_pages.saved_view_delete, name="saved-view-delete"),
    path("keys/", views.api_keys, name="api-keys"),
    path("keys/new/", views.create_api_key, name="api-key-create"),
    path("keys/<slug:prefix>/", views.api_key, name="api-key"),
    path("keys/<slug:prefix>/rotate/", views.rotate_api_key, name="api-key-rotate"),
    path("keys/<slug:prefix>/revoke/", views.revoke_api_key, name="api-key-revoke"),
]
