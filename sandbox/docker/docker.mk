# sandbox/docker/docker.mk: cofferdam-broker, and what of it the launcher shares.

# Data and plain values: explain prints the tables, gc and the launcher speak the words.
BROKER_TABLES := route query body field limit schema policy control reference refusal text \
                 kit solve proto
BROKER_SRC    := $(filter-out sandbox/docker/main.c,$(wildcard sandbox/docker/*.c))
BROKER_SHARED := sandbox/base/failure.c sandbox/base/utf8.c sandbox/base/jsontext.c sandbox/privilege/caps.c sandbox/privilege/landlock.c \
                 namespaces/hostpath.c seccomp/filter.c
BROKER_LIBS    = -lcjson -lz -lcap -lnghttp2
