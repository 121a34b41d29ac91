#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write the traffic that the bench replays: Ethernet frames, of 60 octets (64 with the FCS) but
for IMIX.

    mkpcap.py KIND OUT.pcap [--reverse] [--frames 1024] [--macs 1]

    KIND       u4 v6 q1 qq arp unknown: frames of one kind
               mix: 40 % u4, 20 % v6, 20 % q1, 15 % qq, 4 % arp, 1 % unknown, shuffled,
               the same order in every file
               imix: u4 of 60, 566 and 1514 octets, 7:4:1 (64, 570 and 1518 with the FCS), shuffled
    --reverse  from host B to host A instead of A to B
    --macs N   N pairs of MAC addresses in random order, another one in each direction; at least
               N frames
"""

import argparse
import ipaddress
import random
import struct

SIZE = 60
HOST_A = ("02:00:00:00:0a:00", "198.18.0.1", "2001:db8::a")
HOST_B = ("02:00:00:00:0b:00", "198.18.1.1", "2001:db8::b")
TAG_100 = struct.pack("!HH", 0x8100, 100)
TAGS_200_300 = struct.pack("!HHHH", 0x88A8, 200, 0x8100, 300)
MIX = {"u4": 40, "v6": 20, "q1": 20, "qq": 15, "arp": 4, "unknown": 1}  # percent
IMIX = {SIZE: 7, 566: 4, 1514: 1}  # frames of twelve
SEED = 22


def ip(text):
    return ipaddress.ip_address(text).packed


def mac(text, i):
    octets = bytes.fromhex(text.replace(":", ""))
    return octets[:2] + i.to_bytes(2, "big") + octets[4:]


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def ipv4_udp(src, dst, i, room):
    total = room - 2
    header = struct.pack("!BBHHHBBH", 0x45, 0, total, i & 0xFFFF, 0, 64, 17, 0)
    header += ip(src[1]) + ip(dst[1])
    udp = struct.pack("!HHHH", 1024 + i % 1024, 9, total - 20, 0)
    return b"\x08\x00" + header[:10] + checksum(header) + header[12:] + udp


def ipv6(src, dst, i, room):
    # No next header: with UDP the frame would be longer than the others.
    header = struct.pack("!IHBB", 6 << 28 | i, 0, 59, 64) + ip(src[2]) + ip(dst[2])
    return b"\x86\xdd" + header


def arp(src, dst, i, room):
    header = struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1)
    return header + mac(src[0], 0) + ip(src[1]) + bytes(6) + ip(dst[1])


def unknown(src, dst, i, room):
    return b"\x88\xb5"  # IEEE 802 local experimental


# Kind: tags, and what follows them from the type field on.
KINDS = {
    "u4": (b"", ipv4_udp),
    "v6": (b"", ipv6),
    "q1": (TAG_100, ipv4_udp),
    "qq": (TAGS_200_300, ipv4_udp),
    "arp": (b"", arp),
    "unknown": (b"", unknown),
}


def frame(kind, src, dst, i, pair, size):
    tags, build = KINDS[kind]
    head = mac(dst[0], pair) + mac(src[0], pair) + tags
    return (head + build(src, dst, i, size - len(head))).ljust(size, b"\0")


def kinds_of(kind, frames):
    """The kind of each frame."""
    if kind != "mix":
        return ["u4" if kind == "imix" else kind] * frames
    kinds = [k for k, percent in MIX.items() for _ in range(round(frames * percent / 100))]
    kinds = (kinds + ["u4"] * frames)[:frames]
    random.Random(SEED).shuffle(kinds)
    return kinds


def sizes_of(kind, frames):
    """The octets of each frame."""
    if kind != "imix":
        return [SIZE] * frames
    twelve = [size for size, n in IMIX.items() for _ in range(n)]
    sizes = (twelve * (frames // len(twelve) + 1))[:frames]
    random.Random(SEED).shuffle(sizes)
    return sizes


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("kind", choices=[*KINDS, "mix", "imix"])
    parser.add_argument("out")
    parser.add_argument("--reverse", action="store_true")
    parser.add_argument("--frames", type=int, default=1024)
    parser.add_argument("--macs", type=int, default=1)
    args = parser.parse_args()
    frames = max(args.frames, args.macs)
    sizes = sizes_of(args.kind, frames)
    pairs = list(range(args.macs))
    random.Random(SEED + args.reverse).shuffle(pairs)
    src, dst = (HOST_B, HOST_A) if args.reverse else (HOST_A, HOST_B)
    with open(args.out, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, kind in enumerate(kinds_of(args.kind, frames)):
            octets = frame(kind, src, dst, i, pairs[i % args.macs], sizes[i])
            f.write(struct.pack("<IIII", 0, i, len(octets), len(octets)) + octets)


main()
