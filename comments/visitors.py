"""Where a request comes from."""


def address_of(request) -> str:
    """The visitor's internet address; "" where it cannot be known."""
    return request.META.get("REMOTE_ADDR", "")
