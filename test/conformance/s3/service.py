"""moto's S3 on this machine, for as long as a test runs, and the proxy that breaks exchanges with it.

`python service.py COMMAND...` runs a command with the environment of one (AWS_ENDPOINT_URL, keys, ...).
"""

import contextlib
import os
import pathlib
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret",
        "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait_for(port, child):
    for _ in range(300):
        if child.poll() is not None:
            sys.exit(f"{child.args} ended with {child.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{child.args} does not answer on port {port}")


@contextlib.contextmanager
def _running(arguments, port):
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, child)
        yield port
    finally:
        child.terminate()
        child.wait()


def moto():
    """Context: the port of a new, empty service."""
    port = free_port()
    server = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    return _running(server, port)


def faulty(upstream, share, seed=None):
    """Context: the port of a proxy that breaks that share of exchanges."""
    seed = random.randrange(1 << 30) if seed is None else seed
    print(f"faults: {share} of exchanges, seed {seed}", flush=True)
    port = free_port()
    return _running([sys.executable, str(HERE / "faulty_proxy.py"), str(port), str(upstream),
                     str(share), str(seed)], port)


def url(port):
    return f"http://127.0.0.1:{port}"


def environment(port):
    """What programs need to reach the service. Nothing of this machine's own AWS settings."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return mine | KEYS | {"AWS_ENDPOINT_URL": url(port), "AWS_CONFIG_FILE": "/nonexistent",
                          "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "NO_PROXY": "127.0.0.1"}


def make_bucket(port, name):
    request = urllib.request.Request(f"{url(port)}/{name}", method="PUT", headers={
        "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20240101/us-east-1/s3/aws4_request, "
                         "SignedHeaders=host, Signature=0"})
    with contextlib.closing(urllib.request.urlopen(request, timeout=10)):
        pass


if __name__ == "__main__":
    with moto() as at:
        sys.exit(subprocess.run(sys.argv[1:], env=environment(at)).returncode)
