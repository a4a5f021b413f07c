import os
import sys

import httpx

what = sys.argv[1]
base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")


def ask(client, stream):
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    headers = {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    with client.stream("POST", base + "/chat/completions", json=body, headers=headers) as response:
        text = response.read().decode()
        if response.is_error:
            sys.exit(text)
        print(text)


with httpx.Client(timeout=150) as client:
    if what != "stream":
        ask(client, False)
    if what != "plain":
        ask(client, True)
