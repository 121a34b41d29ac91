#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""ARP frames to the running program, one by one, and what each must do: the octets of the answer,
the drop reason or none, what is learnt. Each untagged, behind a C-tag, and behind S- and C-tag.

    arp_verdicts.py IFACE INSTANCE OUR_MAC

The program has OURS/16 on interfaces "plain", "c" and "sc" of the port "a", and the static neighbour
STATIC on each. Every case has a sender of its own, so that the table tells at the end what all did.
Prints "N of N" for each stack of tags; status 1 when a case fails.
"""

import socket
import struct
import sys
import time

import telemetry
from frames import PATIENCE, open_interface, receive

OURS, STATIC, STATIC_MAC = "10.77.0.1", "10.77.0.66", bytes.fromhex("0200000000aa")
FIRST = "10.77.250.2"  # asked before, until there was an answer
STACKS = {"plain": "", "c": "81000064", "sc": "88a8b0c88100012c"}
ALL, NOBODY, GROUP = b"\xff" * 6, bytes(6), bytes.fromhex("01005e000001")

CASES = []


def case(name, says, want, learn=None, known=False, **frame):
    """want: "answer", "consume" or a drop reason. learn: None: the sender is not known afterwards;
    "sender": with the MAC address of this frame; "before": with that of the frame before it.
    known: a good request with another MAC address goes before."""
    CASES.append((name, says, want, learn, known, frame))


def good(name, says, **frame):
    case(name, says, "answer", learn="sender", **frame)


RECEIVED = 'RFC 826 "?Do I have the hardware type in ar$hrd?"'
MERGE = 'RFC 826 "Merge_flag"'
BELIEVE = 'RFC 1812 3.3.2 "MUST NOT believe any ARP reply that claims ... broadcast or multicast"'
PROBES = 'RFC 5227 1.1 "ARP Probe": sender address 0'
CONFLICT = "RFC 5227 2.4: sender address ours, hardware address not"

good("A1", 'RFC 826 "?Is the opcode ares_op$REQUEST?": swap, reply')
good("A1", "RFC 826: the target hardware address of a request means nothing", tha=ALL)
good("A1", "RFC 826: the same", tha="ours")
good("A1", "RFC 826: the same", tha=GROUP)
good("A2", "RFC 1122 2.3.2.1: unicast poll", dst="ours")
good("A9", "RFC 894: 46 octets is the network's minimum, not ARP's", length=0)
good("A9", "one octet of padding", length=43)
good("A9", "padding is no part of ARP and never comes back", padding=0xEE)
good("A9", "full length behind two tags", padding=0xEE, length=1492)
good("A17", "RFC 826 knows no Ethernet source: the sender counts (VRRP)", src=b"\2\0\0\0\0\x17")
good("A1", "a known neighbour asks with another address: the last speaker wins", known=True)
case("A3", MERGE + ": no entry, not the target: nothing", "arp_not_ours", tpa="10.77.9.9")
case("A3", MERGE + " before the target", "consume", "sender", True, tpa="10.77.9.9")
case("A41", "RFC 1027 is not on: a foreign target", "arp_not_ours", tpa="203.0.113.9")
case("A41", "the same: our subnet", "arp_not_ours", tpa="10.77.0.2")
case("A10", "reply without a question, unicast: never creates", "consume", op=2, dst="ours")
case("A11", "the same, broadcast", "consume", op=2)
case("A11", MERGE, "consume", "sender", True, op=2, dst="ours")
case("A11", "reply to another host", "arp_not_ours", op=2, tpa="10.77.9.9")
case("A12", "RFC 5227 3: announcement, request", "consume", tpa="self")
case("A12", "announcement, reply", "consume", op=2, tpa="self")
case("A12", "the same of a known one, request", "consume", "sender", True, tpa="self")
case("A12", "the same of a known one, reply", "consume", "sender", True, op=2, tpa="self")
case("A13", "a static entry stays; who asks is answered", "answer", spa=STATIC)
case("A13", "a static entry stays", "consume", op=2, spa=STATIC)
for htype in (0, 2, 6, 7, 24, 32, 256, 65535):
    case("A4", f"{RECEIVED}: {htype}", "arp_unsupported", htype=htype)
for ptype in (0x0806, 0x86DD, 0x0801, 0x0008, 0x1000):
    case("A5", f'RFC 826 "?Do I speak the protocol?": {ptype:#x}', "arp_unsupported", ptype=ptype)
for hlen, plen in (
    (0, 0), (0, 4), (6, 0), (5, 4), (7, 4), (6, 3), (6, 5), (6, 16),
    (8, 4), (20, 4), (4, 6), (255, 4), (6, 255), (134, 132),
):  # fmt: skip
    says = f'RFC 826 "[optionally check ar$hln and ar$pln]": {hlen} {plen}'
    case("A6", says, "arp_unsupported", lengths=(hlen, plen))
for op in (0, 3, 4, 8, 9, 10, 19, 25, 256, 512, 65535):
    case("A7", f"RFC 5494: opcode {op} is not for us", "arp_unsupported", op=op)
for cut in range(1, 28):
    case("A8", f"{cut} octets of 28", "arp_short", cut=cut)
for bad in (ALL, GROUP, NOBODY):
    case("A14", f"{BELIEVE}: {bad.hex()}", "arp_bad_sender", sha=bad)
    case("A14", f"Ethernet source {bad.hex()} (IEEE 802.3 3.2.3)", "arp_bad_sender", src=bad)
    case("A14", f"{BELIEVE}: {bad.hex()}", "arp_bad_sender", sha=bad, op=2, dst="ours")
for spa in (
    "224.0.0.1", "239.255.255.255", "255.255.255.255", "10.77.255.255", "10.77.0.0", "0.0.0.1",
    "127.0.0.1", "127.255.255.255", "240.0.0.1",
):  # fmt: skip
    case("A15", f"RFC 1122 3.2.1.3: {spa} is no host's", "arp_bad_sender", spa=spa)
case("A16", "a foreign subnet, request", "arp_bad_sender", spa="10.78.0.2")
case("A16", "a foreign subnet, reply", "arp_bad_sender", spa="10.78.0.2", op=2, dst="ours")
for tpa in ("255.255.255.255", "224.0.0.1", "0.0.0.0", "127.0.0.1", "10.77.255.255", "10.77.0.0"):
    case("A18", f"nobody answers for {tpa}", "arp_not_ours", tpa=tpa)
case("A19", "to another station's MAC address", "not_for_us", dst=bytes.fromhex("020000000099"))
case("A20", PROBES + ": answered", "answer", spa="0.0.0.0")
case("A20", PROBES + ": answered, unicast too", "answer", spa="0.0.0.0", dst="ours")
case("A21", PROBES + ": of another address", "arp_not_ours", spa="0.0.0.0", tpa="10.77.9.9")
case("A21", "a reply from nobody is no probe", "arp_bad_sender", spa="0.0.0.0", op=2)
case("A22", CONFLICT + ": announcement", "arp_conflict", spa=OURS, tpa=OURS)
case("A22", CONFLICT + ": request", "arp_conflict", spa=OURS, tpa="10.77.9.9")
case("A22", CONFLICT + ": reply", "arp_conflict", spa=OURS, op=2, dst="ours")
case("A23", "our own announcement comes back", "consume", spa=OURS, tpa=OURS, sha="ours", src="ours")
case("A29", "RFC 1042: ARP in SNAP is not taken", "unknown", snap=True)
case("A30", "RFC 903: RARP is not ARP", "unknown", ethertype=0x8035, op=3)
case("A7", "RFC 2390: InARP is not for Ethernet", "arp_unsupported", op=8, dst="ours")


def sender(number, second=False):
    return f"10.77.{number}.2", bytes((2, 0, 0, 2 if second else 1, 0, number))


def mac_of(value, own, ours):
    return {None: own, "ours": ours}.get(value, value)


class Peer:
    def __init__(self, iface, instance, ours):
        self.socket = open_interface(iface)
        self.instance = instance
        self.ours = ours

    def port(self):
        """The port's counters; telemetry gives pages."""
        answer = telemetry.ask(self.instance, "/burstline/ports")
        return next(p for p in telemetry.objects(answer) if p["name"] == "a")

    def packet(self, number, mac, frame):
        spa = sender(number)[0] if frame.get("spa") is None else frame["spa"]
        tpa = frame.get("tpa", OURS)
        hlen, plen = frame.get("lengths", (6, 4))
        packet = struct.pack(
            "!HHBBH", frame.get("htype", 1), frame.get("ptype", 0x0800), hlen, plen, frame.get("op", 1)
        )
        packet += mac_of(frame.get("sha"), mac, self.ours) + socket.inet_aton(spa)
        packet += mac_of(frame.get("tha"), NOBODY, self.ours)
        packet += socket.inet_aton(spa if tpa == "self" else tpa)
        return packet[: frame.get("cut", 28)]

    def build(self, number, tags, mac, frame):
        packet = self.packet(number, mac, frame)
        header = mac_of(frame.get("dst", ALL), ALL, self.ours)
        header += mac_of(frame.get("src"), mac, self.ours) + tags
        if frame.get("snap"):
            packet = b"\xaa\xaa\x03\0\0\0\x08\x06" + packet
            return header + len(packet).to_bytes(2, "big") + packet + bytes(20)
        header += frame.get("ethertype", 0x0806).to_bytes(2, "big")
        length = len(packet) if "cut" in frame else frame.get("length", 46)
        return header + packet.ljust(length, bytes([frame.get("padding", 0)]))

    def answer(self, number, tags, mac, frame):
        spa = sender(number)[0] if frame.get("spa") is None else frame["spa"]
        answer = mac + self.ours + tags + bytes.fromhex("08060001080006040002")
        answer += self.ours + socket.inet_aton(OURS) + mac + socket.inet_aton(spa)
        return answer.ljust(60, b"\0")

    def settled(self, before, sent):
        """The counters once all that was sent has an end."""
        deadline = time.monotonic() + PATIENCE
        while True:
            now = self.port()
            ended = sum(now[f] - before[f] for f in ("sent", "consumed", "dropped"))
            if ended == sent and now["rx"] - before["rx"] == sent:
                return now
            if time.monotonic() > deadline:
                raise SystemExit(f"{sent} frames sent, {ended} have an end: {now}")

    def heard(self, wait):
        """What came, but for announcements of ours: of the start and in defence."""
        frames = []
        self.socket.settimeout(PATIENCE if wait else 0.000001)
        try:
            while True:
                frame = receive(self.socket)
                if frame is None:
                    continue
                at = frame.find(b"\x08\x06\0\x01\x08\0", 12) + 2
                if frame[at + 6 : at + 8] == b"\0\x01" and frame[at + 14 : at + 18] == frame[
                    at + 24 : at + 28
                ]:
                    continue
                frames.append(frame)
                self.socket.settimeout(0.000001)
        except (TimeoutError, BlockingIOError):
            return frames

    def judge(self, number, tags, known, frame, want):
        """What is wrong with this case's end, or None."""
        mac = sender(number)[1]
        if known:
            before = self.port()
            self.socket.send(self.build(number, tags, sender(number, True)[1], {}))
            self.settled(before, 1)
            self.heard(True)
        before = self.port()
        sent = self.build(number, tags, mac, frame)
        self.socket.send(sent)
        after = self.settled(before, 1)
        heard = self.heard(want == "answer")
        drops = [r for r, n in after["drops"].items() if n != before["drops"].get(r, 0)]
        got = drops[0] if drops else "consume" if after["consumed"] != before["consumed"] else "answer"
        wanted = [self.answer(number, tags, mac, frame)] if want == "answer" else []
        if got == want and heard == wanted:
            return None
        said = f"{want} wanted, {got} found\n  sent   {sent.hex()}"
        for frames, word in ((wanted, "wanted"), (heard, "heard ")):
            said += "".join(f"\n  {word} {f.hex()}" for f in frames)
        return said

    def neighbours(self):
        table, first = {}, 0
        while page := telemetry.ask(self.instance, f"/burstline/neighbours,{first}"):
            page = next(iter(page.values()))
            if not page:
                break
            first += len(page)
            for n in page:
                table[n["interface"], n["address"]] = (n["mac"], n["state"])
        return table

    def run(self, iface, tags):
        wrong = {}
        expected = {(iface, STATIC): (STATIC_MAC.hex(":"), "static")}
        for number, (_, _, want, learn, known, frame) in enumerate(CASES, 1):
            found = self.judge(number, tags, known, frame, want)
            if found is not None:
                wrong[number] = found
            if learn is not None:
                mac = sender(number, learn == "before")[1]
                expected[iface, sender(number)[0]] = (mac.hex(":"), "reachable")
        table = {k: v for k, v in self.neighbours().items() if k[0] == iface}
        table.pop((iface, FIRST), None)
        for key in table.keys() | expected.keys():
            number = int(key[1].split(".")[2])
            if table.get(key) != expected.get(key):
                wrong.setdefault(number, f"{key} is {table.get(key)}, wanted {expected.get(key)}")
        for number, found in wrong.items():
            name, says = CASES[number - 1][:2] if number > 0 else ("A13", "the static neighbour")
            print(f"FAILED {iface} {name} ({says}): {found}")
        print(f"ARP behind {tags.hex() or 'no tag'}: {len(CASES) - len(wrong)} of {len(CASES)}")
        return not wrong


def main():
    peer = Peer(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3].replace(":", "")))
    results = [peer.run(iface, bytes.fromhex(tags)) for iface, tags in STACKS.items()]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
