from django.http import Http404


def report(request, **address):
    raise Http404
