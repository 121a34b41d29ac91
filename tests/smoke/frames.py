#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Raw frames at one interface, with the tags that were on the wire.

    frames.py IFACE send HEX...                     send these frames
    frames.py IFACE listen [-n N] [-t S] [-e TYPE]  print received frames as hex, one a line
    frames.py IFACE exchange [-n N] [-t S] [-e TYPE] HEX...
                                                    listen, send, print what comes back
    frames.py IFACE arp [-t S] [--tag TPID:VID]... --from IP TARGET
                                                    ask by ARP (Scapy) behind these tags; prints the
                                                    answer as JSON; status 1 when there is none
                                                    or it has other tags

A frame the interface itself sent is never printed. -e compares the type behind all tags. The
kernel takes the outermost tag out of a received frame; PACKET_AUXDATA tells it and it is put back.
"""

import argparse
import json
import socket
import struct
import sys
import time

SOL_PACKET, PACKET_AUXDATA, ETH_P_ALL, PACKET_OUTGOING = 263, 8, 3, 4
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
AUXDATA = struct.Struct("IIIHHHH")  # status, len, snaplen, mac, net, vlan_tci, vlan_tpid
TPIDS = (0x8100, 0x88A8)


def open_interface(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.bind((name, ETH_P_ALL))  # nothing is received before this
    return s


def receive(s):
    """One frame as it was on the wire, or None for one that this host sent."""
    frame, ancillary, _, address = s.recvmsg(65536, 256)
    if address[2] == PACKET_OUTGOING:
        return None
    for level, kind, data in ancillary:
        if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
            continue
        status, _, _, _, _, tci, tpid = AUXDATA.unpack(data[: AUXDATA.size])
        if status & TP_STATUS_VLAN_VALID:
            if not status & TP_STATUS_VLAN_TPID_VALID:
                tpid = 0x8100
            frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


def tags_and_type(frame):
    tags, at = [], 12
    while len(frame) >= at + 4 and struct.unpack_from("!H", frame, at)[0] in TPIDS:
        tpid, tci = struct.unpack_from("!HH", frame, at)
        tags.append((tpid, tci & 0xFFF))
        at += 4
    return tags, struct.unpack_from("!H", frame, at)[0] if len(frame) >= at + 2 else None


def received(s, seconds):
    """Frames until the time is over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            frame = receive(s)
        except TimeoutError:
            return
        if frame is not None:
            yield frame


def show(s, args):
    count = 0
    for frame in received(s, args.time):
        if args.ethertype is not None and tags_and_type(frame)[1] != args.ethertype:
            continue
        print(frame.hex(), flush=True)
        count += 1
        if count == args.number:
            return 0
    return 1 if args.number else 0


def send(s, frames):
    for frame in frames:
        s.send(bytes.fromhex(frame))


def arp(s, args):
    from scapy.layers.l2 import ARP, Dot1Q, Ether

    mac = s.getsockname()[4]
    frame = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff")
    for tpid, vid in args.tag:
        frame.lastlayer().type = tpid
        frame = frame / Dot1Q(vlan=vid)
    frame.lastlayer().type = 0x0806
    frame = frame / ARP(op=1, hwsrc=mac, psrc=getattr(args, "from"), pdst=args.target)
    s.send(bytes(frame))
    for raw in received(s, args.time):
        tags, ethertype = tags_and_type(raw)
        if ethertype != 0x0806:
            continue
        answer = ARP(raw[14 + 4 * len(tags) :])
        if answer.op != 2 or answer.psrc != args.target:
            continue
        dst, src = (":".join(f"{o:02x}" for o in raw[at : at + 6]) for at in (0, 6))
        shown = {
            "dst": dst,
            "src": src,
            "tags": [f"{tpid:#06x}:{vid}" for tpid, vid in tags],
            "hwsrc": answer.hwsrc,
            "psrc": answer.psrc,
            "hwdst": answer.hwdst,
            "pdst": answer.pdst,
            "len": len(raw),
        }
        print(json.dumps(shown))
        return 0 if tags == args.tag else 1
    return 1


def tag(text):
    tpid, vid = text.split(":")
    return int(tpid, 0), int(vid, 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("iface")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("send", "listen", "exchange", "arp"):
        command = commands.add_parser(name)
        command.add_argument("-t", "--time", type=float, default=2, help="seconds")
        if name in ("listen", "exchange"):
            command.add_argument("-n", "--number", type=int, default=0, help="end after N frames")
            command.add_argument("-e", "--ethertype", type=lambda text: int(text, 0))
        if name in ("send", "exchange"):
            command.add_argument("frame", nargs="+")
        if name == "arp":
            command.add_argument("--tag", type=tag, action="append", default=[])
            command.add_argument("--from", required=True)
            command.add_argument("target")
    args = parser.parse_args()

    with open_interface(args.iface) as s:
        if args.command in ("send", "exchange"):
            send(s, args.frame)
        if args.command in ("listen", "exchange"):
            return show(s, args)
        return arp(s, args) if args.command == "arp" else 0


sys.exit(main())
