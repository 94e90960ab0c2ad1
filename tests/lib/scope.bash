# tests/lib/scope.bash: a session bus of the test's own with somebody on it who plays systemd.
#
#	bus_start           a real dbus-daemon at $BUS, run by the test user
#	manager_start MODE  tests/lib/fake-manager on it; what it is told is in $CASE/calls
#	bus_stop            the end of any of these
#	bus_silent          at $BUS somebody who accepts and never says a word
#	bus_garbage         at $BUS somebody who answers with what is not D-Bus
#	ask ARG…            cofferdam-scope ARG… there, as the test user; its answer in $CASE/answer
#	answer KEY          a value of that answer
#	told                the members that the manager was called by, one a line

SCOPE_PROGRAM=usr/libexec/cofferdam/cofferdam-scope

bus_start() {
	BUS=unix:path=$CASE/bus
	cat >"$CASE/bus.conf" <<-CONF
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>session</type>
		  <listen>$BUS</listen>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		    <allow user="*"/>
		  </policy>
		</busconfig>
	CONF
	background BUS_PID as_user dbus-daemon --config-file="$CASE/bus.conf" --nofork >"$CASE/bus.log" 2>&1
	wait_for 10 test -S "$CASE/bus" || fail "no bus: $(cat "$CASE/bus.log")"
}

manager_start() {
	bus_start
	background MANAGER_PID as_user env DBUS_SESSION_BUS_ADDRESS="$BUS" \
		/usr/bin/python3 "$SOURCES/tests/lib/fake-manager" "$1" "$CASE/calls" >"$CASE/manager.log" 2>&1
	wait_for 10 grep -q ready "$CASE/manager.log" || fail "no manager: $(cat "$CASE/manager.log")"
}

bus_stop() {
	local pid

	for pid in $MANAGER_PID $BUS_PID $LISTENER; do
		end_tree "$pid" || :
	done
	MANAGER_PID='' BUS_PID='' LISTENER=''
	rm -f "$CASE/bus"
}

# listen PYTHON: what is done with each connection c
listen() {
	BUS=unix:path=$CASE/bus
	background LISTENER as_user /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.bind('$CASE/bus')
s.listen()
held = []
while True:
    c = s.accept()[0]
    held.append(c)
    $1" 
	wait_for 10 test -S "$CASE/bus" || fail "nobody listens"
}

bus_silent() { listen pass; }
bus_garbage() { listen "c.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')"; }

ask() {
	as_user env DBUS_SESSION_BUS_ADDRESS="$BUS" /usr/bin/python3 "$SOURCES/tests/lib/scope-driver" \
		"$SUITE/$SCOPE_PROGRAM" "$@" >"$CASE/answer"
}

answer() {
	python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))[sys.argv[2]]
print(value if isinstance(value, str) else json.dumps(value))' "$CASE/answer" "$1"
}

told() {
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    print(json.loads(line)["member"])' "$CASE/calls" 2>/dev/null || :
}
