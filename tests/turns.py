"""The threads of a test's server share one connection to SQLite: two at once would stand in each other's transactions.

Pages ask by themselves every few seconds who else is there, and send what is typed: so each waits for its turn. And
so does who empties the database behind a test: what a page sent last may still be on its way.
"""

from threading import RLock

turn = RLock()


def one_at_a_time(get_response):
    def answer(request):
        with turn:
            return get_response(request)

    return answer
