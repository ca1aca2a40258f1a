#!/usr/bin/env python3
"""The stores' conformance suite on moto's S3: as it is, and while exchanges with it break.

usage: store.py    (with the program in WEIR, or build/weir; the suite is built beside it)
"""

import os
import pathlib
import subprocess

import service

WEIR = pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve()
SUITE = WEIR.parent / "src/weir/io/io_test"


def run(port):
    subprocess.run([SUITE, "--gtest_filter=StoreConformanceTest/S3Service.*", "--gtest_brief=1"],
                   check=True, timeout=600,
                   env=service.environment(port) | {"WEIR_TEST_S3": service.url(port)})


with service.moto() as moto:
    run(moto)
    with service.faulty(moto, 0.1) as proxy:
        run(proxy)
