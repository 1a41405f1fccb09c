"""Runs MiniStack as the AWS of this machine, mended where it differs from AWS, until its starter lets go.

Usage: emulator.py --state FOLDER --account MANAGEMENT_ACCOUNT_ID --region REGION

Prints one JSON line, {"port", "pid"}, when it serves. Stops, and saves its state, at SIGTERM or at the end of its
standard input, so that it never outlives the process that started it.
"""

import argparse
import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback

# A request that carries this header counts as sent without TLS. All others count as TLS: the emulator speaks plain
# HTTP on the loopback interface, where a policy that asks for TLS would otherwise refuse everything.
PLAIN_HTTP = b"x-emulated-insecure-transport"
LOCK_SECONDS = 20


def lock(state):
    """Holds the state folder: a second emulator waits until the first has saved, then gives up."""
    file = open(os.path.join(state, "lock"), "a+", encoding="utf-8")
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > end:
                file.seek(0)
                sys.exit(f"another emulator (process {file.read().strip()}) uses this state folder: {state}")
            time.sleep(0.1)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def listen():
    """A listening socket on a free port: requests wait in its queue until the emulator serves."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(256)
    return sock


def configure(state, account, region, port, scratch):
    """MiniStack reads its settings from the environment when it is imported."""
    os.environ.update({
        "AUTH": "true", "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "TMPDIR": scratch,
        "MINISTACK_ACCOUNT_ID": account, "MINISTACK_REGION": region,
        "PERSIST_STATE": "1", "STATE_DIR": os.path.join(state, "services"),
        "S3_PERSIST": "1", "S3_DATA_DIR": os.path.join(state, "s3"),
        "LAMBDA_EXECUTOR": "local", "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0",
        # No Docker: MiniStack would look for containers of its own and remove them.
        "DOCKER_HOST": "unix:///nonexistent",
    })
    tempfile.tempdir = scratch


def mend():
    """The modules beside this one, each putting one part of AWS in place."""
    import alarms
    import asynchronous
    import boundaries
    import buckets
    import callers
    import delegation
    import eventbuses
    import functions
    import keys
    import locks
    import logqueries
    import machines
    import mapruns
    import membership
    import metrics
    import queues
    import replication
    import reports
    import schedules
    import signing
    import stacksets
    import topics

    for module in (callers, keys, signing, locks, buckets, boundaries, delegation, membership, functions, replication,
                   reports, topics, eventbuses, queues, stacksets, machines, mapruns, metrics, alarms, logqueries,
                   asynchronous, schedules):
        module.mend()


async def answer(send, status, content):
    """Sends a JSON response."""
    body = json.dumps(content).encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


async def read(receive):
    """The whole body of a request."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def control(scope, receive, send):
    """Requests that are not AWS's: `POST /_emulated/seed` takes a plan, `/_emulated/advance` puts the clock forward, `/_emulated/credentials` tells them."""
    import clock
    import credentials
    import seeding

    async def seed(asked):
        return seeding.seed(asked)

    async def advance(asked):
        # what has become due may call back
        return await asyncio.to_thread(clock.advance, asked)

    async def tell(asked):
        return credentials.known(asked)

    requests = {"/_emulated/seed": seed, "/_emulated/advance": advance, "/_emulated/credentials": tell}
    serve_request = requests.get(scope["path"]) if scope["method"] == "POST" else None
    if serve_request is None:
        return await answer(send, 404, {"error": f"only POST is known, to {' and '.join(requests)}"})
    try:
        return await answer(send, 200, await serve_request(json.loads(await read(receive))))
    except (seeding.SeedError, KeyError, ValueError) as error:
        return await answer(send, 400, {"error": f"{type(error).__name__}: {error}"})


def application(aws, serving):
    """The ASGI application: AWS behind what only the emulator has."""
    async def handle(scope, receive, send):
        async def announce(message):
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                serving()

        if scope["type"] == "lifespan":
            return await aws(scope, receive, announce)
        if scope["type"] == "http":
            if scope["path"].startswith("/_emulated/"):
                return await control(scope, receive, send)
            if PLAIN_HTTP not in dict(scope["headers"]):
                scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        return await aws(scope, receive, send)

    return handle


async def serve(sock, serving):
    """Serves until SIGTERM or the end of standard input."""
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config
    from ministack.app import app

    mend()
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)

    def watch_starter():
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch_starter, daemon=True).start()
    config = Config()
    config.bind = [f"fd://{sock.fileno()}"]
    config.graceful_timeout = 1
    config.accesslog = None
    await hypercorn_serve(application(app, serving), config, shutdown_trigger=stop.wait)


def clear_away(scratch):
    """Ends the processes of functions, and removes their code."""
    workers = sys.modules.get("ministack.core.lambda_runtime")
    if workers:
        workers.reset()
    shutil.rmtree(scratch, ignore_errors=True)


def main():
    """Reads the arguments, serves, and leaves nothing running."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--state", "--account", "--region"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    os.makedirs(options.state, exist_ok=True)
    # Standard output is for the one line; all that MiniStack prints is log.
    ready = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    held = lock(options.state)
    sock = listen()
    scratch = tempfile.mkdtemp(prefix="emulated-aws-")
    port = sock.getsockname()[1]
    configure(os.path.abspath(options.state), options.account, options.region, port, scratch)

    def serving():
        print(json.dumps({"port": port, "pid": os.getpid()}), file=ready, flush=True)

    failed = 0
    try:
        asyncio.run(serve(sock, serving))
    except Exception:  # whatever it is, the log must say it before the workers are cleared away
        traceback.print_exc()
        failed = 1
    clear_away(scratch)
    held.close()
    sys.stderr.flush()
    # Threads that wait for a slow function must not keep the process.
    os._exit(failed)


if __name__ == "__main__":
    main()
