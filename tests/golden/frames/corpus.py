#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the frames of this folder: NAME.hex, one frame a line, and NAME.args for blframe decode.

The frames are put together from octets here, not by the code under test. NAME.json beside them is
what `blframe decode` must say; it was checked by hand and by agree.py, and is never written by a
script. Run it after a change; `frames_test.sh` fails when the files and this script differ.
"""

import os
import struct
import sys
import zlib

A, B = "020000000001", "020000000002"
BROADCAST = "ffffffffffff"


def octets(*parts):
    return b"".join(bytes.fromhex(p.replace(" ", "")) if isinstance(p, str) else p for p in parts)


def frame(*parts, dst=A, src=B, pad=60):
    f = octets(dst, src, *parts)
    return f + bytes(max(0, pad - len(f)))


def tag(tpid, vid, pcp=0, dei=0):
    return struct.pack("!HH", tpid, pcp << 13 | dei << 12 | vid)


def length(n):
    return struct.pack("!H", n)


def counting(n):
    return bytes(i & 0xFF for i in range(n))


def fcs(f):
    return f + struct.pack("<I", zlib.crc32(f))


def untagged():
    yield frame("0800", counting(46))
    yield frame("0806", dst=BROADCAST)
    yield frame("0600")  # E10
    yield frame("ffff")
    yield frame("0800", pad=14)  # E2
    for n in (15, 46, 59, 61, 64):  # E3
        yield frame("86dd", pad=n)
    for n in (1514, 1515, 1996, 2000, 9014, 9230):  # E5, E6, E7
        yield frame("88b5", counting(n - 14))
    yield fcs(frame("88b5"))  # F7: not asked for, so it is payload
    for t in ("0805", "0842", "22f3", "6003", "8035", "809b", "80f3", "8137", "86dd", "8808", "8809",
              "8847", "8848", "8863", "8864", "886d", "888e", "88a2", "88b5", "88b6", "88cc", "88e3",
              "88e5", "88f7", "8902", "8906", "8914", "893a", "9000", "cccc"):
        yield frame(t)


def addresses():  # E28, E30
    for dst in (BROADCAST, "ffffffffff7f", "feffffffffff", "0180c2000000", "0180c2000001",
                "0180c2000002", "0180c2000003", "0180c200000e", "0180c200000f", "0180c2000010",
                "0180c2000021", "0180c2000100", "01005e000001", "333300000001", "000000000000"):
        yield frame("88b5", dst=dst)
    for src in ("000000000000", "010000000000", BROADCAST, "030000000001", "000000000001"):
        yield frame("88b5", src=src)
    yield frame("88b5", dst=BROADCAST, src=BROADCAST)
    yield frame("88b5", dst="0180c2000000", src="000000000000")
    yield frame("0800", dst="020081000800", src="020088a88100")


def tagged():
    for pcp in range(8):  # E20
        for dei in (0, 1):
            yield frame(tag(0x8100, 100, pcp, dei), "88b5")
    for vid in (0, 1, 2, 4094, 4095):  # E21, E22, E23
        yield frame(tag(0x8100, vid), "88b5")
        yield frame(tag(0x88A8, vid, 7, 1), "88b5")
    for outer in (0x8100, 0x88A8):  # E25
        yield frame(tag(outer, 5), "0800")
        for inner in (0x8100, 0x88A8):
            yield frame(tag(outer, 5, 1), tag(inner, 6, 2, 1), "86dd", pad=68)
    yield frame(tag(0x8100, 5), tag(0x8100, 4095), "0800")
    yield frame(tag(0x8100, 0x100, 4), "0800 8100 0005")  # E28: TCI 8100
    yield frame(tag(0x8100, 0x8A8, 4), "0800")
    yield frame(tag(0x8100, 5), "88b5", counting(1500))  # E5
    yield frame(tag(0x88A8, 5), tag(0x8100, 6), "88b5", counting(1500))
    for n in (3, 4, 8, 375):  # E27
        yield frame(*[tag(0x8100, i % 4094 + 1, i % 8) for i in range(n)], "88b5")
    for tpid in (0x9100, 0x9200, 0x9300):  # E26: not named, so EtherTypes
        yield frame(tag(tpid, 5), tag(0x8100, 6), "0800")


def named():  # E26, named in named.args
    for tpid in (0x9100, 0x9200, 0x9300):
        yield frame(tag(tpid, 5, 3, 1), "88b5")
        yield frame(tag(tpid, 5), tag(0x8100, 6), "88b5", pad=68)
        yield frame(tag(0x8100, 5), tag(tpid, 6), "88b5", pad=68)
        yield frame(tag(tpid, 5), tag(tpid, 6), "88b5", pad=68)
        yield octets(A, B, tag(tpid, 5))
    yield frame("9000")
    yield frame("9400")
    yield frame("9101")


def lengths():
    llc = {
        "424203": 38,  # U format, STP's SAP
        "fefe03": 20,
        "f0f03f": 3,
        "f0f00002": 4,  # I format: a second control octet
        "f0f10114": 10,  # S format
        "aaaa13": 8,  # E18
        "aaab03": 8,
        "abaa03": 8,
        "e0e003": 33,
        "060603": 40,
        "00017f": 46,
    }
    for header, n in llc.items():  # E12, E14
        yield frame(length(n), header)
    yield frame(length(1500), "424203", counting(1497))  # E8
    yield frame(length(46), "424203", counting(43))
    yield frame(length(30), "424203", counting(27), "a5" * 16)  # E12: a trailer
    for pid in ("0800", "0806", "86dd", "0600", "05ff", "0000"):  # E15
        yield frame(length(38), "aaaa03 000000", pid)
    for oui, pid in (("00000c", "2000"), ("00000c", "0111"), ("0080c2", "0007"), ("080007", "809b"),
                     ("0000f8", "0800")):  # E16
        yield frame(length(38), "aaaa03", oui, pid)
    yield frame(length(8), "aaaa03 000000 0800", pad=22)
    yield frame(length(30), "ffff 001e 00 00", "00000000ffffffffffff0453 00000000020000000002 4003")
    yield frame(length(3), "ffff03")
    for t in ([tag(0x8100, 10, 3)], [tag(0x88A8, 100), tag(0x8100, 10)]):  # E29
        yield frame(*t, length(38), "424203")
        yield frame(*t, length(38), "aaaa03 000000 0800")
        yield frame(*t, length(38), "aaaa03 00000c 2000")
        yield frame(*t, length(30), "ffff 001e 00 00")
        yield frame(*t, length(10), "e0e003", pad=80)


def broken():
    whole = frame("0800")
    for n in (0, 1, 6, 11, 12, 13):  # E1
        yield whole[:n]
    two = octets(A, B, tag(0x88A8, 5), tag(0x8100, 6), "0800")
    for n in range(14, 22):  # E24
        yield two[:n]
    for t in ([], [tag(0x8100, 5)], [tag(0x88A8, 5), tag(0x8100, 6)]):  # E9, E11, E13, E17, E29
        yield frame(*t, length(1501))
        yield frame(*t, length(1535))
        yield frame(*t, length(1535), counting(1600))
        yield frame(*t, length(47), "424203", pad=0)
        yield frame(*t, length(1500), "424203")
        yield frame(*t, length(1), pad=0)
        for n in range(3):
            yield frame(*t, length(n), "ffff")
        yield frame(*t, length(3), "aaaa03")
        yield frame(*t, length(7), "aaaa03 000000 08")


def with_fcs():  # F1, F4, F6; --fcs in fcs.args
    for f in (frame("0800", counting(46)), frame("88b5", pad=14), frame(tag(0x8100, 5), "0800", pad=64),
              frame(length(38), "424203"), frame(length(46), "424203", counting(43)),
              frame("88b5", counting(1500))):
        good = fcs(f)
        yield good
        yield good[:-1] + bytes([good[-1] ^ 0x80])
        yield good[:-4] + good[:-5:-1]  # the octets the wrong way round
        yield good[:20] + bytes([good[20] ^ 1]) + good[21:] if len(good) > 24 else good[:-4] + bytes(4)
    yield fcs(frame(length(47), "424203", counting(43)))  # the FCS is no payload: overrun
    for n in range(4):
        yield bytes(n)
    for n in range(14):  # 4 to 17 octets: checked, then too short
        yield fcs(bytes(n))
    yield bytes(range(17))


# Name: frames and arguments of decode. `text` is lines as people and tools write them.
SETS = {
    "untagged": (untagged, ""),
    "addresses": (addresses, ""),
    "tagged": (tagged, ""),
    "named": (named, "--tpid 0x9100,0x9200 --tpid 0x9300"),
    "lengths": (lengths, ""),
    "broken": (broken, ""),
    "fcs": (with_fcs, "--fcs"),
}


def files():
    for name, (frames, args) in SETS.items():
        yield f"{name}.hex", "".join(f.hex() + "\n" for f in frames())
        if args:
            yield f"{name}.args", args + "\n"


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, text in files():
        with open(os.path.join(folder, name), "w", encoding="ascii") as f:
            f.write(text)


if __name__ == "__main__":
    main()
