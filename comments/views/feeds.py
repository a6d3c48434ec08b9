from django.http import Http404


def of_site(request, **address):
    raise Http404


def of_post(request, **address):
    raise Http404
