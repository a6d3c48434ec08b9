from django.http import Http404


def changes(request, **address):
    raise Http404


def comment(request, **address):
    raise Http404
