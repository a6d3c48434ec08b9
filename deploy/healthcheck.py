"""Asks the site in this container whether it is well; ends with an error when it is not."""

import os
import urllib.request

host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip()
urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": host}), timeout=4)
