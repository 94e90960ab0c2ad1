#!/usr/bin/env bats
# Calls that programs and the tests of their runtimes make, and what they find inside: that it works
# as outside, or an error that they know a way around.

load ../lib/run

# python PROGRAM: what it prints inside
python() { sandbox none -- python3 -c "$1" 2>&1; }

@test "limits of one's own children: read, lowered, never raised; of PID 1 nobody's" {
	local program='
import resource, subprocess
child = subprocess.Popen(["sleep", "30"])
resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (100, 200))
print(*resource.prlimit(child.pid, resource.RLIMIT_NOFILE))
try:
    resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (100, 201))
    print("raised")
except PermissionError:
    print("not raised")
child.kill()'

	is "$(as_user python3 -c "$program")" "100 200
not raised" "outside"
	is "$(python "$program")" "100 200
not raised" "inside"
	is "$(sandbox none -- sh -c 'sleep 30 & prlimit --pid $! --nofile=50:60; prlimit --pid $! --nofile --noheadings --raw --output SOFT,HARD; kill $!')" "50 60" "prlimit(1)"
	is "$(sandbox none -- sh -c 'sleep 30 & prlimit --pid $! --core=7; prlimit --pid $! --core --noheadings --raw --output SOFT; kill $!')" 1 "core of a child stays"
	is "$(probe_in limit-first)" EPERM "of PID 1"
}

@test "scheduling of one's own children: priority, class, processors, io" {
	is "$(sandbox none -- sh -c 'sleep 30 & renice -n 5 $! >/dev/null; chrt --batch --pid 0 $!; taskset -pc 0 $! >/dev/null; ionice -c 3 -p $!
		ps -o ni= $! | tr -d " "; chrt -p $! | head -n 1 | sed "s/.*: //"; taskset -p $! | sed "s/.*: //"; ionice -p $!; kill $!')" "5
SCHED_BATCH
1
idle" "inside"
}

@test "POSIX message queues: two of the usual size, as files in /dev/mqueue, and a third says EMFILE" {
	# glibc passes an absent attribute on as NULL: the kernel's ten messages of 8 KiB.
	local program='
import ctypes, os
rt = ctypes.CDLL(None, use_errno=True)
rt.mq_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
def queue(name):
    n = rt.mq_open(name, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o600, None)
    return n if n >= 0 else os.strerror(ctypes.get_errno())
one, two, three = queue(b"/one"), queue(b"/two"), queue(b"/three")
print(sorted(os.listdir("/dev/mqueue")), three)
rt.mq_send(one, b"heard", 5, 0)
buffer = ctypes.create_string_buffer(8192)
n = rt.mq_receive(one, buffer, 8192, None)
print(buffer.raw[:n])
rt.mq_unlink(b"/one")
os.close(one)
print(queue(b"/three") > 2)'

	[ -e /proc/sys/fs/mqueue ] || cannot "make message queues"
	is "$(python "$program")" "['one', 'two'] Too many open files
b'heard'
True" "inside"
}

@test "protocols that are not there say what a kernel without them says" {
	is "$(python '
import errno, socket
for family in socket.AF_INET, socket.AF_INET6:
    for kind, protocol in (socket.SOCK_DGRAM, 136), (socket.SOCK_STREAM, 132), (socket.SOCK_STREAM, 262), (socket.SOCK_SEQPACKET, 132), (6, 33):
        try:
            socket.socket(family, kind, protocol)
            print("there")
        except OSError as e:
            print(errno.errorcode[e.errno])' | sort | uniq -c | sed 's/^ *//')" "6 EPROTONOSUPPORT
4 ESOCKTNOSUPPORT" "UDP-Lite, SCTP, MPTCP, DCCP"
}

@test "ping: the build itself answers, other hosts are not there" {
	is "$(python '
import errno, socket
def ping(family, protocol, kind, address):
    try:
        with socket.socket(family, socket.SOCK_DGRAM, protocol) as s:
            s.settimeout(5)
            s.sendto(bytes([kind, 0, 0, 0, 0, 0, 0, 1]) + b"echo", (address, 0))
            return s.recv(100)[-4:].decode()
    except OSError as e:
        return errno.errorcode[e.errno]
print(ping(socket.AF_INET, 1, 8, "127.0.0.1"))
print(ping(socket.AF_INET, 1, 8, socket.gethostbyname(socket.gethostname())))
print(ping(socket.AF_INET6, 58, 128, "::1"))
print(ping(socket.AF_INET, 1, 8, "192.0.2.1"))')" "echo
echo
echo
ENETUNREACH" "inside"
	is "$(sandbox --root-inside none -- python3 -c '
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1)
print("made")')" made "as root inside"
}

@test "the name of the host is its name in full, and leads to the build itself" {
	is "$(sandbox none -- sh -c 'hostname; hostname -f; getent hosts cofferdam localhost | tr -s " "')" "cofferdam
cofferdam
127.0.1.1 cofferdam
::1 localhost" "names"
	is "$(python '
import socket
s = socket.create_server((socket.gethostname(), 0))
c = socket.create_connection(s.getsockname())
s.accept()[0].sendall(b"heard")
print(c.recv(5).decode())')" heard "a server at that name"
}

@test "groups of multicast, and datagrams to hosts that are not there" {
	is "$(python '
import errno, socket
a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab")
a.bind(("", 0))
a.settimeout(5)
a.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.1.2.3") + bytes(4))
b.sendto(b"heard", ("224.1.2.3", a.getsockname()[1]))
print(a.recv(5).decode())
b.connect(("192.0.2.1", 53))
b.send(b"?")
try:
    b.recv(5)
except OSError as e:
    print(errno.errorcode[e.errno])')" "heard
ECONNREFUSED" "inside"
}

# A bare loopback has no route for them.
@test "groups of multicast of IPv6, with an interface and without" {
	[ -e /proc/net/if_inet6 ] || cannot "join a group of IPv6 (the kernel has none)"
	is "$(python '
import socket
for group in ("ff02::1:3", "ff05::1:3", "ff15::4"):
    for interface in (0, 1):
        a, b = (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in "ab")
        a.bind(("::", 0))
        a.settimeout(5)
        name = socket.inet_pton(socket.AF_INET6, group) + interface.to_bytes(4, "little")
        a.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, name)
        b.sendto(b"heard", (group, a.getsockname()[1], 0, interface))
        print(a.recv(5).decode())' | sort | uniq -c | tr -s ' ')" " 6 heard" "inside"
}

@test "sanitizers, gdb, strace, valgrind" {
	cat >"$CASE/program.c" <<'C'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
int number;
void *kept;
static void *thread(void *unused) { number = 7; return unused; }
int main(void)
{
	pthread_t t;
	setlinebuf(stdout);
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	kept = malloc(10);
	kept = NULL;
	printf("%d\n", number);
	return 0;
}
C
	cat >"$CASE/try" <<'SH'
cd /tmp && cp /opt/case/program.c . && gcc -g -pthread program.c -o plain || exit
for kind in address leak thread; do
	gcc -g -pthread -fsanitize=$kind program.c -o $kind && ./$kind >$kind.out 2>&1
	echo "$kind $? $(grep -o "detected memory leaks\|^7$" $kind.out | tr "\n" " ")"
done
strace -f -e trace=exit_group -o strace.out ./plain
grep -o "exit_group(0)" strace.out
gdb -q -batch -ex "break thread" -ex run -ex bt -ex kill ./plain 2>&1 | grep -o "#0  thread"
gdb -q -batch -ex "set can-use-hw-watchpoints 0" -ex "break thread" -ex run -ex "watch number" -ex c ./plain 2>&1 | grep "New value"
gdb -q -batch -ex "break main" -ex run -ex "watch number" -ex c ./plain 2>&1 | grep -o "Couldn't write debug register"
SH
	chmod 0644 "$CASE/program.c" "$CASE/try"
	is "$(sandbox --ro-bind "$CASE:/opt/case" none -- sh /opt/case/try)" "address 1 7 detected memory leaks 
leak 23 7 detected memory leaks 
thread 0 7 
7
exit_group(0)
#0  thread
New value = 7
Couldn't write debug register" "inside"
	[ ! -x /usr/bin/valgrind ] || is "$(sandbox --ro-bind "$CASE:/opt/case" none -- sh -c 'cd /tmp && gcc -g -pthread /opt/case/program.c -o plain &&
		valgrind -q --leak-check=full --error-exitcode=9 ./plain 2>&1 | grep -o "10 bytes.*definitely"')" "10 bytes in 1 blocks are definitely" valgrind
}

@test "who asks PID 1 to trace it waits for ever, and nobody else with it" {
	local program='
import ctypes, os, signal, sys
if os.fork() == 0:
    if os.fork() == 0:
        while os.getppid() != 1:
            os.sched_yield()
        if ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0:
            print("traced", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        print("went on", flush=True)
    os._exit(0)
os.wait()
sys.stdin.readline()
while "t (tracing stop)" not in "".join(open(f"/proc/{p}/status").read() for p in os.listdir("/proc") if p.isdigit() and p != "1"):
    os.sched_yield()
print("the end")'

	run sandbox none -- python3 -c "$program" </dev/null
	is "$status" 0 "status"
	is "$output" "traced
the end" "words"
	is "$(report result.cause)" exited "cause"
	# The command itself: it stops before its next program, and the time limit ends it.
	run sandbox --timeout 2 none -- python3 -c 'import ctypes, os; ctypes.CDLL(None).ptrace(0, 0, 0, 0); os.execv("/bin/true", ["true"])'
	is "$status" 124 "status of one that waits"
}

@test "--cpus: programs that count processors count those of the limit" {
	local program='import os; print(os.cpu_count() if not hasattr(os, "process_cpu_count") else os.process_cpu_count(), len(os.sched_getaffinity(0)))'

	[ "$(nproc)" -gt 1 ] || cannot "leave a processor out"
	is "$(sandbox --cpus 1 --allow-degraded cgroup none -- nproc)" 1 "nproc"
	is "$(sandbox --cpus 0.5 --allow-degraded cgroup none -- nproc)" 1 "nproc of half a processor"
	is "$(sandbox --cpus 1 --allow-degraded cgroup none -- python3 -c "$program" | cut -d' ' -f2)" 1 Python
	is "$(sandbox none -- nproc)" "$(as_user nproc)" "without a limit"
	is "$(sandbox --cpus "$(nproc)" --allow-degraded cgroup none -- nproc)" "$(as_user nproc)" "with a limit of all"
	is "$(sandbox --cpus 1 --allow-degraded cgroup none -- sh -c 'printf "#include <omp.h>\n#include <stdio.h>\nint main(void) { return printf(\"%%d\", omp_get_max_threads()) < 0; }\n" >/tmp/a.c && gcc -fopenmp /tmp/a.c -o /tmp/a && /tmp/a')" 1 OpenMP
	[ ! -x /usr/bin/node ] || is "$(sandbox --cpus 1 --allow-degraded cgroup none -- node -p 'os.availableParallelism()')" 1 Node
	[ ! -x /usr/bin/java ] || is "$(sandbox --cpus 1 --allow-degraded cgroup none -- sh -c 'printf "class A { public static void main(String[] a) { System.out.println(Runtime.getRuntime().availableProcessors()); } }" >/tmp/A.java && java /tmp/A.java')" 1 Java
}

@test "--cpus: two runs are on different processors, and a repository narrows its own" {
	local first

	[ "$(nproc)" -gt 1 ] || cannot "leave a processor out"
	background first coff run -q --cpus 1 --allow-degraded cgroup none -- sh -c 'taskset -pc $$; exec sleep 60' >"$CASE/first"
	wait_for 20 grep -qs . "$CASE/first"
	[ "$(sed 's/.*: //' "$CASE/first")" != "$(sandbox --cpus 1 --allow-degraded cgroup none -- sh -c 'taskset -pc $$' | sed 's/.*: //')" ] ||
		fail "both are on $(cat "$CASE/first")"
	as_user sh -c 'git init -q "$0" && cd "$0" && echo "{ \"cpus\": 1 }" >.cofferdam.json && git add -A && git -c user.name=a -c user.email=a@b commit -qm a' "$CASE/repository"
	is "$(sandbox "$CASE/repository" -- nproc)" 1 "nproc in a repository that asks for one"
}

@test "nothing that the caller has set for itself is the build's, but what explain says" {
	local program='
import ctypes, os, resource, signal
libc = ctypes.CDLL(None)
status = dict(line.split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
print("umask", status["Umask"].strip())
print("slack", libc.prctl(30, 0, 0, 0, 0))
print("personality", libc.personality(0xffffffff))
print("huge pages forbidden", libc.prctl(42, 0, 0, 0, 0))
print("signals", int(status["SigBlk"], 16), int(status["SigIgn"], 16) & ~(1 << 12 | 1 << 24))
print("locale", os.environ.get("LC_ALL"), os.environ.get("LANG"))
for name in "AS", "CPU", "DATA", "RSS", "STACK":
    print(name, resource.getrlimit(getattr(resource, "RLIMIT_" + name))[0])
print("nice", os.nice(0))'
	local caller='
import ctypes, os, resource, signal, sys
libc = ctypes.CDLL(None)
os.umask(0o077)
libc.prctl(29, 1000000, 0, 0, 0)
libc.prctl(41, 1, 0, 0, 0)
libc.personality(0x40000)
for s in signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT:
    signal.signal(s, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGTERM])
for name in "AS", "CPU", "DATA", "RSS":
    hard = resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1]
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (1 << 40, hard))
os.nice(5)
os.environ["LC_ALL"] = "C"
# As make(1) does it, which leaves the two signals of libc itself ignored.
sys.exit(os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)[1])'

	is "$(as_user python3 -c "$caller" "$COFFERDAM" run -q none -- python3 -c "$program")" "umask 0022
slack 50000
personality 0
huge pages forbidden 0
signals 0 0
locale None C.UTF-8
AS -1
CPU -1
DATA -1
RSS -1
STACK 8388608
nice 5" "inside"
	contains "$(coff explain --full none -- true)" "nice value: the caller's"
	need_root
	as_root chrt -f 1 true 2>/dev/null || cannot "schedule in real time"
	is "$(as_root chrt -f 1 ionice -c 1 "$COFFERDAM" run -q --run-as "$TEST_USER" none -- sh -c 'chrt -p $$ | head -n 1 | sed "s/.*: //"; ionice | cut -d: -f1')" "SCHED_OTHER
none" "a realtime caller"
	is "$(as_user chrt -b 0 "$COFFERDAM" run -q none -- sh -c 'chrt -p $$ | head -n 1 | sed "s/.*: //"')" SCHED_BATCH "a caller in the background"
}
