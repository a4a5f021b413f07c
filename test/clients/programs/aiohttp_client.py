import asyncio
import os
import sys

import aiohttp

what = sys.argv[1]
base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")


async def ask(session, stream):
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    headers = {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    async with session.post(base + "/chat/completions", json=body, headers=headers) as response:
        text = await response.text()
        if response.status >= 400:
            sys.exit(text)
        print(text)


async def main():
    # Without trust_env it takes no proxy from its environment.
    async with aiohttp.ClientSession(trust_env=True) as session:
        if what != "stream":
            await ask(session, False)
        if what != "plain":
            await ask(session, True)


asyncio.run(main())
