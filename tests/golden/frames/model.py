# SPDX-License-Identifier: BSD-3-Clause
"""What `blframe decode` must say of a frame: its contract, written a second time in Python."""

import zlib

ERRORS = ("short_header", "short_vlan", "length_reserved", "length_overrun", "llc_short",
          "snap_short", "short_fcs")
TPIDS = (0x8100, 0x88A8)


def mac(octets):
    return ":".join(f"{o:02x}" for o in octets)


def be16(frame, at):
    return int.from_bytes(frame[at:at + 2], "big")


def flags(frame, vlans):
    dst, src = frame[:6], frame[6:12]
    group = dst[0] & 1
    found = {
        "dst_broadcast": dst == b"\xff" * 6,
        "dst_multicast": group and dst != b"\xff" * 6,
        "dst_link_constrained": dst[:5] == bytes.fromhex("0180c20000") and dst[5] < 16,
        "src_group": src[0] & 1,
        "src_zero": src == bytes(6),
        "vid_reserved": any(t["vid"] == 4095 for t in vlans),
    }
    return [name for name, is_so in found.items() if is_so]


def length_form(out, frame, at):
    """The fields of a frame whose type/length field, before `at`, is a length; or an error."""
    length, present = be16(frame, at - 2), len(frame) - at
    if length > 1500:
        return "length_reserved"
    if length > present:
        return "length_overrun"
    if length < 3:
        return "llc_short"
    llc = frame[at:at + length]
    out["ethertype"] = None
    out["pad_len"] = present - length
    if llc[:2] == b"\xff\xff":
        out["kind"] = "raw8023"
    else:
        out["dsap"], out["ssap"], out["control"] = (f"0x{o:02x}" for o in llc[:3])
        out["kind"] = "llc"
    if llc[:3] == b"\xaa\xaa\x03":
        if length < 8:
            return "snap_short"
        out["kind"] = "snap"
        out["oui"], out["pid"] = mac(llc[3:6]), f"0x{be16(llc, 6):04x}"
        if llc[3:6] == bytes(3) and be16(llc, 6) >= 0x600:
            out["ethertype"] = out["pid"]
        at, length = at + 8, length - 8
    out["payload_offset"], out["payload_len"] = at, length
    return None


def parse(frame, tpids):
    """Fields, or an error."""
    if len(frame) < 14:
        return "short_header"
    vlans, at = [], 12
    while be16(frame, at) in tpids:
        if len(frame) < at + 6:
            return "short_vlan"
        tci = be16(frame, at + 2)
        vlans.append({"tpid": f"0x{be16(frame, at):04x}", "pcp": tci >> 13, "dei": tci >> 12 & 1,
                      "vid": tci & 0xFFF})
        at += 4
    out = {"dst": mac(frame[:6]), "src": mac(frame[6:12]), "vlans": vlans,
           "flags": flags(frame, vlans)}
    kind = be16(frame, at)
    at += 2
    if kind < 0x600:
        return length_form(out, frame, at) or out
    out.update(kind="ethernet2", ethertype=f"0x{kind:04x}", payload_offset=at,
               payload_len=len(frame) - at)
    return out


def decode(frame, tpids=(), fcs=False):
    out = {"len": len(frame)}
    if fcs:
        if len(frame) < 4:
            return {**out, "error": "short_fcs"}
        want = zlib.crc32(frame[:-4]).to_bytes(4, "little")
        out["fcs"] = "ok" if frame[-4:] == want else "bad"
        frame = frame[:-4]
    got = parse(frame, TPIDS + tuple(tpids))
    return {**out, **({"error": got} if isinstance(got, str) else got)}
