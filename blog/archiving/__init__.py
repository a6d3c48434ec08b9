"""The whole site in one file: an archive to leave with, a back-up to come back from.

Both are a ZIP of JSON lines, one file a table, with the media and a checksum for each member. An archive (`tables`)
holds the site in words that another system can read, and nothing private unless it is asked for by name; a back-up
(`everything`) holds all tables as they are, accounts and secrets included.

Keys stay what they are: the address of a comment has its number in it, and the record is hashed over its numbers. Rows
are written straight into their tables, for these rows are the record and not new acts; what they say is checked before
anything is kept (`storing`).
"""
