#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Raw frames at one interface, with the tags that were on the wire.

    frames.py IFACE send HEX...                     send these frames; `-`: those on standard input
    frames.py IFACE listen [-n N] [-t S] [-e TYPE]  print received frames as hex, one a line, with
                           [--stamp]                the time in seconds before it, as the kernel
                                                    tells it
    frames.py IFACE sources                         count received frames until SIGTERM and
                                                    0.3 s without one; prints
                                                    {"source EtherType": number} as JSON
    frames.py IFACE arp [-t S] [--tag TPID:VID]... --from IP TARGET
                                                    ask by ARP (Scapy) behind these tags; prints the
                                                    answer as JSON; status 1 when there is none
                                                    or it has other tags
    frames.py IFACE ping [-t S] [--tag TPID:VID]... --from IP --mac MAC TARGET
                                                    the same with an ICMP echo request
    frames.py IFACE latency [-n N] --from IP TARGET ask by ARP N times after random silences; prints
                                                    the answers' times as JSON; status 1 when one
                                                    is missing

A frame the interface itself sent is never printed. -e compares the type behind all tags. The
kernel takes the outermost tag out of a received frame; PACKET_AUXDATA tells it and it is put back.
"""

import argparse
import errno
import json
import os
import random
import signal
import socket
import statistics
import struct
import sys
import time

SOL_PACKET, PACKET_AUXDATA, ETH_P_ALL, PACKET_OUTGOING = 263, 8, 3, 4
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
AUXDATA = struct.Struct("IIIHHHH")  # status, len, snaplen, mac, net, vlan_tci, vlan_tpid
PATIENCE = 10 * float(os.environ.get("TIME_SCALE", 1))
TPIDS = (0x8100, 0x88A8)


def open_interface(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)  # whoever reads may have to wait
    s.bind((name, ETH_P_ALL))  # nothing is received before this
    return s


def receive(s):
    """One frame as it was on the wire, or None for one that this host sent."""
    return receive_stamped(s)[0]


def receive_stamped(s):
    """The same, and when it came if the socket was asked to tell (SO_TIMESTAMPNS)."""
    frame, ancillary, _, address = s.recvmsg(65536, 256)
    stamp = None
    if address[2] == PACKET_OUTGOING:
        return None, None
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("ll", data[:16])
            stamp = seconds + nanoseconds / 1e9
        if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
            continue
        status, _, _, _, _, tci, tpid = AUXDATA.unpack(data[: AUXDATA.size])
        if status & TP_STATUS_VLAN_VALID:
            if not status & TP_STATUS_VLAN_TPID_VALID:
                tpid = 0x8100
            frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame, stamp


def tags_and_type(frame):
    tags, at = [], 12
    while len(frame) >= at + 4 and struct.unpack_from("!H", frame, at)[0] in TPIDS:
        tpid, tci = struct.unpack_from("!HH", frame, at)
        tags.append((tpid, tci & 0xFFF))
        at += 4
    return tags, struct.unpack_from("!H", frame, at)[0] if len(frame) >= at + 2 else None


def received(s, seconds, receive=receive):
    """Frames until the time is over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            frame = receive(s)
        except TimeoutError:
            return
        except OSError as error:  # the interface went down: it may come up again
            if error.errno != errno.ENETDOWN:
                raise
            continue
        if frame is not None:
            yield frame


def show(s, args):
    count = 0
    if args.stamp:
        s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    for frame, at in received(s, args.time, receive_stamped):
        if frame is None:
            continue
        if args.ethertype is not None and tags_and_type(frame)[1] != args.ethertype:
            continue
        stamp = f"{at:.3f} " if args.stamp else ""
        print(stamp + frame.hex(), flush=True)
        count += 1
        if count == args.number:
            return 0
    return 1 if args.number else 0


def sources(s, args):
    counts, ended = {}, []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    print("ready", flush=True)
    silent = False
    while not (ended and silent):
        silent = True
        for frame in received(s, 0.3):
            silent = False
            key = f"{frame[6:12].hex(':')} {tags_and_type(frame)[1] or 0:#06x}"
            counts[key] = counts.get(key, 0) + 1
    print(json.dumps(counts), flush=True)


def send(s, frames):
    for frame in sys.stdin.read().split() if frames == ["-"] else frames:
        s.send(bytes.fromhex(frame))


def tagged(src, dst, tags, ethertype):
    from scapy.layers.l2 import Dot1Q, Ether

    frame = Ether(src=src, dst=dst)
    for tpid, vid in tags:
        frame.lastlayer().type = tpid
        frame = frame / Dot1Q(vlan=vid)
    frame.lastlayer().type = ethertype
    return frame


def exchange(s, args, request, match):
    """Send the request; show the first answer that `match` takes for one, and compare its tags."""
    s.send(bytes(request))
    for raw in received(s, args.time):
        tags, ethertype = tags_and_type(raw)
        shown = match(ethertype, raw[14 + 4 * len(tags) :])
        if shown is None:
            continue
        dst, src = (":".join(f"{o:02x}" for o in raw[at : at + 6]) for at in (0, 6))
        tags_shown = [f"{tpid:#06x}:{vid}" for tpid, vid in tags]
        print(json.dumps({"dst": dst, "src": src, "tags": tags_shown, **shown, "len": len(raw)}))
        return 0 if tags == args.tag else 1
    return 1


def arp(s, args):
    from scapy.layers.l2 import ARP

    mac = s.getsockname()[4].hex(":")
    request = tagged(mac, "ff:ff:ff:ff:ff:ff", args.tag, 0x0806)
    request = request / ARP(op=1, hwsrc=mac, psrc=getattr(args, "from"), pdst=args.target)

    def match(ethertype, payload):
        if ethertype != 0x0806:
            return None
        answer = ARP(payload)
        if answer.op != 2 or answer.psrc != args.target:
            return None
        shown = {name: getattr(answer, name) for name in ("hwsrc", "psrc", "hwdst", "pdst")}
        return {**shown, "padding": payload[28:].hex()}

    return exchange(s, args, request, match)


def ping(s, args):
    from scapy.layers.inet import ICMP, IP

    request = tagged(s.getsockname()[4].hex(":"), args.mac, args.tag, 0x0800)
    request = request / IP(src=getattr(args, "from"), dst=args.target) / ICMP(id=77) / b"burstline"

    def match(ethertype, payload):
        answer = IP(payload) if ethertype == 0x0800 else None
        if answer is None or answer.src != args.target or ICMP not in answer:
            return None
        if answer[ICMP].type != 0 or answer[ICMP].id != 77:
            return None
        return {"from": answer.src, "data": bytes(answer[ICMP].payload)[:9].decode()}

    return exchange(s, args, request, match)


def latency(s, args):
    mac = s.getsockname()[4]
    ours, theirs = (socket.inet_aton(a) for a in (getattr(args, "from"), args.target))
    request = b"\xff" * 6 + mac + struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1)
    request += mac + ours + bytes(6) + theirs + bytes(18)
    times = []
    for i in range(args.number):
        # Now and then a longer silence: after 100 ms the program's naps are the longest.
        time.sleep(random.uniform(0.12, 0.25) if i % 10 == 0 else random.uniform(0.005, 0.03))
        start = time.monotonic()
        s.send(request)
        for raw in received(s, args.time):
            if raw[12:14] == b"\x08\x06" and raw[20:22] == b"\x00\x02" and raw[28:32] == theirs:
                times.append((time.monotonic() - start) * 1000)
                break
    times.sort()
    shown = {
        "asked": args.number,
        "answered": len(times),
        "median_ms": round(statistics.median(times), 3) if times else None,
        "p99_ms": round(times[(len(times) * 99 - 1) // 100], 3) if times else None,
        "max_ms": round(times[-1], 3) if times else None,
    }
    print(json.dumps(shown))
    return 0 if len(times) == args.number else 1


def tag(text):
    tpid, vid = text.split(":")
    return int(tpid, 0), int(vid, 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("iface")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("send", "listen", "sources", "arp", "ping", "latency"):
        command = commands.add_parser(name)
        command.add_argument("-t", "--time", type=float, default=PATIENCE, help="seconds")
        if name in ("listen", "latency"):
            command.add_argument("-n", "--number", type=int, default=0, help="end after N frames")
        if name == "listen":
            command.add_argument("--stamp", action="store_true")
            command.add_argument("-e", "--ethertype", type=lambda text: int(text, 0))
        if name == "send":
            command.add_argument("frame", nargs="+")
        if name in ("arp", "ping"):
            command.add_argument("--tag", type=tag, action="append", default=[])
        if name == "ping":
            command.add_argument("--mac", required=True)
        if name in ("arp", "ping", "latency"):
            command.add_argument("--from", required=True)
            command.add_argument("target")
    args = parser.parse_args()

    with open_interface(args.iface) as s:
        if args.command == "send":
            send(s, args.frame)
        if args.command == "sources":
            sources(s, args)
        if args.command == "listen":
            return show(s, args)
        asks = {"arp": arp, "ping": ping, "latency": latency}
        return asks[args.command](s, args) if args.command in asks else 0


if __name__ == "__main__":
    sys.exit(main())
