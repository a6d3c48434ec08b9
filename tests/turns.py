"""The threads of a test's server share one connection to SQLite: two at once would stand in each other's transactions.

Pages ask by themselves every few seconds who else is there, and send what is typed: so each waits for its turn.
"""

from threading import RLock

_turn = RLock()


def one_at_a_time(get_response):
    def answer(request):
        with _turn:
            return get_response(request)

    return answer
