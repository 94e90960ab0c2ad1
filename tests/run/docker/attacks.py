"""Attacks on the Docker API, as rows. tests/run/docker/attack carries them out.

Each row is tried on the bare engine first, where its effect must be seen: a file of the host
that was read or written, a stranger's container that ended, a tag that moved. Then it goes
through the broker, which must answer as the row says, without the effect:

  refused    a status of 4xx with a reason that begins "cofferdam: "
  hidden     404, as if the object were not there
  harmless   answered, but with the forced value or without what is not the run's own

A row whose `bare` is set cannot work on the engine of this machine, and says why.
In words: $DIR a directory of the host ($DIR/secret holds the canary, $DIR/drop is open),
$PORT a service on all of the host's addresses, $BOX the id of the container hostbox ($BOX12,
$BOX4 its beginnings), $SECRET and $FREE ids of images of the host, $ID the last "Id" that an
answer had. The rows follow Docker Engine API v1.41, docs.docker.com/reference/api/engine.
"""
import json
import sys
import time

wire = sys.modules["wire"]
buildkit = sys.modules["buildkit"]

# What the run of these rows is granted.
GRANTS = ("--level", "run", "--base", "base", "--tag", "mine/*")

V = "/v1.41"
CANARY_FILE = "/canary/secret"


class Row:
    def __init__(self, name, steps, effect, broker="refused", bare=None, host=(), undo=(),
                 goes_on=False):
        self.name, self.steps, self.effect, self.broker = name, steps, effect, broker
        self.bare, self.host_steps, self.undo, self.goes_on = bare, host, undo, goes_on
        self.passes = False  # through the broker too, for the value does no harm


# ---- steps: functions of a context that return the answer ----

def ask(method, target, body=None, *headers):
    return lambda c: c.ask(method, target, body, headers)


def get(target):
    return ask("GET", target)


def post(target, body=None, *headers):
    return ask("POST", target, body, *headers)


def need(step):
    """Preparation, which works through the broker too."""
    def needed(context):
        return step(context)
    needed.needed = True
    return needed


def keep(name):
    """Remember $ID under another name."""
    def step(context):
        context.names[name] = context.names.get("ID", "")
    return step


def host(method, target, body=None):
    """On the bare engine in any case: what others do."""
    return lambda c: c.ask(method, target, body, path=c.host.engine)


def raw(*pieces, silence=0.4):
    def step(context):
        context.raw(pieces, silence)
        return context.answers[-1]
    return step


def sh(script, host_config=None, **top):
    """The body of a container that runs a script."""
    body = {"Image": "base:1", "Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "none"}}
    body["HostConfig"].update(host_config or {})
    body.update(top)
    return body


def create(body, query="", *headers):
    return post(V + "/containers/create" + query, body, *headers)


RUN = [post(V + "/containers/$ID/start"), post(V + "/containers/$ID/wait"),
       get(V + "/containers/$ID/logs?stdout=1&stderr=1")]


def run(script, host_config=None, **top):
    return [create(sh(script, host_config, **top)), *RUN]


def own(script="sleep 60", host_config=None):
    """A running container of the attacker's own, in $ID and $OWN."""
    return [need(create(sh(script, host_config))), keep("OWN"), need(post(V + "/containers/$ID/start"))]


def execute(script, where="$OWN", more=None):
    body = {"Cmd": ["sh", "-c", script], "AttachStdout": True, "AttachStderr": True}
    body.update(more or {})
    return [post(V + "/containers/" + where + "/exec", body),
            post(V + "/exec/$ID/start", {"Detach": False, "Tty": False})]


def build(query, files, after=b"", *headers):
    """POST /build; files: {name: text}; after: bytes behind the tar."""
    def step(context):
        # No step may come from the cache: its output would not be seen.
        tar = wire.tar_of({name: context.fill(text.replace("RUN ", "RUN : $NONCE; ")).encode()
                           for name, text in files.items()})
        tar = tar[:4096].ljust(4096, b"\0") if after else tar
        return context.ask("POST", V + "/build?" + query, tar + after,
                           headers or (("Content-Type", "application/x-tar"),))
    return step


def dockerfile(text, query="t=mine/x:1&networkmode=none", after=b"", *headers):
    return build(query, {"Dockerfile": text}, after, *headers)


FORM = ("Content-Type", "application/x-www-form-urlencoded")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=b")
TAR = ("Content-Type", "application/x-tar")


# ---- effects ----

def reads(context):
    """Something of the host came back."""
    return context.host.canary.encode() in context.seen


def shows(*words):
    return lambda c: any(word.encode() in c.seen for word in words)


def writes(context):
    import os
    return bool(os.listdir(context.host.drop))


def called(context):
    """The service on the host's loopback device heard somebody."""
    return bool(context.host.witness.paths)


def resolved(context):
    """The host's resolver heard a name."""
    return any(b"told" in packet for packet in context.host.resolver.packets)


def logged(context):
    try:
        return bool(context.host.log.recv(65536))
    except BlockingIOError:
        return False


def tagged(*names):
    """A name exists that was not there, or it is another image now."""
    def effect(context):
        now = context.host.population()
        keys = [("tag", name if ":" in name else name + ":latest") for name in names]
        return any(now.get(key) not in (None, context.before.get(key)) for key in keys)
    return effect


def labelled(name):
    """An image is there with this label."""
    def effect(context):
        images = context.host.get("/images/json") or []
        return any(name in (image["Labels"] or {}) for image in images)
    return effect


def gone(kind, name):
    """What the host had is there no longer, or under another name."""
    def effect(context):
        lists = {"container": "/containers/%s/json", "volume": "/volumes/%s",
                 "network": "/networks/%s", "image": "/images/%s/json"}
        return context.host.ask("GET", lists[kind] % name).status == 404
    return effect


def box(path, value):
    """hostbox has this value now."""
    def effect(context):
        found = context.host.get("/containers/hostbox/json") or {}
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return found == value
    return effect


def restarted(context):
    """hostbox has started again since."""
    found = context.host.get("/containers/hostbox/json")["State"]["StartedAt"]
    return found != context.names.get("STARTED")


def remember_start(context):
    context.names["STARTED"] = context.host.get("/containers/hostbox/json")["State"]["StartedAt"]


def created_with(path, test):
    """A container was made, and the engine knows it with such a value."""
    def effect(context):
        found = context.host.get("/containers/%s/json" % context.names.get("ID", "none"))
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return found is not None and test(found)
    return effect


def upgraded(context):
    return context.seen.startswith(b"HTTP/1.1 101")


def status_ok(context):
    return bool(context.answers) and 200 <= context.answers[-1].status < 300


def never(_):
    return False


# ---- 2.1 containers/create: what each dangerous field does ----

READ = "cat " + CANARY_FILE
DROP = "echo x > /canary/drop/file"
FOREIGN_VOLUME = "hostvol:/canary"
LOOPBACK = "wget -q -O - http://127.0.0.1:$PORT/"
BIND_OPTIONS = {"Name": "local", "Options": {"type": "none", "o": "bind", "device": "$DIR"}}
DEVICE = {"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"}


def volume_mount(source, **options):
    return {"Mounts": [dict({"Type": "volume", "Source": source, "Target": "/canary"}, **options)]}


CREATE = [
    Row("Binds reads a directory of the host", run(READ, {"Binds": ["$DIR:/canary"]}), reads),
    Row("Binds writes one", run(DROP, {"Binds": ["$DIR:/canary"]}), writes),
    Row("Binds with options", run(READ, {"Binds": ["$DIR:/canary:ro,rprivate"]}), reads),
    Row("Binds of the engine's socket", run("ls /canary", {"Binds": ["$ENGINE_DIR:/canary"]}),
        shows("engine.log")),
    Row("Binds with .. in it", run(READ, {"Binds": ["$DIR/../host:/canary"]}), reads),
    Row("Binds of a volume of others", run(READ, {"Binds": [FOREIGN_VOLUME]}), reads),
    Row("Mounts bind", run(READ, {"Mounts": [
        {"Type": "bind", "Source": "$DIR", "Target": "/canary"}]}), reads),
    Row("Mounts bind, type in folded key", run(READ, {"Mounts": [
        {"tYPE": "bind", "sOURCE": "$DIR", "tARGET": "/canary"}]}), reads),
    Row("Mounts of a volume of others", run(READ, volume_mount("hostvol")), reads),
    Row("Mounts volume whose driver binds", run(READ, volume_mount(
        "fresh", VolumeOptions={"DriverConfig": BIND_OPTIONS})), reads),
    Row("Mounts volume without a name whose driver binds", run(READ, volume_mount(
        "", VolumeOptions={"DriverConfig": BIND_OPTIONS})), reads),
    Row("a volume made with o=bind", [post(V + "/volumes/create", {
        "Name": "sly", "Driver": "local", "DriverOpts": BIND_OPTIONS["Options"]}),
        *run(READ, {"Binds": ["sly:/canary"]})], reads),
    Row("a volume of others made again", [post(V + "/volumes/create", {"Name": "hostvol"}),
        *run(READ, {"Binds": ["hostvol:/canary"]})], reads, "harmless", goes_on=True),
    Row("VolumesFrom others", run("cat /data/secret", {"VolumesFrom": ["hostbox"]}), reads),
    # The engine takes these two even where its own process lacks some of the capabilities
    # and runc gives up: that it has them down is the effect.
    Row("Privileged", run("cat /proc/self/status", {"Privileged": True}),
        created_with("HostConfig.Privileged", bool)),
    Row("CapAdd ALL", run("cat /proc/self/status", {"CapAdd": ["ALL"]}),
        created_with("HostConfig.CapAdd", bool)),
    Row("CapAdd of one, small letters", run("cat /proc/self/status", {"CapAdd": ["cap_sys_admin"]}),
        shows("CapEff:\t00000000a82425fb", "CapEff:\t00000000a02425fb")),
    Row("SecurityOpt seccomp=unconfined", run("cat /proc/self/status", {
        "SecurityOpt": ["seccomp=unconfined"]}), shows("Seccomp:\t0")),
    Row("SecurityOpt with a profile of one's own", run("cat /proc/self/status", {
        "SecurityOpt": ['seccomp={\\"defaultAction\\":\\"SCMP_ACT_ALLOW\\"}']}), shows("Seccomp:\t0"),
        bare="a profile without rules still leaves Seccomp: 2; the field rows count it"),
    Row("SecurityOpt systempaths=unconfined", run("cat /proc/mounts", {
        "SecurityOpt": ["systempaths=unconfined"]}), lambda c: b"/proc " in c.seen
        and b"/proc/sys " not in c.seen, bare="a word of the CLI, which sends MaskedPaths"),
    Row("SecurityOpt apparmor=unconfined", [create(sh("true", {
        "SecurityOpt": ["apparmor=unconfined"]}))], created_with("HostConfig.SecurityOpt",
        lambda v: "apparmor=unconfined" in v)),
    Row("no new privileges may be had", run("cat /proc/self/status"), shows("NoNewPrivs:\t0"),
        "harmless"),
    Row("Devices", run("head -c0 /dev/fuse && echo open-$$((40+2))", {"Devices": [DEVICE]}),
        shows("open-42")),
    Row("DeviceCgroupRules", run("mknod /tmp/f c 10 229 && head -c0 /tmp/f && echo open-$$((40+2))", {
        "DeviceCgroupRules": ["c 10:229 rwm"]}), shows("open-42")),
    Row("DeviceRequests", [create(sh("true", {"DeviceRequests": [
        {"Driver": "", "Count": -1, "Capabilities": [["gpu"]]}]}))],
        created_with("HostConfig.DeviceRequests", bool)),
    Row("NetworkMode host", run(LOOPBACK, {"NetworkMode": "host"}), reads),
    Row("NetworkMode of another's container", run("wget -q -O - http://127.0.0.1:7777/secret", {
        "NetworkMode": "container:hostbox"}), reads),
    Row("NetworkMode of another's container by id", run("wget -q -O - http://127.0.0.1:7777/secret", {
        "NetworkMode": "container:$BOX12"}), reads),
    Row("NetworkMode of another's network", run("wget -q -O - http://$BOXIP:7777/secret", {"NetworkMode": "hostnet"}), reads, "hidden"),
    Row("EndpointsConfig of another's network", run("wget -q -O - http://$BOXIP:7777/secret", {
        "NetworkMode": "hostnet"}, NetworkingConfig={"EndpointsConfig": {
            "hostnet": {"Aliases": ["db"]}}}), reads, "hidden"),
    Row("PidMode host", run("cat /proc/*/cmdline", {"PidMode": "host"}), shows("containerd")),
    Row("PidMode of another's container", run("cat /proc/1/environ", {
        "PidMode": "container:hostbox", "CapAdd": ["SYS_PTRACE"]}), reads),
    Row("IpcMode host", run("cat /dev/shm/secret", {"IpcMode": "host"}), reads, "harmless"),
    Row("IpcMode of another's container", run("cat /dev/shm/secret", {
        "IpcMode": "container:hostbox"}), reads, "harmless"),
    Row("IpcMode shareable", [create(sh("true", {"IpcMode": "shareable"}))],
        created_with("HostConfig.IpcMode", lambda v: v == "shareable"), "harmless"),
    Row("UTSMode host", run("hostname", {"UTSMode": "host"}), shows("host-engine")),
    Row("UsernsMode host", [create(sh("true", {"UsernsMode": "host"}))],
        created_with("HostConfig.UsernsMode", lambda v: v == "host")),
    Row("CgroupnsMode host", run("cat /proc/self/cgroup", {"CgroupnsMode": "host"}),
        shows("/engine."), "harmless"),
    Row("Cgroup of another's container", [create(sh("true", {"Cgroup": "container:hostbox"}))],
        created_with("HostConfig.Cgroup", bool)),
    Row("CgroupParent", run("cat /proc/1/cgroup", {"CgroupParent": "/sly", "CgroupnsMode": "host"}),
        shows("/sly/"), "harmless"),
    Row("CgroupParent above", [create(sh("true", {"CgroupParent": "../../sly"}))],
        created_with("HostConfig.CgroupParent", bool), "harmless"),
    Row("Sysctls", run("cat /proc/sys/net/ipv4/ip_default_ttl", {
        "Sysctls": {"net.ipv4.ip_default_ttl": "77"}}), shows("77\n")),
    Row("MaskedPaths none", run("head -c 99 /proc/timer_list", {"MaskedPaths": []}),
        shows("Timer List")),
    Row("ReadonlyPaths none", run("echo sly > /proc/sys/kernel/hostname && hostname", {
        "ReadonlyPaths": []}), shows("sly")),
    Row("Runtime", [create(sh("true", {"Runtime": "io.containerd.runc.v2"}))],
        created_with("HostConfig.Runtime", lambda v: v == "io.containerd.runc.v2"), "harmless"),
    Row("Annotations", [create(sh("true", {"Annotations": {"run.oci.hooks.stdout": "$DIR/drop/x"}}))],
        created_with("HostConfig.Annotations", bool),
        bare="the field is of API 1.43, this engine has 1.41"),
    Row("LogConfig to a socket of the host", run("echo x; sleep 1", {"LogConfig": {
        "Type": "syslog", "Config": {"syslog-address": "unixgram://$DIR/log.sock"}}}),
        logged, "harmless", goes_on=True),
    Row("LogConfig without a limit", [create(sh("true", {"LogConfig": {
        "Type": "json-file", "Config": {"max-size": "-1"}}}))],
        created_with("HostConfig.LogConfig.Config", lambda v: v.get("max-size") == "-1"), "harmless"),
    Row("LogConfig mentions the environment", [create(sh("true", {"LogConfig": {
        "Type": "gelf", "Config": {"gelf-address": "udp://127.0.0.1:$PORT"}}}))],
        created_with("HostConfig.LogConfig.Type", lambda v: v == "gelf"), "harmless"),
    Row("RestartPolicy", [create(sh("true", {"RestartPolicy": {"Name": "always"}}))],
        created_with("HostConfig.RestartPolicy.Name", lambda v: v == "always"), "harmless"),
    Row("PortBindings", [create(sh("true", {"NetworkMode": "default", "PortBindings": {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8088"}]}}))],
        created_with("HostConfig.PortBindings", bool)),
    Row("Memory more than the run's", [create(sh("true", {"Memory": 1 << 40}))],
        created_with("HostConfig.Memory", lambda v: v > 1 << 30 or v == 0), "harmless"),
    Row("Memory, PidsLimit and cpus left out", [create(sh("true"))],
        created_with("HostConfig", lambda v: not v["Memory"] or not v["PidsLimit"]
                     or not v["NanoCpus"]), "harmless"),
    Row("Labels of ours", [create(sh("true", Labels={"io.cofferdam.run": "others",
                                                     "io.cofferdam.owner": "others"}))],
        created_with("Config.Labels", lambda v: "others" in v.values())),
    Row("Labels of ours, other letters", [create(sh("true", Labels={"IO.cofferdam.owner": "others"}))],
        created_with("Config.Labels", lambda v: "others" in v.values() and "io.cofferdam.owner" in v),
        "harmless", bare="labels are told apart by case"),
    Row("an image of others", [create(dict(sh("cat /www/secret"), Image="host/secret:1")), *RUN],
        reads, "hidden"),
    Row("an image of others by id", [create(dict(sh("cat /www/secret"), Image="$SECRET")), *RUN],
        reads, "hidden"),
    Row("an image of others by the beginning of its id",
        [create(dict(sh("cat /www/secret"), Image="$SECRET12")), *RUN], reads, "hidden"),
    Row("OnBuild, Shell and Volumes at the top level", run(READ, None, Volumes={"$DIR": {}}),
        reads, "harmless", bare="such a volume is a new one, at a path inside"),
]


# ---- every field of HostConfig, in every spelling ----

def given(value):
    return lambda v: v == value or (isinstance(v, (list, dict)) and json.dumps(value) in json.dumps(v))


class Field:
    """ok: a broker may accept the value (it says so), because it is harmless as it stands.
    bare: why the engine of this machine never takes it.
    default: an engine on cgroup v1 has the value by itself."""

    def __init__(self, name, value, test=None, bare=None, ok=False, default=False):
        self.name, self.value, self.test = name, value, test or given(value)
        self.bare, self.ok, self.default = bare, ok, default


WINDOWS = "of Windows alone"
NO_WEIGHT = "this kernel weighs no blocks: the engine drops it"
THROTTLE = [{"Path": "/dev/null", "Rate": 1}]

FIELDS = [
    Field("Binds", ["/etc:/x:ro"]),
    Field("ContainerIDFile", "/tmp/cid"),
    Field("LogConfig", {"Type": "syslog", "Config": {"syslog-address": "udp://127.0.0.1:9"}}),
    Field("NetworkMode", "host"),
    Field("PortBindings", {"80/tcp": [{"HostIp": "", "HostPort": "8099"}]}),
    Field("RestartPolicy", {"Name": "always", "MaximumRetryCount": 0}),
    Field("VolumeDriver", "sly"),
    Field("VolumesFrom", ["hostbox"]),
    Field("CapAdd", ["SYS_ADMIN"], lambda v: v and "SYS_ADMIN" in v[0]),
    Field("CapDrop", ["NET_RAW"], lambda v: v and "NET_RAW" in v[0], ok=True),
    Field("CgroupnsMode", "host", default=True),
    Field("Dns", ["198.51.100.53"]),
    Field("DnsOptions", ["ndots:9"]),
    Field("DnsSearch", ["evil.example"]),
    Field("ExtraHosts", ["a:host-gateway"]),
    Field("GroupAdd", ["0"]),
    Field("IpcMode", "host"),
    Field("Cgroup", "container:hostbox"),
    Field("Links", ["hostbox:x"], bare="kept on the engine's default bridge alone, which is off"),
    Field("OomScoreAdj", -500),
    Field("PidMode", "host"),
    Field("Privileged", True),
    Field("PublishAllPorts", True),
    Field("ReadonlyRootfs", True, ok=True),
    Field("SecurityOpt", ["seccomp=unconfined"]),
    Field("StorageOpt", {"size": "1G"}, bare="overlay2 on ext4 refuses sizes"),
    Field("Tmpfs", {"/x": "size=99999m"}),
    Field("UTSMode", "host"),
    Field("UsernsMode", "host"),
    Field("ShmSize", 1 << 40),
    Field("Sysctls", {"net.ipv4.ip_forward": "1"}),
    Field("Runtime", "io.containerd.runc.v2"),
    Field("ConsoleSize", [77, 99]),
    Field("Isolation", "hyperv", bare=WINDOWS),
    Field("CpuShares", 262144),
    Field("Memory", 1 << 40),
    Field("NanoCpus", 1500000000, ok=True),
    Field("CgroupParent", "/sly"),
    Field("BlkioWeight", 900, bare=NO_WEIGHT),
    Field("BlkioWeightDevice", [{"Path": "/dev/null", "Weight": 900}], bare=NO_WEIGHT),
    Field("BlkioDeviceReadBps", THROTTLE),
    Field("BlkioDeviceWriteBps", THROTTLE),
    Field("BlkioDeviceReadIOps", THROTTLE),
    Field("BlkioDeviceWriteIOps", THROTTLE),
    Field("CpuPeriod", 100000),
    Field("CpuQuota", 200000),
    Field("CpuRealtimePeriod", 1000000),
    Field("CpuRealtimeRuntime", 1000),
    Field("CpusetCpus", "0", ok=True),
    Field("CpusetMems", "0", ok=True),
    Field("Devices", [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse",
                       "CgroupPermissions": "rwm"}]),
    Field("DeviceCgroupRules", ["a *:* rwm"]),
    Field("DeviceRequests", [{"Driver": "x", "Count": 1, "DeviceIDs": None,
                              "Capabilities": [["gpu"]], "Options": {}}],
          lambda v: bool(v)),
    Field("KernelMemory", 1 << 30),
    Field("KernelMemoryTCP", 1 << 30),
    Field("MemoryReservation", 1 << 40),
    Field("MemorySwap", -1),
    Field("MemorySwappiness", 100),
    Field("OomKillDisable", True),
    Field("PidsLimit", 1 << 30),
    Field("Ulimits", [{"Name": "nofile", "Hard": 1 << 30, "Soft": 1 << 30}]),
    Field("CpuCount", 64),
    Field("CpuPercent", 99, bare=WINDOWS),
    Field("IOMaximumIOps", 9, bare=WINDOWS),
    Field("IOMaximumBandwidth", 9, bare=WINDOWS),
    Field("Mounts", [{"Type": "bind", "Source": "/etc", "Target": "/x"}]),
    Field("MaskedPaths", []),
    Field("ReadonlyPaths", []),
    Field("AutoRemove", True, ok=True),
    Field("Init", True, ok=True),
    Field("Annotations", {"a": "b"}, bare="of API 1.43"),
]

FOLDS = {"s": "\u017f", "S": "\u017f", "k": "\u212a", "K": "\u212a"}


def folded(name):
    return name[0].swapcase() + name[1:].swapcase()


def long_s(name):
    """One letter replaced by the one that Go takes for it; None if there is none."""
    for number, letter in enumerate(name):
        if letter in FOLDS:
            return name[:number] + FOLDS[letter] + name[number + 1:]
    return None


def escaped(name):
    return "\\u%04x" % ord(name[0]) + name[1:]


def text_of(pairs):
    """An object whose keys stand as they are: twice, escaped."""
    return "{" + ",".join('"%s":%s' % pair for pair in pairs) + "}"


IMAGE = ("Image", '"base:1"')
NONE = ("NetworkMode", '"none"')

# Each spelling: (name, value as JSON) -> (body, query), or None where there is none.
SPELLINGS = {
    "exact": lambda n, v: (text_of([IMAGE, ("HostConfig", text_of([(n, v)]))]), ""),
    "folded": lambda n, v: (text_of([IMAGE, ("HostConfig", text_of([(folded(n), v)]))]), ""),
    "folded HostConfig": lambda n, v: (text_of([IMAGE, ("hostCONFIG", text_of([(n, v)]))]), ""),
    "long s or kelvin": lambda n, v: long_s(n) and (
        text_of([IMAGE, ("HostConfig", text_of([(long_s(n), v)]))]), ""),
    "HostConfig with a long s": lambda n, v: (
        text_of([IMAGE, ("Ho\u017ftConfig", text_of([(n, v)]))]), ""),
    "escaped": lambda n, v: (text_of([IMAGE, ("HostConfig", text_of([(escaped(n), v)]))]), ""),
    "top level, HostConfig absent": lambda n, v: (text_of([IMAGE, (n, v)]), ""),
    "top level, HostConfig null": lambda n, v: (
        text_of([IMAGE, ("HostConfig", "null"), (n, v)]), ""),
    "top level, folded": lambda n, v: (text_of([IMAGE, (folded(n), v)]), ""),
    "second HostConfig": lambda n, v: (
        text_of([IMAGE, ("HostConfig", "{}"), ("HostConfig", text_of([(n, v)]))]), ""),
    "twice, folded": lambda n, v: (text_of([IMAGE, ("HostConfig", text_of(
        [(n, "null"), (folded(n), v)]))]), ""),
    "in the query": lambda n, v: (text_of([IMAGE, ("HostConfig", "{}")]),
                                  [("HostConfig", text_of([(n, v)])), (n, v)]),
}
IN_QUERY = "the engine reads no query there; clients repeat the body in it"


def field_row(field, spelling):
    from urllib.parse import urlencode

    made = SPELLINGS[spelling](field.name, json.dumps(field.value))
    if not made:
        return None
    body, query = made
    why = IN_QUERY if spelling == "in the query" and not field.default else field.bare
    target = V + "/containers/create" + ("?" + urlencode(query) if query else "")
    effect = created_with("HostConfig." + field.name, field.test)
    row = Row("%s, %s" % (field.name, spelling), [post(target, body)], effect, "harmless", why)
    # A harmless value may pass where it is spelled as the API does.
    row.passes = field.ok and spelling in ("exact", "escaped")
    return row


def field_rows():
    rows = [field_row(field, spelling) for field in FIELDS for spelling in SPELLINGS]
    return [row for row in rows if row]


# ---- 2.2 other endpoints ----

BOX_NAMES = {"name": "hostbox", "id": "$BOX", "12 digits": "$BOX12", "4 digits": "$BOX4"}
LOGS = "?logs=1&stdout=1&stderr=1&stream=0"
WEBSOCKET = (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
             ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), ("Origin", "http://d"))
PLANT = wire.tar_of({"planted": b"x"})


# Deleted, and then made again with everything else that the host lacks.
BOX_ANEW = [host("DELETE", "/containers/hostbox?force=1")]


def planted(context):
    return context.host.ask("HEAD", "/containers/hostbox/archive?path=/planted").status == 200


def on_box(what, method, rest, effect, body=None, broker="hidden", **more):
    """A call on a container of others, under each of its names."""
    return [Row("%s of others, by %s" % (what, how), [
        ask(method, V + "/containers/" + name + rest, body)], effect, broker, **more)
        for how, name in BOX_NAMES.items()]


def start_body(version):
    return [need(create(sh(DROP))), keep("OWN"),
            post("/" + version + "/containers/$ID/start", {"Binds": ["$DIR:/canary"]}),
            post("/v1.41/containers/$OWN/wait")]


CONTAINERS = [
    *on_box("inspect", "GET", "/json", reads),
    *on_box("logs", "GET", "/logs?stdout=1&stderr=1", reads),
    *on_box("export", "GET", "/export", reads),
    *on_box("archive", "GET", "/archive?path=/www", reads),
    *on_box("attach", "POST", "/attach" + LOGS, reads),
    *on_box("top", "GET", "/top", shows("httpd")),
    *on_box("stats", "GET", "/stats?stream=0", shows('"name":"/hostbox"')),
    *on_box("changes", "GET", "/changes", shows("/data")),
    *on_box("kill", "POST", "/kill", box("State.Running", False)),
    *on_box("stop", "POST", "/stop?t=0", box("State.Running", False)),
    *on_box("pause", "POST", "/pause", box("State.Paused", True),
            undo=[host("POST", V + "/containers/hostbox/unpause")]),
    *on_box("rename", "POST", "/rename?name=stolen", gone("container", "hostbox")),
    *on_box("delete", "DELETE", "?force=1", gone("container", "hostbox")),
    *on_box("restart", "POST", "/restart?t=0", restarted, host=[remember_start]),
    *on_box("update", "POST", "/update", box("HostConfig.RestartPolicy.Name", "always"),
            {"RestartPolicy": {"Name": "always"}}, broker="refused",
            undo=[host("POST", V + "/containers/hostbox/update", {"RestartPolicy": {"Name": "no"}})]),
    Row("attach by a websocket", [lambda c: c.ask(
        "GET", V + "/containers/hostbox/attach/ws" + LOGS, None, WEBSOCKET)], upgraded),
    Row("archive into another's container", [lambda c: c.ask(
        "PUT", V + "/containers/hostbox/archive?path=/", PLANT.decode("latin-1").encode("latin-1"),
        (TAR,))], planted, "hidden", undo=BOX_ANEW),
    Row("archive HEAD of another's container", [ask("HEAD", V + "/containers/hostbox/archive?path=/www")],
        lambda c: c.answers[-1].status == 200, "hidden"),
    Row("resize of another's container", [post(V + "/containers/hostbox/resize?h=9&w=9")],
        lambda c: c.answers[-1].status == 200, "hidden"),
    Row("wait for another's container", [post(V + "/containers/hostbox/wait?condition=removed")],
        lambda c: c.seen.startswith(b"HTTP/1.1 200"), "hidden"),
    Row("checkpoints", [get(V + "/containers/hostbox/checkpoints")], status_ok,
        bare="an experimental call, off by default"),
    Row("exec in another's container", execute("cat /www/secret", "hostbox"), reads, "hidden"),
    Row("exec of others, started", [post(V + "/exec/$EXEC/start", {"Detach": False, "Tty": False})],
        reads, "hidden", host=[host("POST", V + "/containers/hostbox/exec", {
            "Cmd": ["cat", "/www/secret"], "AttachStdout": True}), keep("EXEC")]),
    Row("exec of others, inspected", [get(V + "/exec/$EXEC/json")], shows("/www/secret"), "hidden",
        host=[host("POST", V + "/containers/hostbox/exec", {"Cmd": ["cat", "/www/secret"]}),
              keep("EXEC")]),
    Row("exec privileged in one's own", [*own(), *execute("true", more={
        "Privileged": True}), get(V + "/exec/$ID/json")], shows('"privileged":true')),
    Row("exec privileged, folded", [*own(), *execute("true", more={
        "pRIVILEGED": True}), get(V + "/exec/$ID/json")], shows('"privileged":true')),
    Row("update of one's own limits", [*own(), post(V + "/containers/$OWN/update", {
        "Memory": 1 << 40, "MemorySwap": -1})], created_with(
            "HostConfig.Memory", lambda v: v == 1 << 40)),
    Row("start with a body, v1.23", start_body("v1.23"), writes, "harmless", goes_on=True),
    Row("start with a body, v1.12", start_body("v1.12"), writes, goes_on=True),
    Row("start with a body, v1.41", start_body("v1.41"), writes, "harmless", goes_on=True,
        bare="read below 1.24 alone"),
    Row("a name that another's container has", [create(sh("true"), "?name=hostbox")],
        lambda c: c.names["BOX"].encode() in c.seen),
    Row("the list of containers", [get(V + "/containers/json?all=1")], shows("hostbox"), "harmless"),
    Row("the list by another's label", [get(
        V + "/containers/json?all=1&filters=%7B%22name%22%3A%5B%22hostbox%22%5D%7D")],
        shows("hostbox"), "harmless"),
    Row("the list since another's container", [get(
        V + "/containers/json?all=1&filters=%7B%22before%22%3A%5B%22nothing%22%5D%7D")], reads,
        "harmless", bare="404 for a name that is none, and nothing else"),
    Row("containers pruned", [post(V + "/containers/prune")], gone("container", "hoststopped"),
        "harmless"),
]


def image_id(name):
    return lambda c: (c.host.get("/images/%s/json" % name) or {}).get("Id", "")


def untagged(name):
    return lambda c: ("tag", name) not in c.host.population()


def loaded(name, image, layers):
    """POST /images/load of the image under another name, with its layers or without a byte of them."""
    def step(context):
        import io
        import tarfile

        saved = context.host.ask("GET", "/images/get?names=" + image).body
        out = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(saved)) as old, tarfile.open(fileobj=out, mode="w") as new:
            named = [layer for row in json.load(old.extractfile("manifest.json")) for layer in row["Layers"]]
            for entry in old.getmembers():
                data = old.extractfile(entry).read() if entry.isfile() else b""
                if entry.name == "manifest.json":
                    data = json.dumps([dict(row, RepoTags=[name]) for row in json.loads(data)]).encode()
                elif entry.name == "repositories":
                    continue
                elif entry.name in named and not layers:
                    data = b""
                entry.size = len(data)
                new.addfile(entry, io.BytesIO(data))
        answer = wire.request(context.path, "POST", V + "/images/load?quiet=1", out.getvalue(), [TAR])
        context.note(answer)
        return answer
    return step


def saved_as(name):
    return loaded(name, "base:1", layers=True)


def by_digests(name):
    return loaded(name, "host/secret:1", layers=False)


def tag_form(target, form, *headers):
    return post(V + target, form, *(headers or (FORM,)))


ALIAS = host("POST", V + "/images/base:1/tag?repo=host/alias&tag=1")
THERE = host("POST", V + "/images/host/secret:1/tag?repo=mine/there&tag=1")

IMAGES = [
    # A second name of a granted image is not granted: it may be another image's a moment later.
    Row("a name of others for a granted image, built from", [dockerfile("FROM host/alias:1\nRUN true\n")],
        tagged("mine/x:1"), host=[ALIAS]),
    Row("a name of others for a granted image, inspected", [get(V + "/images/host/alias:1/json")],
        shows("RootFS"), "hidden", host=[ALIAS]),
    Row("a name of others for a granted image, run", [create(dict(sh("cat /etc/passwd"), Image="host/alias:1")), *RUN],
        shows("root:x"), "hidden", host=[ALIAS]),
    # --docker-tag grants making names, not reading what others have under them.
    Row("an image of others under a name that may be made, run",
        [create(dict(sh("cat /www/secret"), Image="mine/there:1")), *RUN], reads, "hidden", host=[THERE]),
    Row("an image of others under a name that may be made, inspected",
        [get(V + "/images/mine/there:1/json")], reads, "hidden", host=[THERE]),
    Row("an image of others under a name that may be made, listed", [get(V + "/images/json")],
        shows("mine/there"), "harmless", host=[THERE]),
    Row("an image of others under a name that may be made, built from", [dockerfile(
        "FROM mine/there:1\nRUN cat /www/secret\n")], reads, host=[THERE]),
    Row("an image of others under a name that may be made, saved", [get(V + "/images/get?names=mine/there:1")],
        reads, "hidden", host=[THERE]),
    Row("commit of another's container", [post(V + "/commit?container=hostbox&repo=mine/stolen&tag=1", {})],
        tagged("mine/stolen:1"), "hidden"),
    Row("commit over a name of others", [*own(), post(V + "/commit?container=$OWN&repo=host/app&tag=1"
        "&changes=USER%20root", {})], tagged("host/app:1")),
    Row("an image from a URL, asked by the engine", [post(
        V + "/images/create?fromSrc=http%3A%2F%2F127.0.0.1%3A$PORT%2Fx&repo=mine/x&tag=1")], called),
    Row("an image from the body over a name of others", [lambda c: c.ask(
        "POST", V + "/images/create?fromSrc=-&repo=host/app&tag=1", PLANT,
        (("Content-Type", "text/plain"),))], tagged("host/app:1")),
    Row("pull from the host's loopback device", [post(
        V + "/images/create?fromImage=127.0.0.1%3A$PORT%2Fx&tag=1")], called),
    Row("pull, name in a form", [tag_form("/images/create?fromImage=base&tag=1",
        b"fromImage=127.0.0.1:$PORT/x&tag=1")], called),
    Row("load under a name of the host", [saved_as("host/loaded:1")], tagged("host/loaded:1")),
    Row("load over a name of others", [saved_as("host/app:1")], tagged("host/app:1")),
    # An engine that has the layers does not look for them in the archive.
    Row("load of an image of others by the digests of its layers", [by_digests("mine/stolen:1"), dockerfile(
        "FROM mine/stolen:1\nRUN cat /www/secret\n")], reads),
    Row("tag beyond the grant", [post(V + "/images/base:1/tag?repo=host/new&tag=1")],
        tagged("host/new:1")),
    Row("tag over a name of others", [post(V + "/images/base:1/tag?repo=host/app&tag=1")],
        tagged("host/app:1")),
    Row("tag an image of others as one's own", [post(V + "/images/host/secret:1/tag?repo=mine/s&tag=1"),
        get(V + "/images/mine/s:1/get")], reads, "hidden"),
    Row("tag an image of others by id", [post(V + "/images/$SECRET12/tag?repo=mine/s&tag=1"),
        get(V + "/images/mine/s:1/get")], reads, "hidden"),
    Row("tag with repo twice", [post(V + "/images/base:1/tag?repo=host/new&repo=mine/x&tag=1")],
        tagged("host/new:1")),
    Row("tag with repo twice, the other first", [post(
        V + "/images/base:1/tag?repo=mine/x&repo=host/new&tag=1")], tagged("host/new:1"),
        bare="the first one counts"),
    Row("tag with an encoded name", [post(V + "/images/base:1/tag?%72epo=host/new&tag=1")],
        tagged("host/new:1")),
    Row("tag, repo in a form", [tag_form("/images/base:1/tag?repo=mine/x&tag=1",
        b"repo=host/new&tag=1")], tagged("host/new:1")),
    Row("tag, repo in a form of many parts", [tag_form("/images/base:1/tag?repo=mine/x&tag=1",
        b'--b\r\nContent-Disposition: form-data; name="repo"\r\n\r\nhost/new\r\n--b--\r\n', MULTIPART)],
        tagged("host/new:1"), bare="the engine reads no form of many parts there"),
    Row("tag, type of the form in capitals", [tag_form("/images/base:1/tag?repo=mine/x&tag=1",
        b"repo=host/new&tag=1", ("Content-Type", "APPLICATION/X-WWW-FORM-URLENCODED; charset=x"))],
        tagged("host/new:1")),
    Row("tag of another registry", [post(V + "/images/base:1/tag?repo=127.0.0.1:$PORT/mine/x&tag=1")],
        tagged("127.0.0.1:0/mine/x:1"), bare="a port that changes; the row beside it has a name"),
    Row("tag of another registry by name", [post(
        V + "/images/base:1/tag?repo=evil.example/mine/x&tag=1")], tagged("evil.example/mine/x:1")),
    Row("tag with the tag in repo", [post(V + "/images/base:1/tag?repo=host/new:1")],
        tagged("host/new:1")),
    Row("delete an image of others by id", [ask("DELETE", V + "/images/$FREE?force=1")],
        untagged("host/free:1")),
    Row("delete a tag of others", [ask("DELETE", V + "/images/host/free:2")], untagged("host/free:2"),
        "hidden"),
    Row("delete the base image", [ask("DELETE", V + "/images/base:1?force=1")], untagged("base:1")),
    Row("save an image of others", [get(V + "/images/host/secret:1/get")], reads, "hidden"),
    Row("save an image of others by query", [get(V + "/images/get?names=host/secret:1")], reads, "hidden"),
    Row("save an image of others by id", [get(V + "/images/get?names=$SECRET")], reads, "hidden"),
    Row("save one's own and one of others", [get(V + "/images/get?names=base:1&names=host/secret:1")],
        reads, "hidden"),
    Row("inspect an image of others", [get(V + "/images/host/secret:1/json")], reads, "hidden"),
    Row("inspect an image of others by id", [get(V + "/images/$SECRET/json")], reads, "hidden"),
    Row("history of an image of others", [get(V + "/images/host/secret:1/history")], reads, "hidden"),
    Row("where the engine keeps the base image", [get(V + "/images/base:1/json")],
        shows("$ENGINE_DIR", "/data/overlay2"), "harmless"),
    Row("push an image of others", [post(V + "/images/127.0.0.1:$PORT/secret/push?tag=1", None,
        ("X-Registry-Auth", "e30="))], called, host=[host(
            "POST", V + "/images/host/secret:1/tag?repo=127.0.0.1:$PORT/secret&tag=1")]),
    Row("a registry probed by distribution", [get(V + "/distribution/127.0.0.1:$PORT/x/json")], called),
    Row("a registry probed by auth", [post(V + "/auth", {
        "username": "u", "password": "p", "serveraddress": "http://127.0.0.1:$PORT/"})], called),
    Row("search", [get(V + "/images/search?term=127.0.0.1:$PORT/x")], called),
    Row("the list of images", [get(V + "/images/json?all=1")], shows("host/secret"), "harmless"),
    Row("images pruned", [post(V + "/images/prune?filters=%7B%22dangling%22%3A%5B%22false%22%5D%7D")],
        untagged("host/free:1"), "harmless"),
    Row("the cache of builds pruned", [post(V + "/build/prune?all=1")], status_ok, "harmless",
        bare="BuildKit's cache is empty here: nothing can be seen to go"),
    Row("a build of others cancelled", [post(V + "/build/cancel?id=0123456789abcdef")], status_ok),
]
# The engine says 200 (or 204) to both whatever they find.
IMAGES[-2].effect = never


def network_options(**body):
    return dict({"Name": "sly", "CheckDuplicate": True}, **body)


def network_has(path, test):
    def effect(context):
        found = context.host.get("/networks/sly")
        return found is not None and test(found)
    return effect


def connected(context):
    found = context.host.get("/networks/hostnet") or {}
    return context.names.get("OWN", "?") in (found.get("Containers") or {})


def box_joined(context):
    return "sly" in ((context.host.get("/containers/hostbox/json") or {}).get(
        "NetworkSettings", {}).get("Networks") or {})


def box_left(context):
    return "hostnet" not in ((context.host.get("/containers/hostbox/json") or {}).get(
        "NetworkSettings", {}).get("Networks") or {})


def networked(script):
    """A container on a network of the attacker's own."""
    return [need(post(V + "/networks/create", {"Name": "sly"})), *run(script, {"NetworkMode": "sly"})]


SLY_OFF = [host("POST", V + "/networks/sly/disconnect", {"Container": "hostbox", "Force": True}),
           host("DELETE", V + "/networks/sly")]

OBJECTS = [
    Row("a volume of others inspected", [get(V + "/volumes/hostvol")], reads, "hidden"),
    Row("a volume of others deleted", [ask("DELETE", V + "/volumes/hostfree")],
        gone("volume", "hostfree"), "hidden"),
    Row("a volume of others deleted with force", [ask("DELETE", V + "/volumes/hostfree?force=1")],
        gone("volume", "hostfree"), "hidden"),
    Row("a volume with a driver", [post(V + "/volumes/create", {"Name": "sly", "Driver": "evil"})],
        status_ok, bare="no such plugin is here"),
    Row("a volume of a device", [post(V + "/volumes/create", {"Name": "sly", "DriverOpts": {
        "type": "tmpfs", "device": "tmpfs"}})], lambda c: not gone("volume", "sly")(c)),
    Row("a volume in folded keys", [post(V + "/volumes/create", {"nAME": "sly", "dRIVERoPTS": {
        "type": "none", "o": "bind", "device": "$DIR"}})], lambda c: not gone("volume", "sly")(c)),
    Row("the list of volumes", [get(V + "/volumes")], shows("hostvol"), "harmless"),
    Row("volumes pruned", [post(V + "/volumes/prune")], gone("volume", "hostfree"), "harmless"),
    Row("a network of others inspected", [get(V + "/networks/hostnet")], reads, "hidden"),
    Row("a network of others deleted", [ask("DELETE", V + "/networks/hostfree")],
        gone("network", "hostfree"), "hidden"),
    Row("one's container into a network of others", [*own(), post(
        V + "/networks/hostnet/connect", {"Container": "$OWN"})], connected, "hidden",
        bare="a container without a network cannot join one; the next row can"),
    Row("one's networked container into a network of others", [
        need(post(V + "/networks/create", {"Name": "sly"})),
        *own(host_config={"NetworkMode": "sly"}),
        post(V + "/networks/hostnet/connect", {"Container": "$OWN"})], connected, "hidden"),
    Row("a container of others into one's network", [
        need(post(V + "/networks/create", {"Name": "sly"})),
        post(V + "/networks/sly/connect", {"Container": "hostbox"})], box_joined, "hidden",
        undo=SLY_OFF),
    Row("a container of others out of its network", [post(
        V + "/networks/hostnet/disconnect", {"Container": "hostbox", "Force": True})], box_left,
        "hidden", undo=BOX_ANEW),
    Row("a network with options", [post(V + "/networks/create", network_options(
        Options={"com.docker.network.bridge.name": "evil0"}))],
        network_has("Options", lambda v: "evil0" in json.dumps(v["Options"]))),
    Row("a network of another driver", [post(V + "/networks/create", network_options(
        Driver="macvlan", Options={"parent": "lo"}))], network_has("", lambda v: v["Driver"] == "macvlan"),
        bare="this kernel has no macvlan"),
    Row("a network of the driver host", [post(V + "/networks/create", network_options(Driver="host"))],
        status_ok, bare="one network of that driver is allowed, and it exists"),
    Row("a network with addresses of one's own", [post(V + "/networks/create", network_options(
        IPAM={"Driver": "default", "Config": [{"Subnet": "192.0.2.0/24", "Gateway": "192.0.2.1"}]}))],
        network_has("IPAM", lambda v: "192.0.2.0/24" in json.dumps(v["IPAM"]))),
    Row("a network to the outside", [post(V + "/networks/create", network_options(Internal=False))],
        network_has("Internal", lambda v: v["Internal"] is False), "harmless"),
    Row("the host by the gateway of one's network", networked(
        "set -- $$(ip route | grep 'scope link'); wget -q -O - http://$${1%.*}.1:$PORT/; true"),
        reads, "harmless"),
    Row("the host by another of its addresses", networked(
        "wget -q -O - http://198.51.100.7:$PORT/; true"), reads, "harmless"),
    Row("a name asked of the host's own resolver", networked("nslookup $NONCE.told.example; true"),
        resolved, "harmless"),
    Row("a network with IPv6", [post(V + "/networks/create", network_options(
        EnableIPv6=True, IPAM={"Config": [{"Subnet": "2001:db8::/64"}]}))],
        network_has("EnableIPv6", lambda v: v["EnableIPv6"])),
    Row("the list of networks", [get(V + "/networks")], shows("hostnet"), "harmless"),
    Row("the list of networks as of old", [get(V + "/networks/")], shows("hostnet"), "hidden"),
    Row("networks pruned", [post(V + "/networks/prune")], gone("network", "hostfree"), "harmless"),
]

JOIN_SWARM = host("POST", V + "/swarm/init", {"ListenAddr": "127.0.0.1:2377",
                                               "AdvertiseAddr": "127.0.0.1"})


def in_swarm(context):
    return context.host.get("/info")["Swarm"]["LocalNodeState"] == "active"


def leave_swarm(context):
    """The engine makes a network of its own a moment after it has said that there is a swarm, and
    keeps it: who leaves before that and removes what is there is left with it."""
    engine = context.host.engine
    for _ in range(100):
        if not in_swarm(context) or context.host.get("/networks/docker_gwbridge"):
            break
        time.sleep(0.1)
    context.ask("POST", V + "/swarm/leave?force=1", path=engine)
    for _ in range(100):  # 403: it still has what is on its way out
        if context.ask("DELETE", V + "/networks/docker_gwbridge", path=engine).status != 403:
            break
        time.sleep(0.1)


def of_swarm(name, step):
    return Row("of a swarm: " + name, [step], status_ok, host=[JOIN_SWARM], undo=[leave_swarm])


FAMILIES = [
    Row("swarm made", [post(V + "/swarm/init", {"ListenAddr": "127.0.0.1:2377",
                                                 "AdvertiseAddr": "127.0.0.1"})], in_swarm,
        undo=[leave_swarm]),
    of_swarm("its keys", get(V + "/swarm")),
    of_swarm("nodes", get(V + "/nodes")),
    of_swarm("services", get(V + "/services")),
    of_swarm("tasks", get(V + "/tasks")),
    of_swarm("secrets", post(V + "/secrets/create", {"Name": "s", "Data": "eA=="})),
    of_swarm("configs", post(V + "/configs/create", {"Name": "c", "Data": "eA=="})),
    of_swarm("a service that binds the host", post(V + "/services/create", {
        "Name": "sly", "TaskTemplate": {"ContainerSpec": {"Image": "base:1", "Mounts": [
            {"Type": "bind", "Source": "$DIR", "Target": "/canary"}]}}})),
    Row("plugins listed", [get(V + "/plugins")], status_ok),
    Row("a plugin asked of the host's loopback device", [get(
        V + "/plugins/privileges?remote=127.0.0.1:$PORT/p:1")], called),
    Row("a plugin pulled", [post(V + "/plugins/pull?remote=127.0.0.1:$PORT/p:1", [])], called),
    Row("debug", [get("/debug/pprof/cmdline")], shows("--data-root")),
    Row("debug with a version", [get(V + "/debug/vars")], status_ok,
        bare="served without a version alone"),
    Row("info", [get(V + "/info")], shows("host-engine"), "harmless"),
    Row("info's paths", [get("/info")], shows("DockerRootDir\":\"/tmp"), "harmless"),
    Row("version", [get("/version")], shows("KernelVersion\":\"6", "KernelVersion\":\"5"), "harmless"),
    Row("events of the past", [lambda c: c.ask("GET", V + "/events?since=1&until=%d" % now(), None)],
        shows("hostbox"), "harmless"),
    Row("disk", [get(V + "/system/df")], shows("hostvol")),
    Row("a session", [raw("POST /session HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        "X-Docker-Expose-Session-Uuid: 0123456789abcdef\r\nX-Docker-Expose-Session-Name: x\r\n\r\n".encode())],
        upgraded),
    Row("BuildKit's control", [raw(b"POST /grpc HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\n"
        b"Upgrade: h2c\r\n\r\n")], upgraded),
    Row("BuildKit's control, no word of an upgrade", [raw(b"POST /grpc HTTP/1.1\r\nHost: d\r\n"
        b"Upgrade: h2c\r\n\r\n")], upgraded),
    Row("BuildKit's control, upgraded twice", [raw(b"POST /v1.41/grpc HTTP/1.1\r\nHost: d\r\n"
        b"Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: tcp\r\n\r\n")], upgraded),
]


def now():
    return int(time.time()) + 1


# ---- 2.3 builds ----

ADD = "FROM base:1\nADD http://127.0.0.1:$PORT/x /x\n"
SHOW_NET = "FROM base:1\nRUN ls /sys/class/net; wget -q -O - http://127.0.0.1:$PORT/ || true\n"
NEIGHBOUR = "FROM base:1\nRUN wget -q -O - http://127.0.0.1:7777/secret || true\n"
MINE = "t=mine/x:1"

BUILDS = [
    Row("remote context", [post(V + "/build?t=mine/x:1&remote=http%3A%2F%2F127.0.0.1%3A$PORT%2Fx")],
        called),
    Row("remote context from git", [post(V + "/build?t=mine/x:1&remote=git%3A%2F%2F127.0.0.1%3A$PORT%2Fx")],
        called, bare="a git server does not speak first here; http above has the effect"),
    Row("networkmode host", [dockerfile(SHOW_NET, MINE + "&networkmode=host")], reads, "harmless"),
    Row("networkmode of another's container", [dockerfile(NEIGHBOUR, MINE + "&networkmode=container:hostbox")],
        reads, "harmless"),
    Row("networkmode of another's network", [dockerfile(
        "FROM base:1\nRUN wget -q -O - http://$BOXIP:7777/secret || true\n",
        MINE + "&networkmode=hostnet")], reads, "harmless"),
    Row("networkmode twice", [dockerfile(SHOW_NET, MINE + "&networkmode=host&networkmode=none")],
        reads),
    Row("networkmode encoded", [dockerfile(SHOW_NET, MINE + "&%6eetworkmode=host")], reads, "harmless"),
    Row("a form behind 4096 bytes: networkmode and tag", [build(
        "t=mine/x:1&networkmode=none", {"Dockerfile": SHOW_NET},
        b"&networkmode=host&t=host/new:1", FORM)],
        lambda c: reads(c) or tagged("host/new:1")(c)),
    Row("a form behind 4096 bytes, type of a tar", [build(
        "t=mine/x:1&networkmode=none", {"Dockerfile": SHOW_NET}, b"&networkmode=host&t=host/new:1")],
        lambda c: reads(c) or tagged("host/new:1")(c), "harmless",
        bare="the type alone makes it a form"),
    Row("t beyond the grant", [dockerfile("FROM base:1\n", "t=host/new:1")], tagged("host/new:1")),
    Row("t twice", [dockerfile("FROM base:1\nLABEL a=1\n", "t=mine/x:1&t=host/new:1")],
        tagged("host/new:1")),
    Row("t over a name of others", [dockerfile("FROM base:1\nLABEL a=2\n", "t=host/app:1")],
        tagged("host/app:1")),
    Row("t without a tag, of others", [dockerfile("FROM base:1\n", "t=host/app")],
        tagged("host/app:latest")),
    Row("t of another registry", [dockerfile("FROM base:1\n", "t=evil.example/mine/x:1")],
        tagged("evil.example/mine/x:1")),
    Row("extrahosts", [dockerfile("FROM base:1\nRUN cat /etc/hosts\n", MINE + "&extrahosts=evil:192.0.2.9")],
        shows("192.0.2.9\\tevil", "192.0.2.9\tevil")),
    Row("cgroupparent", [dockerfile("FROM base:1\nRUN cat /proc/1/cgroup\n", MINE + "&cgroupparent=/sly")],
        shows("/sly"), "harmless"),
    Row("memory beyond the run's", [dockerfile(
        "FROM base:1\nRUN mkdir /c && mount -t cgroup -o memory x /c; cat /proc/1/limits\n",
        MINE + "&memory=1099511627776")], never, "harmless",
        bare="seen by no effect inside; docker-build.bats asks the engine while a step runs"),
    Row("ulimits", [dockerfile("FROM base:1\nRUN cat /proc/self/limits\n", MINE + "&ulimits="
        "%5B%7B%22Name%22%3A%22nofile%22%2C%22Hard%22%3A7777%2C%22Soft%22%3A7777%7D%5D")],
        shows(" 7777 "), "harmless"),
    Row("shmsize", [dockerfile("FROM base:1\nRUN grep shm /proc/mounts\n", MINE + "&shmsize=1099511627776")],
        shows("size=1073741824k"), "harmless"),
    Row("securityopt", [dockerfile("FROM base:1\nRUN cat /proc/self/status\n", MINE
        + "&securityopt=seccomp%3Dunconfined")], shows("Seccomp:\\t0", "Seccomp:\t0"),
        bare="refused by the engine on Linux"),
    Row("isolation", [dockerfile("FROM base:1\n", MINE + "&isolation=hyperv")], never, "harmless",
        bare="an isolation of Windows alone"),
    Row("squash", [dockerfile("FROM base:1\n", MINE + "&squash=1")], tagged("mine/x:1"),
        bare="experimental, off by default"),
    Row("outputs", [dockerfile("FROM base:1\n", "outputs=%5B%7B%22Type%22%3A%22moby%22%2C%22Attrs%22%3A%7B"
        "%22name%22%3A%22host/new:1%22%7D%7D%5D")], tagged("host/new:1"),
        bare="read by BuildKit alone, which needs a session"),
    Row("BuildKit", [post(V + "/build?version=2&remote=upload-request&buildid=upload-request:1", None, TAR)],
        status_ok, bare="BuildKit needs a session; it is refused by its version"),
    Row("BuildKit without a remote", [dockerfile("FROM base:1\nRUN echo over-$$((40+2))\n",
        MINE + "&version=2")], shows("moby.buildkit.trace")),
    Row("version twice", [dockerfile("FROM base:1\n", MINE + "&version=2&version=1")],
        shows("moby.buildkit.trace")),
    Row("a session's build", [dockerfile("FROM base:1\n", MINE + "&session=0123456789abcdef")],
        tagged("mine/x:1")),
    Row("build args of a proxy", [dockerfile("FROM base:1\nRUN echo =$$HTTP_PROXY=\n",
        MINE + "&buildargs=%7B%22HTTP_PROXY%22%3A%22http://evil%22%7D")], shows("=http://evil=")),
    Row("build args of a proxy, small letters", [dockerfile("FROM base:1\nRUN echo =$$http_proxy=\n",
        MINE + "&buildargs=%7B%22http_proxy%22%3A%22http://evil%22%7D")], shows("=http://evil=")),
    Row("labels of ours", [dockerfile("FROM base:1\n", MINE
        + "&labels=%7B%22io.cofferdam.run%22%3A%22others%22%7D"), get(V + "/images/mine/x:1/json")],
        shows("others")),
    Row("labels of ours in the file", [dockerfile("FROM base:1\nLABEL io.cofferdam.owner=others\n", MINE),
        get(V + "/images/mine/x:1/json")], shows('cofferdam.owner":"others'), "harmless"),
    Row("cachefrom others", [dockerfile("FROM base:1\nENV SECRET=x\n", MINE
        + "&cachefrom=%5B%22host/secret:1%22%5D")], shows("Using cache"), "harmless",
        bare="it has no such layer; a name that is not granted is left out"),
    Row("FROM an image of others", [dockerfile("FROM host/secret:1\nRUN cat /www/secret\n")], reads),
    Row("FROM an image of others by id", [dockerfile("FROM $SECRET12\nRUN cat /www/secret\n")], reads),
    Row("FROM by a build argument", [dockerfile("ARG B=base:1\nFROM $$B\nRUN cat /www/secret\n",
        MINE + "&buildargs=%7B%22B%22%3A%22host/secret:1%22%7D")], reads),
    Row("COPY --from an image of others", [dockerfile(
        "FROM base:1\nCOPY --from=host/secret:1 /www /www\nRUN cat /www/secret\n")], reads),
    Row("COPY --from on a continued line", [dockerfile(
        "FROM base:1\nCOPY \\\n --from=host/secret:1 \\\n /www /www\nRUN cat /www/secret\n")], reads),
    Row("FROM with another escape", [dockerfile(
        "# escape=`\nFROM `\nhost/secret:1\nRUN cat /www/secret\n")], reads),
    Row("FROM in small letters behind a tab", [dockerfile("\tfrom host/secret:1\nRUN cat /www/secret\n")],
        reads),
    Row("ADD a URL", [dockerfile(ADD)], called),
    Row("ADD a URL by a variable", [dockerfile(
        "FROM base:1\nARG U=http://127.0.0.1:$PORT\nADD $$U/x /x\n")], called),
    Row("ADD a URL in JSON", [dockerfile(
        'FROM base:1\nADD ["http://127.0.0.1:$PORT/x", "/x"]\n')], called),
    Row("ONBUILD ADD a URL", [dockerfile("FROM base:1\nONBUILD ADD http://127.0.0.1:$PORT/x /x\n",
        "t=mine/o:1"), dockerfile("FROM mine/o:1\n")], called),
    Row("the Dockerfile under another name", [build(
        MINE + "&dockerfile=./sub/../Evil", {"Dockerfile": "FROM base:1\n",
                                             "Evil": "FROM host/secret:1\nRUN cat /www/secret\n"})], reads),
    Row("the Dockerfile twice in the tar", [lambda c: c.ask("POST", V + "/build?" + MINE, b"".join([
        wire.tar_of({"Dockerfile": b"FROM base:1\n"})[:1024],
        wire.tar_of({"./Dockerfile": b"FROM host/secret:1\nRUN cat /www/secret\n"})]), (TAR,))], reads),
    Row("the Dockerfile in small letters", [build(MINE, {
        "dockerfile": "FROM host/secret:1\nRUN cat /www/secret\n"})], reads),
    Row("the Dockerfile a link", [lambda c: c.ask("POST", V + "/build?" + MINE, linked_dockerfile(),
                                                  (TAR,))], reads),
    Row("the Dockerfile is the body", [lambda c: c.ask(
        "POST", V + "/build?" + MINE, b"FROM host/secret:1\nRUN cat /www/secret\n", (TAR,))], reads,
        bare="an error of the engine: only of a remote context it takes a bare file"),
    Row("a context in gzip", [lambda c: c.ask("POST", V + "/build?" + MINE, gzipped(
        "FROM host/secret:1\nRUN cat /www/secret\n"), (TAR,))], reads),
]


def linked_dockerfile():
    import io
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        evil = b"FROM host/secret:1\nRUN cat /www/secret\n"
        entry = tarfile.TarInfo("evil")
        entry.size = len(evil)
        tar.addfile(entry, io.BytesIO(evil))
        link = tarfile.TarInfo("Dockerfile")
        link.type, link.linkname = tarfile.SYMTYPE, "evil"
        tar.addfile(link)
    return out.getvalue()


def gzipped(text):
    import gzip
    return gzip.compress(wire.tar_of({"Dockerfile": text.encode()}))


# ---- 3 the reader of HTTP ----

INNER = b"GET /v1.41/containers/hostbox/json HTTP/1.1\r\nHost: d\r\n\r\n"
H = b" HTTP/1.1\r\nHost: d\r\n"


def inner(target=b"/v1.41/containers/hostbox/json", head=b" HTTP/1.1\r\nHost: d\r\n\r\n", method=b"GET"):
    return raw(method + b" " + target + head)


def framed(name, head, body, broker="refused", **more):
    """A permitted request, framed so that two readers may differ on where it ends, and a
    forbidden one behind it."""
    return Row(name, [raw(b"POST /v1.41/auth" + H + b"Content-Type: application/json\r\n" + head
                          + b"\r\n" + body + INNER)], reads, broker, **more)


JSON_BIND = b'{"Image":"base:1","HostConfig":{"Binds":["/etc:/x"]}}'


def bound(context):
    return created_with("HostConfig.Binds", bool)(context)


def create_raw(head, body=JSON_BIND, target=b"/v1.41/containers/create"):
    return raw(b"POST " + target + H + head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def odd_path(name, target, broker="hidden", **more):
    return Row("path: " + name, [inner(target)], reads, broker, **more)


PARSER = [
    framed("length and chunks", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    framed("chunks and length", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    framed("the same length twice", b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}"),
    framed("an empty length", b"Content-Length: \r\n", b""),
    framed("bare line feeds", b"X: y\nContent-Length: 2\r\n", b"{}"),
    framed("a folded header", b"X: y\r\n z\r\nContent-Length: 2\r\n", b"{}"),
    framed("a chunk ended by a bare line feed", b"Transfer-Encoding: chunked\r\n", b"2\n{}\r\n0\r\n\r\n"),
    framed("a last chunk of bare line feeds", b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\n\n"),
    framed("a trailer that is a length", b"Transfer-Encoding: chunked\r\n",
           b"2\r\n{}\r\n0\r\nContent-Length: 99\r\n\r\n", "hidden"),
    framed("a chunk with an extension", b"Transfer-Encoding: chunked\r\n", b"2;x=y\r\n{}\r\n0\r\n\r\n", "hidden"),
    framed("a hidden length (X-HTTP-Method-Override)", b"X-HTTP-Method-Override: GET\r\nContent-Length: 2\r\n",
           b"{}", "hidden"),
    framed("two lengths", b"Content-Length: 2\r\nContent-Length: 4\r\n", b"{}", bare="400 of the engine"),
    framed("a length with a sign", b"Content-Length: +2\r\n", b"{}", bare="400 of the engine"),
    framed("gzip, chunked", b"Transfer-Encoding: gzip, chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n",
           bare="501 of the engine"),
    framed("identity", b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n", b"{}",
           bare="501 of the engine"),
    framed("a blank before the colon", b"Content-Length : 2\r\n", b"{}", bare="400 of the engine"),
    framed("a NUL in a value", b"X: a\0b\r\nContent-Length: 2\r\n", b"{}", bare="400 of the engine"),
    framed("two hosts", b"Host: e\r\nContent-Length: 2\r\n", b"{}", bare="400 of the engine"),
    framed("another expectation", b"Expect: 200-ok\r\nContent-Length: 2\r\n", b"{}",
           bare="417 of the engine"),
    Row("an upgrade that is ignored", [raw(b"GET /_ping" + H + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        + INNER)], reads, "hidden"),
    Row("an upgrade to a websocket that is ignored", [raw(b"GET /_ping" + H
        + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + INNER)], reads, "hidden"),
    Row("exec started detached with an upgrade", [*own(), need(post(V + "/containers/$OWN/exec", {
        "Cmd": ["true"]})), raw(b"POST /v1.41/exec/$ID/start" + H + b"Connection: Upgrade\r\nUpgrade: tcp\r\n"
        b"Content-Type: application/json\r\nContent-Length: 28\r\n\r\n"
        b'{"Detach":true,"Tty":false} ', 0.5, INNER)], reads, "hidden"),
    Row("attach that fails, with an upgrade", [raw(b"POST /v1.41/containers/none/attach?stream=1" + H
        + b"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n", 0.3, INNER)], reads, "hidden",
        bare="this engine closes behind its 404; podman does not"),
    Row("bytes before the 101", [*own(), raw(b"POST /v1.41/containers/$OWN/attach?stream=1&stdin=1" + H
        + b"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n" + INNER)], reads, "harmless",
        bare="the engine drops them; they must not become a request behind a filter"),
    Row("two requests at once", [raw(b"GET /_ping" + H + b"\r\n" + INNER)], reads, "hidden"),
    Row("a request behind a HEAD", [raw(b"HEAD /_ping" + H + b"\r\n" + INNER)], reads, "hidden"),
    Row("HTTP/1.0", [inner(head=b" HTTP/1.0\r\n\r\n")], reads, "hidden"),
    Row("HTTP/1.2", [inner(head=b" HTTP/1.2\r\nHost: d\r\n\r\n")], reads),
    Row("HTTP/2.0 in text", [inner(head=b" HTTP/2.0\r\nHost: d\r\n\r\n")], reads, bare="505 of the engine"),
    Row("the first line of HTTP/2", [raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")], reads,
        bare="served from engine 29.2 on"),
    Row("method in small letters", [inner(method=b"get")], reads, bare="404 of the engine"),
    Row("CONNECT", [raw(b"CONNECT /v1.41/containers/hostbox/json" + H + b"\r\n")], reads,
        bare="404 of the engine"),
    Row("OPTIONS *", [raw(b"OPTIONS *" + H + b"\r\n")], shows("HTTP/1.1 200")),
    Row("absolute form", [inner(b"http://x/v1.41/containers/hostbox/json")], reads),
    Row("absolute form of another kind", [inner(b"unix:///v1.41/containers/hostbox/json")], reads),
    odd_path("as it is", b"/v1.41/containers/hostbox/json"),
    odd_path("without a version", b"/containers/hostbox/json"),
    odd_path("an encoded letter", b"/v1.41/%63ontainers/hostbox/json"),
    odd_path("an encoded slash", b"/v1.41/containers%2Fhostbox/json"),
    odd_path("an encoded slash before the version", b"/v1.41%2Fcontainers/hostbox/json"),
    odd_path("an encoded name", b"/v1.41/containers/%68ostbox/json"),
    odd_path("a version with a dot behind", b"/v1.41./containers/hostbox/json", "refused"),
    odd_path("a version with a zero before", b"/v01.41/containers/hostbox/json", "refused"),
    odd_path("a version with a zero within", b"/v1.041/containers/hostbox/json", "refused"),
    odd_path("a version of four parts", b"/v1.41.0.0/containers/hostbox/json", "refused"),
    odd_path("an old version", b"/v1.24/containers/hostbox/json", "hidden"),
    odd_path("two slashes", b"//v1.41/containers/hostbox/json", "refused", bare="301 to the cleaned path"),
    odd_path("a dot", b"/v1.41/./containers/hostbox/json", "refused", bare="301 to the cleaned path"),
    odd_path("two dots", b"/v1.41/containers/x/../hostbox/json", "refused", bare="301 to the cleaned path"),
    odd_path("two dots, encoded", b"/v1.41/images/%2e%2e/containers/hostbox/json", "refused",
             bare="301 to the cleaned path"),
    odd_path("encoded twice", b"/v1.41/containers/%2568ostbox/json", "refused",
             bare="404: decoded once"),
    odd_path("a slash at the end", b"/v1.41/containers/hostbox/json/", "hidden", bare="404 of the engine"),
    odd_path("capitals", b"/v1.41/CONTAINERS/hostbox/json", "refused", bare="404 of the engine"),
    odd_path("a semicolon", b"/v1.41/containers/hostbox/json;x", "refused", bare="404 of the engine"),
    Row("JSON told to be of UTF-16", [create_raw(b"Content-Type: application/json; charset=utf-16\r\n")], bound),
    Row("JSON's type in capitals", [create_raw(b"Content-Type: APPLICATION/JSON\r\n")], bound),
    Row("JSON told to be gzip", [create_raw(b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n")],
        bound),
    Row("JSON with something behind", [create_raw(b"Content-Type: application/json\r\n",
        b'{"Image":"base:1"}' + JSON_BIND)], bound, bare="the engine reads the first value alone"),
    Row("JSON before something", [create_raw(b"Content-Type: application/json\r\n", JSON_BIND + b"{}")], bound),
    Row("JSON that does not end", [create_raw(b"Content-Type: application/json\r\n", JSON_BIND[:-1])], bound,
        bare="an error of the engine"),
    Row("JSON in a form", [create_raw(b"Content-Type: application/x-www-form-urlencoded\r\n")], bound,
        bare="the engine wants JSON's type there"),
    Row("create, its name in the form and the query", [create_raw(b"Content-Type: application/json\r\n",
        target=b"/v1.41/containers/create?name=aa&name=bb")], bound),
    Row("JSON with a byte order mark", [create_raw(b"Content-Type: application/json\r\n",
        b"\xef\xbb\xbf" + JSON_BIND)], bound, bare="an error of the engine"),
    Row("a key that is not UTF-8", [create_raw(b"Content-Type: application/json\r\n",
        b'{"Image":"base:1","HostConfig":{"Binds\xff":["/etc:/x"]}}')], bound,
        bare="replaced, and then no field has that name"),
    Row("a semicolon in the query", [raw(b"POST /v1.41/images/base:1/tag?repo=mine/x;repo=host/new&tag=1" + H
        + b"Content-Length: 0\r\n\r\n")], tagged("host/new:1"), bare="400 of the engine"),
    Row("names in capitals in the query", [post(V + "/images/base:1/tag?Repo=host/new&repo=mine/x&tag=1")],
        tagged("host/new:1"), "harmless", bare="queries are told apart by case"),
    Row("a number for a truth", [create_raw(b"Content-Type: application/json\r\n",
        b'{"Image":"base:1","HostConfig":{"Privileged":"true"}}')], bound, bare="an error of the engine"),
]


# ---- podman: the same holes, and those of its own ----

ISOLATION = "FROM base:1\nRUN ls /proc/1/root/; cat /proc/1/cmdline; wget -q -O - http://127.0.0.1:$PORT/ || true\n"

PODMAN = [
    Row("Binds", run(READ, {"Binds": ["$DIR:/canary"]}), reads),
    Row("Binds in folded keys", [create({"Image": "base:1", "Cmd": ["cat", CANARY_FILE],
        "hostconfig": {"bIndS": ["$DIR:/canary"], "NetworkMode": "none"}}), *RUN], reads),
    Row("Binds with a long s", [create({"Image": "base:1", "Cmd": ["cat", CANARY_FILE],
        "HostConfig": {"Bind\u017f": ["$DIR:/canary"], "NetworkMode": "none"}}), *RUN], reads),
    Row("Privileged", run("cat /proc/self/status", {"Privileged": True}),
        shows("CapEff:\t000001ff", "CapEff:\t0000003f")),
    Row("NetworkMode host", run(LOOPBACK, {"NetworkMode": "host"}), reads),
    Row("PidMode host", run("cat /proc/*/cmdline", {"PidMode": "host"}), shows("podman")),
    Row("a volume of others", run(READ, {"Binds": [FOREIGN_VOLUME]}), reads),
    Row("inspect of others", [get(V + "/containers/hostbox/json")], reads, "hidden"),
    Row("logs of others", [get(V + "/containers/hostbox/logs?stdout=1")], reads, "hidden"),
    Row("delete of others", [ask("DELETE", V + "/containers/hostbox?force=1")], gone("container", "hostbox"),
        "hidden"),
    Row("an image of others", [create(dict(sh("cat /www/secret"), Image="host/secret:1")), *RUN], reads, "hidden"),
    Row("tag, repo in a form", [tag_form("/images/base:1/tag?repo=mine/x&tag=1", b"repo=host/new&tag=1")],
        tagged("docker.io/host/new:1", "host/new:1", "localhost/host/new:1")),
    Row("tag beyond the grant", [post(V + "/images/base:1/tag?repo=host/new&tag=1")],
        tagged("docker.io/host/new:1", "host/new:1", "localhost/host/new:1")),
    Row("build in chroot isolation", [dockerfile(SHOW_NET, MINE + "&isolation=2")], reads, "harmless"),
    Row("build on the host's network", [dockerfile(SHOW_NET, MINE + "&networkmode=host")], reads, "harmless"),
    Row("build with capabilities", [dockerfile("FROM base:1\nRUN cat /proc/self/status\n",
        MINE + "&networkmode=none&addcaps=%5B%22CAP_SYS_ADMIN%22%5D")], shows("CapEff:\\t00000000a82"), "harmless",
        bare="a set that depends on containers.conf; the parameter must be dropped all the same"),
    Row("build with a volume of the host", [dockerfile("FROM base:1\nRUN cat /canary/secret || true\n",
        MINE + "&volume=$DIR:/canary")], reads, "harmless", bare="since podman 4.4"),
    Row("build from an image of others", [dockerfile("FROM host/secret:1\nRUN cat /www/secret\n")], reads),
    Row("libpod info", [get("/v4.3.1/libpod/info")], status_ok),
    Row("libpod info without a version", [get("/libpod/info")], status_ok,
        bare="served with a version alone"),
    Row("libpod info, version of Docker", [get("/v1.41/libpod/info")], status_ok),
    Row("libpod inspect of others", [get("/v4.3.1/libpod/containers/hostbox/json")], reads),
    Row("libpod create with the host's files", [post("/v4.3.1/libpod/containers/create", {
        "image": "base:1", "command": ["cat", CANARY_FILE], "netns": {"nsmode": "none"},
        "mounts": [{"type": "bind", "source": "$DIR", "destination": "/canary"}]}),
        post("/v4.3.1/libpod/containers/$ID/start"), post("/v4.3.1/libpod/containers/$ID/wait"),
        get("/v4.3.1/libpod/containers/$ID/logs?stdout=1")], reads),
    Row("libpod build", [lambda c: c.ask("POST", "/v4.3.1/libpod/build?t=host/new:1&networkmode=host",
        wire.tar_of({"Dockerfile": b"FROM base:1\n"}), (TAR,))],
        tagged("docker.io/host/new:1", "host/new:1", "localhost/host/new:1")),
    Row("libpod exec in others", [post("/v4.3.1/libpod/containers/hostbox/exec", {
        "Cmd": ["true"]})], status_ok),
    Row("libpod play kube", [lambda c: c.ask("POST", "/v4.3.1/libpod/play/kube", b"apiVersion: v1\nkind: Pod\n"
        b"metadata: {name: sly}\nspec: {containers: [{name: a, image: 'base:1'}]}\n",
        (("Content-Type", "application/yaml"),))], never, bare="needs a network that is not here; refused by name"),
    Row("libpod secrets", [get("/v4.3.1/libpod/secrets/json")], status_ok),
    Row("libpod local build", [post("/v4.3.1/libpod/local/build?localcontextdir=$DIR/build")], status_ok,
        bare="of podman 5.6"),
    Row("libpod under an encoded slash", [inner(b"/v4.3.1/libpod%2Finfo")], shows("graphRoot"), bare="404 of podman"),
]


# ---- 2.4 BuildKit (engines from 25 on) ----

LOOP = "wget -q -O - http://127.0.0.1:%s/"
HOST_NET = [(9, "network.host")]


def loop(graph, context):
    return graph.image().execute(LOOP % context.names["PORT"], network=1)


def living(context):
    """It did not end, and it serves."""
    return bool(context.answers) and context.answers[-1].status == 200


PEAK_KIB = 16 * 1024


def unbounded(context):
    """Through a broker: the connection was left open, or its memory grew."""
    if context.path == context.host.engine:
        return False
    return not context.names.get("CLOSED") or int(context.names["PEAK_KIB"]) > PEAK_KIB


def flood(name, frames):
    return Row(name, [buildkit.flood(frames)], unbounded, "harmless", bare="no engine was hurt by it")


BUILDKIT = [
    Row("LLB on the host's network", [buildkit.graph(loop, *HOST_NET)], reads),
    Row("LLB on the host's network, solved in a gateway", [buildkit.bridge(lambda c: [
        (1, loop(buildkit.Graph(), c).definition()), (14, 1)])], reads,
        bare="the entitlement is the Solve's, and this one has none"),
    Row("LLB in a gateway without a seccomp filter", [buildkit.bridge(lambda c: [
        (1, buildkit.Graph().image().execute("cat /proc/self/status", network=2, security=7).definition()),
        (14, 1)])], shows("Seccomp:\t0")),
    Row("LLB without a seccomp filter", [buildkit.graph(lambda g, c: g.image().execute(
        "cat /proc/self/status", network=2, security=7))], shows("Seccomp:\t0")),
    Row("LLB with a cgroup's parent", [buildkit.graph(lambda g, c: g.image().execute(
        "cat /proc/1/cgroup; cat /proc/self/cgroup", network=2, cgroupParent="/sly"))], status_ok),
    Row("LLB of an image of others", [buildkit.graph(lambda g, c: g.image("docker.io/host/secret:1").execute(
        "cat /www/secret", network=2))], reads),
    Row("LLB that loads from the host's loopback device", [buildkit.graph(lambda g, c: g.source(
        "http://127.0.0.1:%s/x" % c.names["PORT"]))], called),
    Row("entitlements alone", [buildkit.solve(lambda c: [*HOST_NET, (11, 1)])], never,
        bare="a Solve without anything waits for its gateway"),
    Row("a frontend of one's own", [buildkit.solve(lambda c: [(6, "gateway.v0"), *buildkit.entries(7, {
        "source": "docker.io/library/base:1"})], seconds=6)], never,
        bare="base:1 is none; what is refused is that it is started at all"),
    Row("a frontend of one's own, in a gateway", [buildkit.bridge(lambda c: [(2, "gateway.v0"), *buildkit.entries(3, {
        "source": "docker.io/library/base:1"})], seconds=6)], never, bare="the same"),
    Row("a name beyond the grant", [buildkit.named("host/new:1")], tagged("host/new:1")),
    Row("a name beyond the grant, as older clients say it", [buildkit.named("host/new:1", old=True)],
        tagged("host/new:1")),
    Row("a second name with a comma", [buildkit.named("mine/x:1,host/new:1")], tagged("host/new:1")),
    Row("a name that somebody has", [buildkit.named("host/app:1")], tagged("host/app:1")),
    Row("an exporter that pushes", [buildkit.solve(lambda c: [
        (2, buildkit.Graph().image().execute("true", network=2).definition()),
        (13, [(1, "registry"), *buildkit.entries(2, {"name": "127.0.0.1:%s/x" % c.names["PORT"]})])])],
        called, bare="this engine has no such exporter"),
    Row("a result without the run's labels", [buildkit.returned({"sly": "1"})], labelled("sly")),
    Row("a result without a name, and without the labels", [buildkit.returned({"sly": "1"}, name="")], labelled("sly")),
    Row("a result with another run's label", [buildkit.returned({"sly": "1", "io.cofferdam.run": "0" * 32,
        "io.cofferdam.tags": "docker.io/host/app:1"})], labelled("sly")),
    Row("the output of another's build", [buildkit.call(buildkit.CONTROL + "Status", lambda c: [(1, c.names["REF"])],
        seconds=10)], reads, "hidden", host=[buildkit.elsewhere]),
    Row("a solve in another's session", [buildkit.solve(lambda c: [(11, 1)], session_of="SESSION")],
        never, "hidden", host=[buildkit.elsewhere], bare="a Solve without anything waits for its gateway"),
    Row("a session that is another way to open one", [buildkit.call(buildkit.CONTROL + "Session", seconds=2)], never,
        bare="it needs a stream of its own"),
    Row("a container of a client's own, from a result", [buildkit.container], status_ok),
    Row("a process in such a container", [buildkit.call(buildkit.BRIDGE + "ExecProcess", seconds=3)], never,
        bare="it needs a container that is there"),
    Row("the builds of everybody, forgotten", [buildkit.call(buildkit.CONTROL + "UpdateBuildHistory", lambda c: [
        (1, c.names["REF"]), (3, 1)])], status_ok, host=[buildkit.finished]),
    Row("a blob of everybody's", [buildkit.call("/containerd.services.content.v1.Content/Read", lambda c: [
        (1, "sha256:" + "0" * 64)], seconds=3)], never, bare="no blob has this digest"),
    Row("a session of an id that is in use", [buildkit.again], upgraded, bare="the engine refuses it, too"),
    Row("a context on the host's loopback device", [buildkit.attribute("context", "http://127.0.0.1:$PORT/x")], called),
    Row("a context in git", [buildkit.attribute("context", "http://127.0.0.1:$PORT/x.git")], called,
        bare="the session would be asked for a password first"),
    Row("a named context on the host's loopback device", [buildkit.attribute("context:base",
        "http://127.0.0.1:$PORT/x")], called, bare="loaded when a Dockerfile names it"),
    Row("a named context in an OCI layout", [buildkit.attribute("context:base", "oci-layout://x@sha256:" + "0" * 64)],
        never, bare="the session would be asked for it"),
    Row("a cache that is stored in a registry", [buildkit.solve(lambda c: buildkit.steps(c, (8, [(4, [
        (1, "registry"), *buildkit.entries(2, {"ref": "127.0.0.1:%s/x" % c.names["PORT"]})])])))], called,
        bare="this engine stores none there"),
    Row("the cache of everybody, removed", [buildkit.call(buildkit.CONTROL + "Prune")], status_ok),
    Row("the cache of everybody, listed", [buildkit.call(buildkit.CONTROL + "DiskUsage")], status_ok),
    Row("the builds of everybody", [buildkit.call(buildkit.CONTROL + "ListenBuildHistory", [(3, 1)], seconds=3)],
        status_ok),
    Row("the blobs of everybody", [buildkit.call("/containerd.services.content.v1.Content/List", seconds=3)],
        status_ok),
    Row("reflection", [buildkit.call("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", seconds=2)],
        never, bare="not registered"),
    Row("a compressed message", [buildkit.call(buildkit.CONTROL + "Info", flag=1)], never,
        bare="an error of the engine: nothing told how it is compressed"),
    Row("a field that no row describes", [buildkit.call(buildkit.CONTROL + "ListWorkers", [(99, "x")])], status_ok),
    Row("a worker's labels", [buildkit.call(buildkit.CONTROL + "ListWorkers")], shows("host-gateway-ip"), "harmless"),
    Row("HTTP/2 from the first byte on", [buildkit.call(buildkit.CONTROL + "Prune", target=None, seconds=3)], status_ok,
        bare="this engine wants an upgrade"),
    # Before what makes the broker keep megabytes, for they count its memory.
    flood("a flood of SETTINGS", lambda: buildkit.frame(4, 0, 0) * 200000),
    flood("a flood of PING", lambda: buildkit.frame(6, 0, 0, b"12345678") * 200000),
    flood("calls that are whole, and reset at once", lambda: buildkit.resets(20000)),
    flood("headers that do not end", lambda: buildkit.frame(1, 0, 1, b"\x83\x86")
          + buildkit.frame(9, 0, 1, b"\x40\x01x" + b"\x7f\x00" + b"y" * 127) * 60000),
    flood("headers that unpack to more", lambda: buildkit.frame(1, 0, 1, b"\x83\x86\x40\x01x\x7f\x80\x1e"
          + b"y" * 3967) + buildkit.frame(9, 0, 1, b"\xbe" * 16000) * 60),
    Row("a message of 4 MiB and a byte", [buildkit.large((4 << 20) + 1)], status_ok,
        bare="the engine has the same limit"),
    Row("a 65th call at once", [buildkit.crowd(64), get("/_ping")], lambda c: c.answers[0].status == 200, "harmless",
        goes_on=True),
    Row("more bytes at once than the broker may keep", [buildkit.crowd(16, 4 << 20)], status_ok),
    Row("the next one, when they are gone", [buildkit.crowd(1)], never, "harmless", bare="permitted, and no attack"),
    Row("sessions that never answer", [buildkit.mute], buildkit.goes_on, "harmless", bare="the engine ends them, too"),
]


SECTIONS = {"create": CREATE, "buildkit": BUILDKIT, "containers": CONTAINERS, "images": IMAGES, "objects": OBJECTS,
            "families": FAMILIES, "builds": BUILDS, "parser": PARSER, "podman": PODMAN}


def section(name):
    return field_rows() if name == "fields" else SECTIONS[name]
