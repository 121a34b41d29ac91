#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write the golden frames as inputs of the fuzz targets: seeds.py FOLDER.

As lines of hex behind one octet of options (decode), and as octets behind as many octets as the
targets eat as fields: 2 (ether_parse), 20 (ether_tags), 44 (ether_build).
"""

import pathlib
import sys

MAX = 2048
FIELDS = (2, 20, 44)


def seeds():
    golden = pathlib.Path(__file__).resolve().parent.parent / "golden" / "frames"
    for path in sorted(golden.glob("*.hex")):
        for line in path.read_text(encoding="ascii").splitlines():
            yield b"\0" + line.encode()
            try:
                frame = bytes.fromhex(line)
            except ValueError:
                continue
            for n in FIELDS:
                yield bytes(n) + frame


def main():
    folder = pathlib.Path(sys.argv[1])
    for i, seed in enumerate(seeds()):
        if len(seed) <= MAX:
            (folder / f"golden-{i}").write_bytes(seed)


main()
