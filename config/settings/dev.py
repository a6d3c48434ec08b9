"""Development: SQLite beside the code, no TLS, errors shown. Never for a public address."""

import os
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "development only: signs nothing that matters, and 50 characters long")
os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
os.environ.setdefault("SITE_NAME", "The Port Ansel Record")
os.environ.setdefault("SITE_TAGLINE", "News and comment from Port Ansel and the Maren valley")
os.environ.setdefault("FOUR_EYES", "off")
os.environ.setdefault("SECOND_FACTOR_REQUIRED", "off")
os.environ.setdefault("EMAIL_URL", f"filemail:///{Path(__file__).resolve().parents[2] / 'var' / 'mail'}")

from .base import *  # noqa: F403

DEBUG = True
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
PROXY_COUNT = 0
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys work at http://localhost, browsers refuse them at 127.0.0.1
