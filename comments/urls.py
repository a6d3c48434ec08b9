"""Addresses of the discussion: what readers send goes to `/comments/`; the thread itself stands on the post's page."""

from django.urls import path

import blog.paths  # noqa: F401 (what the parts of an address may look like)

from .views import feeds, mailing, reading, reporting, returning, writing

app_name = "comments"
urlpatterns = [
    path("comments/on/<int:post_id>/", writing.add, name="add"),
    path("comments/on/<int:post_id>/changes/", reading.changes, name="changes"),
    path("comments/mine/<str:signed>/", returning.mine, name="mine"),
    path("comments/<int:comment_id>/", reading.comment, name="comment"),
    path("comments/<int:comment_id>/report/", reporting.report, name="report"),
    path("comments/mail/<str:token>/", mailing.confirm, name="confirm"),
    path("comments/mail/<str:token>/end/", mailing.end, name="end"),
    path("comments/feed.atom", feeds.of_site, name="feed"),
    path("<year:year>/<two:month>/<two:day>/<name:slug>/comments.atom", feeds.of_post, name="post_feed"),
]
