import json
import os
import sys
import urllib.error
import urllib.request

what = sys.argv[1]
base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")


def ask(stream):
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    request = urllib.request.Request(base + "/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        print(response.read().decode())


try:
    if what != "stream":
        ask(False)
    if what != "plain":
        ask(True)
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())
