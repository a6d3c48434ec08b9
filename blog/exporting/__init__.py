"""The way out: what other programs read of a site."""
