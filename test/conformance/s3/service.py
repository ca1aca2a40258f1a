"""moto's S3 or MinIO on this machine, for as long as a test runs, and the proxy that breaks exchanges with it.

`python service.py COMMAND...` runs a command with the environment of moto (AWS_ENDPOINT_URL, keys, ...).
"""

import contextlib
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time

import boto3

HERE = pathlib.Path(__file__).resolve().parent
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret",
        "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
MINIO = HERE.parents[2] / ".cache" / "oracles" / "minio" / "minio"


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
def _running(arguments, port, **settings):
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **settings)
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


@contextlib.contextmanager
def minio():
    """Context: the port of a new, empty MinIO, which `tools/oracles minio` installs."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="minio-") as folder:
        settings = {"HOME": folder, "MINIO_ROOT_USER": KEYS["AWS_ACCESS_KEY_ID"],
                    "MINIO_ROOT_PASSWORD": KEYS["AWS_SECRET_ACCESS_KEY"], "MINIO_BROWSER": "off",
                    "MINIO_UPDATE": "off", "MINIO_CALLHOME_ENABLE": "off"}
        server = [MINIO, "server", "--quiet", "--address", f"127.0.0.1:{port}", f"{folder}/data"]
        with _running(server, port, env=os.environ | settings):
            wait_until_ready(port)
            yield port


SERVICES = {"moto": moto, "minio": minio}


def named(arguments):
    """The services that a test is to run against: those named on its command line, else moto."""
    unknown = set(arguments) - set(SERVICES)
    if unknown:
        sys.exit(f"there is no service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    return {name: SERVICES[name] for name in arguments or ["moto"]}


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


def client(port):
    return boto3.client("s3", endpoint_url=url(port), aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
                        region_name=KEYS["AWS_REGION"])


def wait_until_ready(port):
    """Some answer before they can do anything."""
    for _ in range(300):
        try:
            return client(port).list_buckets()
        except client(port).exceptions.ClientError:
            time.sleep(0.1)
    sys.exit(f"the service on port {port} does not come up")


def make_bucket(port, name):
    client(port).create_bucket(Bucket=name)


if __name__ == "__main__":
    with moto() as at:
        sys.exit(subprocess.run(sys.argv[1:], env=environment(at)).returncode)
