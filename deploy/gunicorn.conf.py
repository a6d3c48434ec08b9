"""How gunicorn serves the site: `gunicorn --config deploy/gunicorn.conf.py config.wsgi`.

Never bare: a few dozen slow clients occupy all its workers. `nginx.conf` beside this file stands in front.
"""

import os

bind = "127.0.0.1:8000"  # a port, not a socket: behind a socket every client would have the same (empty) address
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
worker_class = "gthread"
timeout = 30
keepalive = 75  # longer than nginx keeps an idle connection
max_requests = 10_000
max_requests_jitter = 1_000
control_socket_disable = True
