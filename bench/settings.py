"""Production's middleware and caches, over plain HTTP and without a log."""

import os

os.environ.setdefault("SECRET_KEY", "measures only: fifty characters of nothing in particular, as Django asks for")
os.environ.setdefault("ALLOWED_HOSTS", "record.example")
os.environ.setdefault("SITE_URL", "https://record.example")
os.environ.setdefault("SITE_NAME", "The Port Ansel Record")

from config.settings.base import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
SECURE_SSL_REDIRECT = False
MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")  # noqa: F405  (nothing static is asked for)
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
LOGGING["root"]["level"] = "ERROR"  # noqa: F405
SECOND_FACTOR_REQUIRED = False  # who is measured has no device
