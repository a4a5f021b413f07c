import sys

import openai

what, api = sys.argv[1:3]
client = openai.OpenAI()
messages = [{"role": "user", "content": "hello"}]

try:
    if api == "chat":
        if what != "stream":
            print(client.chat.completions.create(model="gpt-4.1", messages=messages).choices[0].message.content)
        if what != "plain":
            for chunk in client.chat.completions.create(model="gpt-4.1", messages=messages, stream=True):
                print(chunk.choices[0].delta.content or "", end="")
    else:
        if what != "stream":
            print(client.responses.create(model="gpt-4.1", input="hello").output_text)
        if what != "plain":
            for event in client.responses.create(model="gpt-4.1", input="hello", stream=True):
                if event.type == "response.output_text.delta":
                    print(event.delta, end="")
except openai.APIError as error:
    sys.exit(str(error))
