"""Asks the site for its pages: through all of its middleware and views, without a server in between."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import caches
from django.core.handlers.base import BaseHandler
from django.test import RequestFactory


@dataclass(frozen=True)
class Answer:
    """What a reader without an account is given."""

    status: int
    body: bytes
    content_type: str
    location: str = ""

    @property
    def is_html(self) -> bool:
        return self.content_type.startswith("text/html")


class Reader:
    """Somebody who is signed in nowhere and comes to the site by its own name."""

    def __init__(self):
        site = urlsplit(settings.SITE_URL)
        self._secure = site.scheme == "https"
        self._requests = RequestFactory(headers={"host": site.netloc})
        # A proxy that stands before the site says so in production.
        self._said = {"HTTP_X_FORWARDED_PROTO": "https"} if self._secure else {}
        self._handler = BaseHandler()
        self._handler.load_middleware()

    def ask(self, address: str) -> Answer:
        """Raises whatever a view raises: a page that cannot be made is no page to leave out."""
        request = self._requests.get(address, secure=self._secure, **self._said)
        response = self._handler.get_response(request)
        body = b"".join(response) if response.streaming else response.content
        # Not closed: that would end the connection to the database with each page, as behind a server.
        caches["pages"].clear()  # each is asked for once
        return Answer(
            response.status_code, body, response.headers.get("Content-Type", ""), response.headers.get("Location", "")
        )
