"""The rules of the house that a machine can hold; each message says what to do instead."""

import ast
import gettext
import io
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template.loader import get_template

ROOT = Path(__file__).parents[1]
APPS = [name for name in ("blog", "comments") if (ROOT / name).is_dir()]

# What knows a request; all else in an app is the domain and can be called from a shell, an import or a test.
WEB = {
    "admin",
    "context",
    "desk",
    "feeds",
    "forms",
    "middleware",
    "origins",
    "pages",
    "paths",
    "signing_in",
    "sitemaps",
    "templatetags",
    "urls",
    "views",
    "visitors",
}
OF_THE_WEB = ("django.http", "django.contrib.messages", "django.shortcuts", "django.views", "requests")
DRAWERS = {"common", "core", "helper", "helpers", "lib", "misc", "service", "services", "util", "utils"}

# Modules that may import inside a function, each with its reason
LATE = {"apps": "an app is loaded before its models are"}

ASKS_FOR_RELATIONS = {
    "Count",
    "Exists",
    "Prefetch",
    "annotate",
    "get_model",
    "order_by",
    "prefetch_related",
    "select_related",
}

PRODUCTION = {
    "SECRET_KEY": "as long as a secret should be, and with enough different letters in it 0123456789",
    "ALLOWED_HOSTS": "record.example",
    "SITE_URL": "https://record.example",
}


def sources(*places):
    for place in places:
        for path in sorted((ROOT / place).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def templates():
    """(path, the name that Django knows it by) of every template of ours."""
    for place in ("templates", *(f"{app}/templates" for app in APPS)):
        for path in sorted((ROOT / place).rglob("*.*ml")):
            yield path, str(path.relative_to(ROOT / place))


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path):
    """(line, dotted name) of everything a module imports, with relative names spelt out."""
    package = list(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def where(path, line):
    return f"{path.relative_to(ROOT)}:{line}"


def within(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def called(node):
    """The name of what a call calls, without what stands before the dot."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def texts(nodes):
    return [
        (node.lineno, node.value) for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


# Which module knows which


def test_blog_does_not_know_comments():
    found = []
    for path in sources("blog"):
        found += [f"{where(path, line)} {name}" for line, name in imported(path) if within(name, ["comments"])]
        tree = list(ast.walk(parsed(path)))
        # By name, too: "comments.Comment" names the app, "comments__state" goes through a relation.
        named = [(line, text) for line, text in texts(tree) if re.match(r"comments?(\.[A-Z]|__)", text)]
        for node in tree:
            if isinstance(node, ast.Call) and called(node) in ASKS_FOR_RELATIONS:
                named += [(line, text) for line, text in texts(node.args) if re.match(r"-?comments?\b", text)]
        found += [f"{where(path, line)} {text!r}" for line, text in named]
    assert found == []


def test_nobody_hangs_a_name_on_the_models_of_blog():
    """Another app's key to a post has related_name="+": else blog could go back through it, and one day does."""
    found = [
        f"{model.__name__}.{relation.get_accessor_name()}"
        for model in apps.get_app_config("blog").get_models()
        for relation in model._meta.related_objects
        if relation.related_model._meta.app_label != "blog" and not relation.hidden
    ]
    assert found == []


def test_the_discussion_uses_only_models_rendering_and_slips_of_blog():
    """What it shows and where (its own web) may stand on blog's web, and the demo needs both."""
    web = {path for path in sources("comments") if path not in set(domain())}
    open_to_it = ["blog.archiving", "blog.models", "blog.outbox", "blog.rendering", "blog.slips"]
    found = [
        f"{where(path, line)} {name}"
        for path in sources("comments")
        for line, name in imported(path)
        if path not in web and within(name, ["blog"]) and not within(name, open_to_it)
    ]
    assert found == []


def domain():
    for path in sources(*APPS):
        if not WEB.intersection((path.stem, *path.parts)) and "management" not in path.parts:
            yield path


def test_the_domain_knows_no_request():
    found = []
    for path in domain():
        package = path.relative_to(ROOT).parts[0]
        web = [*OF_THE_WEB, *(f"{package}.{name}" for name in WEB)]
        for line, name in imported(path):
            # get_absolute_url is the one thing that a model knows about addresses
            if within(name, web) or (within(name, ["django.urls"]) and name != "django.urls.reverse"):
                found.append(f"{where(path, line)} {name}")
        found += [
            f"{where(path, node.lineno)} takes a request"
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.arg) and node.arg == "request"
        ]
    assert found == []


def uses():
    """{module: the modules of ours that it imports}"""
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sources(*APPS)}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    found = {module: set() for module in modules}
    for module, path in modules.items():
        for _, name in imported(path):
            # What is imported is a module itself, or stands in one
            place = next((place for place in (name, name.rpartition(".")[0]) if place in modules), module)
            found[module] |= {place} - {module}
    return found


def test_modules_do_not_go_round_in_circles():
    TopologicalSorter(uses()).prepare()  # raises CycleError and names the circle


def test_rendering_knows_no_models():
    known, using = set(), uses()
    new = {"blog.rendering"}
    while new:
        known |= new
        new = set().union(*(using[module] for module in new)) - known
    assert "blog.models" not in known, known


# How a module reads


def test_imports_stand_at_the_top():
    found = [
        f"{where(path, inner.lineno)} in {node.name}"
        for path in sources(*APPS, "config")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom) and path.stem not in LATE
    ]
    assert found == []


def test_files_are_named_by_subject():
    found = [
        str(path.relative_to(ROOT))
        for path in sources(*APPS)
        if DRAWERS.intersection((*path.relative_to(ROOT).parts, path.stem))
    ]
    assert found == []


def test_files_and_functions_tell_one_story():
    found = [
        str(path.relative_to(ROOT)) for path in sources(*APPS, "config") if len(path.read_text().splitlines()) > 450
    ]
    found += [
        f"{where(path, node.lineno)} {node.name}"
        for path in sources(*APPS, "config")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    assert found == []


def test_no_error_is_swallowed():
    found = [
        where(path, node.lineno)
        for path in sources(*APPS, "config")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and getattr(node.type, "id", "Exception") in {"Exception", "BaseException"}
        and all(isinstance(statement, ast.Pass) for statement in node.body)
    ]
    assert found == []


# Settings and migrations


def manage(*words, **environment):
    """A command in a process of its own, on production settings, with nothing but this in the environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.base", **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("database", ["sqlite:///nothing.sqlite3", "postgresql://somebody@localhost/nothing"])
def test_production_settings_give_django_nothing_to_warn_of(database):
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION, DATABASE_URL=database)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"])
def test_production_does_not_start_without(name):
    done = manage("check", **PRODUCTION | {name: ""})
    assert done.returncode != 0
    assert name in done.stderr
    assert not [other for other in PRODUCTION if other != name and f"{other} (" in done.stderr]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["record.example", "https://record.example/blog", "ftp://a.example", "https://a b"])
def test_production_does_not_start_with_an_address_that_is_none(address):
    done = manage("check", **PRODUCTION | {"SITE_URL": address})
    assert done.returncode != 0
    assert "SITE_URL is" in done.stderr
    assert "Traceback" not in done.stderr


def test_readers_do_not_wait_for_minutes_once_the_database_is_back():
    done = manage("diffsettings", **PRODUCTION, DATABASE_URL="postgresql://somebody@localhost/nothing")
    assert "'reconnect_timeout': 1" in done.stdout


def test_every_setting_from_the_environment_is_documented():
    named = re.findall(r"""\benv\.\w+\(["'](\w+)""", (ROOT / "config/settings/base.py").read_text(encoding="utf-8"))
    documented = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    assert [name for name in [*PRODUCTION, *named] if f"`{name}`" not in documented] == []
    assert len(named) > 5


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


# Templates and what goes with them


def test_templates_compile():
    for path, name in templates():
        get_template(name)
        text = path.read_text(encoding="utf-8")
        if "{% extends" in text:
            assert text.startswith("{% extends"), f"{name}: extends stands first"
        assert not re.search(r"^\s*{% endblock %}", text, re.M), f"{name}: an endblock on its own line says of what"


def test_templates_have_nothing_inline():
    """The Content-Security-Policy would refuse it."""
    found = []
    for path, name in templates():
        text = path.read_text(encoding="utf-8")
        for what in (
            r"<style\b",
            r"<script\b(?![^>]*\ssrc=)(?![^>]*type=.application/(ld\+)?json)",
            r"<[a-z][^<>]*\sstyle\s*=",
            r"<[a-z][^<>]*\son[a-z]+\s*=",
            r"javascript:",
        ):
            found += [f"{name}: {hit.group()[:80]}" for hit in re.finditer(what, text, re.IGNORECASE)]
    assert found == []


def test_message_files_are_whole():
    for path in ROOT.glob("*/locale/*/LC_MESSAGES/*.po"):
        with path.with_suffix(".mo").open("rb") as compiled:
            gettext.GNUTranslations(compiled)


def static_files_named():
    """(where, the name of a static file) for every one that is named in a template or a module."""
    for path, name in templates():
        for hit in re.finditer(r"""{% static ["']([^"']+)["']""", path.read_text(encoding="utf-8")):
            yield name, hit[1]
    for path in sources(*APPS):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and called(node) == "static":
                yield from ((where(path, line), text) for line, text in texts(node.args))


def test_static_files_that_are_named_are_there():
    """In production a page that names another one ends in an error; in development nobody notices."""
    assert [f"{place}: {name}" for place, name in static_files_named() if not finders.find(name)] == []


def test_scripts_of_one_page_share_no_name():
    """All stand in one scope: a name that two of them declare stops the second one before its first line."""
    named = Counter(
        name
        for script in ("desk", "cite", "keep", "presence", "queue", "notes")
        for name in re.findall(r"^(?:const|let|class|(?:async )?function) (\w+)", _script(script), re.MULTILINE)
    )
    assert [name for name, times in named.items() if times > 1] == []


def _script(name):
    return (ROOT / f"static/desk/{name}.js").read_text()


def test_every_style_of_the_public_pages_is_for_something():
    """Texts have no classes: what no template names is left over from something."""
    style = (ROOT / "static/writethru.css").read_text(encoding="utf-8")
    style = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", style, flags=re.DOTALL)
    used = set()
    for path, name in templates():
        if not name.startswith("admin/"):
            for classes in re.findall(r'class="([^"]*)"', re.sub(r"{%.*?%}", " ", path.read_text(encoding="utf-8"))):
                used |= set(classes.split())
    assert sorted(set(re.findall(r"\.([a-z][\w-]*)", style)) - used) == []


# Of the scripts 2,700 bytes are for films, on pages that link to one.
@pytest.mark.parametrize(("kind", "most"), [("css", 30_000), ("js", 23_000)])
def test_public_pages_are_light(kind, most):
    public = {name for place, name in static_files_named() if not place.startswith(("admin/", *APPS))}
    sizes = {name: Path(finders.find(name)).stat().st_size for name in public if name.endswith(f".{kind}")}
    assert 0 < sum(sizes.values()) < most, sizes
