"""The addresses under which staff sign in and look after their accounts: what is needed of allauth, and no more."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as keys
from django.urls import path, re_path

from blog.views import accounts
from blog.views.accounts import entrance, own

urlpatterns = [
    path("sign-in/", entrance(accounts.SignIn.as_view()), name="account_login"),
    path("sign-in/code/", entrance(factors.authenticate), name="mfa_authenticate"),
    path("sign-in/passkey/", entrance(keys.login_webauthn), name="mfa_login_webauthn"),
    path("sign-out/", entrance(account.logout), name="account_logout"),
    path("password/lost/", entrance(account.password_reset), name="account_reset_password"),
    path("password/lost/sent/", entrance(account.password_reset_done), name="account_reset_password_done"),
    path(
        "password/chosen/", entrance(account.password_reset_from_key_done), name="account_reset_password_from_key_done"
    ),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[0-9A-Za-z-]{1,200})/$",
        entrance(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("password/", own(accounts.NewPassword.as_view()), name="account_change_password"),
    path("again/", own(account.reauthenticate), name="account_reauthenticate"),
    path("again/code/", own(factors.reauthenticate), name="mfa_reauthenticate"),
    path("again/passkey/", own(keys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("", own(factors.index), name="mfa_index"),
    path("app/", own(app.activate_totp), name="mfa_activate_totp"),
    path("app/remove/", own(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("codes/", own(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("codes/new/", own(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("codes/file/", own(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("passkeys/", own(accounts.passkeys), name="mfa_list_webauthn"),
    path("passkeys/add/", own(keys.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/name/", own(keys.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", own(accounts.RemovePasskey.as_view()), name="mfa_remove_webauthn"),
]
