from django.http import Http404


def confirm(request, **address):
    raise Http404


def end(request, **address):
    raise Http404
