"""A newspaper that does not exist, and how it comes on to a site. README.md says how to write more of it."""

SOURCE = "demo"  # by this, pieces of the demo are told from a site's own


class Refused(Exception):
    """The demo was not brought in; the message says why, for the person at the keyboard."""
