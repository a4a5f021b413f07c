import sys

import anthropic

what = sys.argv[1]
client = anthropic.Anthropic()
question = {"model": "claude-sonnet-4-5", "max_tokens": 200, "messages": [{"role": "user", "content": "hello"}]}

try:
    if what != "stream":
        print(client.messages.create(**question).content[0].text)
    if what != "plain":
        with client.messages.stream(**question) as stream:
            print(stream.get_final_text())
except anthropic.APIError as error:
    sys.exit(str(error))
