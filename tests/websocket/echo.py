"""Python's websockets in peers.test.mjs: `echo.py serve` prints the port of a server that echoes;
`echo.py talk URL` talks to one."""
import asyncio
import sys

import websockets


async def echo(socket, *_):
    async for message in socket:
        await socket.send(message)


async def serve():
    async with websockets.serve(echo, "127.0.0.1", 0, subprotocols=["echo.v1"], compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


async def talk(url):
    # It offers permessage-deflate, which is not agreed to.
    async with websockets.connect(url, subprotocols=["other", "echo.v1"]) as socket:
        assert socket.subprotocol == "echo.v1", socket.subprotocol
        for size in 0, 1, 125, 126, 65535, 65536, 200000:
            for message in "x" * size, b"\xff" * size:
                await socket.send(message)
                assert await socket.recv() == message
        await socket.send(["in ", "pieces, ", "gr\u00fc\u00df"])
        assert await socket.recv() == "in pieces, gr\u00fc\u00df"
        await (await socket.ping())
        await socket.close(3210, "that was all")
        assert socket.close_code == 3210, socket.close_code


asyncio.run(serve() if sys.argv[1] == "serve" else talk(sys.argv[2]))
