"""A proxy in front of an HTTP service on this machine, which breaks a share of the exchanges:

    drop     the connection ends before the request arrives
    lose     the request is done, and the connection ends instead of the answer
    busy     503 SlowDown, and nothing is done
    error    the request is done, and the answer is 500 InternalError
    cut      half of the answer's body, and the connection ends
    late     the answer comes a little later

Usage: faulty_proxy.py PORT UPSTREAM_PORT SHARE SEED
"""

import asyncio
import random
import sys

FAULTS = ["drop", "lose", "busy", "error", "cut", "late"]


async def read_message(reader):
    """(head, body) of a request, or None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    try:
        return head, await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def ask(port, head, body):
    """The whole answer of the service."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [line for line in head.split(b"\r\n")
             if line and not line.lower().startswith(b"connection:")]
    writer.write(b"\r\n".join(lines + [b"Connection: close", b"", b""]) + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


def failure(status, reason, code, more=b""):
    body = b"<Error><Code>%s</Code><Message>on purpose</Message></Error>" % code
    return (b"HTTP/1.1 %d %s\r\nContent-Type: application/xml\r\n%sContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (status, reason, more, len(body), body))


async def answer_with(fault, port, head, body, delay):
    """What to send back; None for nothing at all."""
    if fault == "drop":
        return None
    if fault == "busy":
        return failure(503, b"Slow Down", b"SlowDown", b"Retry-After: 0\r\n")
    answer = await ask(port, head, body)
    if fault == "lose":
        return None
    if fault == "error":
        return failure(500, b"Internal Server Error", b"InternalError")
    if fault == "late":
        await asyncio.sleep(delay)
    at = answer.find(b"\r\n\r\n") + 4
    if fault == "cut" and len(answer) > at + 1:
        return answer[:at + (len(answer) - at) // 2]
    return answer


async def serve(listen, upstream, share, seed):
    chance = random.Random(seed)

    async def handle(reader, writer):
        message = await read_message(reader)
        if message is not None:
            fault = chance.choice(FAULTS) if chance.random() < share else None
            try:
                answer = await answer_with(fault, upstream, *message, chance.uniform(0, 0.3))
            except ConnectionError:
                answer = None
            if message[0].startswith(b"HEAD") and answer and fault in ("busy", "error"):
                answer = answer[:answer.find(b"\r\n\r\n") + 4]
            if answer is not None:
                writer.write(answer)
                try:
                    await writer.drain()
                except ConnectionError:
                    pass
        writer.close()  # One exchange a connection keeps faults apart.

    server = await asyncio.start_server(handle, "127.0.0.1", listen)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
