#!/usr/bin/env python3
"""The stores' conformance suite on the S3 of moto or MinIO: as it is, and while exchanges with it break.

usage: store.py [moto] [minio]    (with the program in WEIR, or build/weir; the suite is built beside it)
"""

import os
import pathlib
import subprocess
import sys

import service

WEIR = pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve()
SUITE = WEIR.parent / "src/weir/io/io_test"


def run(port):
    subprocess.run([SUITE, "--gtest_filter=StoreConformanceTest/S3Service.*", "--gtest_brief=1"],
                   check=True, timeout=600,
                   env=service.environment(port) | {"WEIR_TEST_S3": service.url(port)})


for name, start in service.named(sys.argv[1:]).items():
    print(name, flush=True)
    with start() as at:
        run(at)
        with service.faulty(at, 0.1) as proxy:
            run(proxy)
