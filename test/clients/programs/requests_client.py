import os
import sys

import requests

what = sys.argv[1]
base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")


def ask(stream):
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    headers = {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    response = requests.post(base + "/chat/completions", json=body, headers=headers, stream=stream)
    if not response.ok:
        sys.exit(response.text)
    for line in response.iter_lines():
        print(line.decode())


if what != "stream":
    ask(False)
if what != "plain":
    ask(True)
