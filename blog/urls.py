"""Addresses for readers. They are kept: what was once printed in a newspaper or a feed leads here for good."""

from django.urls import path

from . import feeds, sitemaps
from .views import archive, changes, corrections, history, lists, posts, previews, search, site, sources, suggesting

app_name = "blog"
urlpatterns = [
    path("", lists.home, name="home"),
    path("archive/", archive.archive, name="archive"),
    path("<year:year>/", archive.year, name="year"),
    path("<year:year>/<two:month>/", archive.month, name="month"),
    path("<year:year>/<two:month>/<two:day>/", archive.day, name="day"),
    path("<year:year>/<two:month>/<two:day>/<name:slug>/", posts.post, name="post"),
    path("<year:year>/<two:month>/<two:day>/<name:slug>/changes/", changes.of_post, name="changes"),
    path("<year:year>/<two:month>/<two:day>/<name:slug>/updates.atom", feeds.updates, name="updates_feed"),
    path("corrections/", corrections.list_of_all, name="corrections"),
    path("corrections/feed.atom", corrections.feed, name="corrections_feed"),
    path("<year:year>/<two:month>/<two:day>/<name:slug>/history/", history.of_post, name="history"),
    path("<year:year>/<two:month>/<two:day>/<name:slug>/correct/", suggesting.of_post, name="correct"),
    path("tags/", lists.tags, name="tags"),
    path("tags/<name:slug>/", lists.tag, name="tag"),
    path("tags/<name:slug>/feed.atom", feeds.tag_atom, name="tag_feed_atom"),
    path("tags/<name:slug>/feed.json", feeds.tag_json, name="tag_feed_json"),
    path("authors/", lists.authors, name="authors"),
    path("authors/<name:slug>/", lists.author, name="author"),
    path("authors/<name:slug>/feed.atom", feeds.author_atom, name="author_feed_atom"),
    path("authors/<name:slug>/feed.json", feeds.author_json, name="author_feed_json"),
    path("stories/", lists.stories, name="stories"),
    path("stories/<name:slug>/", lists.story, name="story"),
    path("sources/", sources.outlets, name="outlets"),
    path("sources/<name:slug>/", sources.outlet, name="outlet"),
    path("search/", search.search, name="search"),
    path("feed.atom", feeds.atom, name="feed_atom"),
    path("feed.json", feeds.json, name="feed_json"),
    path("preview/<uuid:key>/<int:number>/", previews.preview, name="preview"),
    path("healthz", site.healthz, name="healthz"),
    path("robots.txt", site.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap/site.xml", sitemaps.of_site, name="sitemap_of_site"),
    path("sitemap/<year:year>-<two:month>.xml", sitemaps.of_month, name="sitemap_of_month"),
    path("sitemap-news.xml", sitemaps.news, name="news_sitemap"),
    path("<name:slug>/", posts.page, name="page"),
    path("<name:slug>/history/", history.of_page, name="page_history"),
    path("<name:slug>/changes/", changes.of_page, name="page_changes"),
    path("<name:slug>/correct/", suggesting.of_page, name="page_correct"),
]
