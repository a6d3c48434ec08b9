from django.http import Http404


def add(request, **address):
    raise Http404


def mine(request, **address):
    raise Http404
