#include "sandbox/docker/body.h"

#include "sandbox/docker/field.h"
#include "sandbox/docker/field_limit.h"

#define ALLOW(name, kind, reason)                                                                  \
	{                                                                                          \
		name, kind, RULE_ALLOW, NULL, NULL, NULL, NULL, reason                             \
	}
#define CHECKED(name, kind, check, value, reason)                                                  \
	{                                                                                          \
		name, kind, RULE_ALLOW, NULL, check, NULL, value, reason                           \
	}
#define REQUIRE(name, kind, check, value, reason)                                                  \
	{                                                                                          \
		name, kind, RULE_REQUIRE, NULL, check, NULL, value, reason                         \
	}
#define OBJECT(name, kind, sub, check, value, reason)                                              \
	{                                                                                          \
		name, kind, RULE_ALLOW, &(sub), check, NULL, value, reason                         \
	}
#define FORCE(name, kind, check, make, value, reason)                                              \
	{                                                                                          \
		name, kind, RULE_FORCE, NULL, check, make, value, reason                           \
	}
#define DROP(name, reason)                                                                         \
	{                                                                                          \
		name, KIND_ANY, RULE_DROP, NULL, NULL, NULL, NULL, reason                          \
	}
#define REFUSE(name, reason)                                                                       \
	{                                                                                          \
		name, KIND_ANY, RULE_REFUSE, NULL, NULL, NULL, NULL, reason                        \
	}
#define END                                                                                        \
	{                                                                                          \
		0                                                                                  \
	}

#define PLAIN      "the container's own affair"
#define ADMITTED   "what the engine fills in, clients send it empty"
#define NO_WINDOWS "of Windows"
#define NAMESPACE  "a namespace of the host, or of a container of others"
#define DEVICE     "devices of the host are never given"
#define LIMITS     "within the run's own limits"
#define BLOCK_IO   "it names devices of the host"
#define NO_LOGIN   "a builder's credentials go nowhere"
#define NO_NETWORK "there is no network but those of this run, and they lead nowhere"
#define PORTS                                                                                      \
	"no port is published, for the networks of a run lead to no host, the sandbox neither: "   \
	"talk to the container from another one on its network, or with docker exec"
#define LABELS                                                                                     \
	"LABEL_RUN, LABEL_USER and LABEL_OWNER besides: teardown finds by them what a run made"

/* ---- auth ---- */

static const struct field auth_fields[] = {
	ALLOW("serveraddress", KIND_STRING, "is there a login of the launcher's for it?"),
	DROP("username", NO_LOGIN),
	DROP("password", NO_LOGIN),
	DROP("email", NO_LOGIN),
	DROP("auth", NO_LOGIN),
	DROP("identitytoken", NO_LOGIN),
	DROP("registrytoken", NO_LOGIN),
	END,
};
const struct schema body_auth = { "login", auth_fields };

/* ---- containers/create ---- */

static const struct field healthcheck_fields[] = {
	ALLOW("Test", KIND_STRINGS, PLAIN),
	ALLOW("Interval", KIND_INT, PLAIN),
	ALLOW("Timeout", KIND_INT, PLAIN),
	ALLOW("Retries", KIND_INT, PLAIN),
	ALLOW("StartPeriod", KIND_INT, PLAIN),
	ALLOW("StartInterval", KIND_INT, PLAIN),
	END,
};
static const struct schema healthcheck = { "Healthcheck", healthcheck_fields };

static const struct field volume_options_fields[] = {
	ALLOW("NoCopy", KIND_BOOL, PLAIN),
	DROP("Labels", "a volume that is made here goes with its container"),
	REFUSE("DriverConfig", "its options bind any directory or device of the host"),
	REFUSE("Subpath", "resolved by the engine as root, outside the container"),
	END,
};
static const struct schema volume_options = { "VolumeOptions", volume_options_fields };

static const struct field tmpfs_options_fields[] = {
	ALLOW("SizeBytes", KIND_INT, LIMITS),
	ALLOW("Mode", KIND_INT, PLAIN),
	REFUSE("Options", "use HostConfig.Tmpfs, whose options are known"),
	END,
};
static const struct schema tmpfs_options = { "TmpfsOptions", tmpfs_options_fields };

static const struct field mount_fields[] = {
	REQUIRE("Type", KIND_STRING, NULL, "volume or tmpfs",
		"bind, npipe, cluster and image show what is the host's"),
	ALLOW("Source", KIND_STRING, "a volume of this run; empty: an anonymous one"),
	REQUIRE("Target", KIND_STRING, NULL, NULL, PLAIN),
	ALLOW("ReadOnly", KIND_BOOL, PLAIN),
	DROP("Consistency", "of macOS"),
	REFUSE("BindOptions", "host paths are never given"),
	OBJECT("VolumeOptions", KIND_OBJECT, volume_options, NULL, NULL, PLAIN),
	OBJECT("TmpfsOptions", KIND_OBJECT, tmpfs_options, NULL, NULL, LIMITS),
	REFUSE("ImageOptions", "images are read by docker run, not mounted"),
	REFUSE("ClusterOptions", "cluster volumes belong to a swarm"),
	END,
};
static const struct schema mount = { "Mounts", mount_fields };

static const struct field ulimit_fields[] = {
	REQUIRE("Name", KIND_STRING, NULL, NULL, LIMITS),
	ALLOW("Soft", KIND_INT, LIMITS),
	ALLOW("Hard", KIND_INT, LIMITS),
	END,
};
static const struct schema ulimit = { "Ulimits", ulimit_fields };

static const struct field host_config_fields[] = {
	/* files */
	CHECKED("Binds", KIND_STRINGS, field_binds,
		"NAME:/PATH[:OPTIONS], NAME a volume of this run",
		"a leading '/' is a path of the host, the Docker socket among them"),
	{ "Mounts", KIND_OBJECTS, RULE_ALLOW, &mount, field_mounts, NULL,
		"volumes of this run, anonymous ones, tmpfs", "bind is a path of the host" },
	CHECKED("Tmpfs", KIND_MAP, field_tmpfs, "options by name, size within the memory limit",
		"without a size it may take half of the host's memory"),
	REFUSE("VolumesFrom", "volumes of any container: name the volumes instead"),
	REFUSE("VolumeDriver", "a plugin of the host would be called"),
	DROP("ContainerIDFile", "docker run --cidfile: the client writes it"),
	ALLOW("ReadonlyRootfs", KIND_BOOL, PLAIN),
	REFUSE("StorageOpt", "options of the host's storage"),
	/* [] unmasks all: these are not zero. */
	CHECKED("MaskedPaths", KIND_STRINGS, field_never, "absent",
		"an empty list opens /proc/kcore and the like"),
	CHECKED("ReadonlyPaths", KIND_STRINGS, field_never, "absent",
		"an empty list makes /proc/sys and /proc/sysrq-trigger writable"),

	/* privileges */
	FORCE("Privileged", KIND_BOOL, field_zero, field_make_false, "false", "root on the host"),
	CHECKED("CapAdd", KIND_STRINGS, field_cap_add, "what is kept anyway",
		"no capability is added: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID and "
		"NET_BIND_SERVICE are there"),
	FORCE("CapDrop", KIND_STRINGS, field_cap_drop, field_make_cap_drop,
		"AUDIT_WRITE MKNOD NET_RAW SETFCAP SETPCAP SYS_CHROOT, and what the client drops",
		"what installing packages and running services does not need"),
	FORCE("SecurityOpt", KIND_STRINGS, field_security_opt, field_make_security_opt,
		"[\"no-new-privileges\"]",
		"seccomp, AppArmor, SELinux and masks are never weakened"),
	REFUSE("GroupAdd", "numbers that mean something on the host"),
	REFUSE("Devices", DEVICE),
	REFUSE("DeviceCgroupRules", DEVICE),
	REFUSE("DeviceRequests", "CDI gives arbitrary mounts and hooks of the host"),
	REFUSE("Sysctls", "settings of the kernel; on podman's networks disable_ipv6 is set"),
	REFUSE("Runtime", "names a program of the host"),
	REFUSE("Annotations", "read by the runtime, files of the host among them"),
	REFUSE("Capabilities", "never released; it names capabilities"),

	/* namespaces */
	FORCE("IpcMode", KIND_ANY, NULL, field_make_private, "private", NAMESPACE),
	FORCE("CgroupnsMode", KIND_ANY, NULL, field_make_private, "private", NAMESPACE),
	FORCE("PidMode", KIND_STRING, field_zero, field_make_empty, "\"\"", NAMESPACE),
	FORCE("UTSMode", KIND_STRING, field_zero, field_make_empty, "\"\"", NAMESPACE),
	FORCE("UsernsMode", KIND_STRING, field_zero, field_make_empty, "\"\"", NAMESPACE),
	REFUSE("Cgroup", NAMESPACE),
	FORCE("CgroupParent", KIND_STRING, field_zero, field_make_empty, "\"\"",
		"../.. leaves every limit"),

	/* network */
	FORCE("NetworkMode", KIND_STRING, field_network_mode, field_make_network_mode,
		"none, or a network of this run; the default is none",
		"host, container: and the networks of others lead to services of the host"),
	REFUSE("PortBindings", PORTS),
	REFUSE("PublishAllPorts", PORTS),
	REFUSE("Links", "containers by name, also of others: use a network of this run"),
	CHECKED("ExtraHosts", KIND_STRINGS, field_extra_hosts, "NAME:ADDRESS",
		"lines of the container's own /etc/hosts; host-gateway is the host"),
	FORCE("Dns", KIND_ANY, NULL, field_make_dns, "192.0.2.1, where nobody answers",
		"the engine forwards queries from the host's network, and to the host's own resolver "
		"(CVE-2024-29018)"),
	DROP("DnsOptions", NO_NETWORK),
	FORCE("DnsSearch", KIND_ANY, NULL, field_make_dns_search, ".",
		"without one the host's domains are told"),

	/* limits: field_host_config() goes over the new object */
	ALLOW("Memory", KIND_INT, LIMITS),
	ALLOW("MemorySwap", KIND_INT, LIMITS),
	ALLOW("NanoCpus", KIND_INT, LIMITS),
	ALLOW("CpuPeriod", KIND_INT, "becomes NanoCpus"),
	ALLOW("CpuQuota", KIND_INT, "becomes NanoCpus"),
	ALLOW("PidsLimit", KIND_INT, LIMITS),
	ALLOW("ShmSize", KIND_INT, LIMITS),
	CHECKED("CpuShares", KIND_INT, field_cpu_shares, "at most 1024", "more takes from others"),
	CHECKED("CpusetCpus", KIND_STRING, field_cpu_list, NULL, "can only narrow"),
	CHECKED("CpusetMems", KIND_STRING, field_cpu_list, NULL, "can only narrow"),
	{ "Ulimits", KIND_OBJECTS, RULE_ALLOW, &ulimit, field_ulimits, NULL,
		"nofile nproc core cpu data fsize memlock rss stack",
		"others reach past the container: rtprio, nice, msgqueue, sigpending" },
	DROP("MemoryReservation", "a hint; the limits are what counts"),
	DROP("KernelMemory", "gone in newer kernels"),
	DROP("KernelMemoryTCP", "gone in newer kernels"),
	{ "MemorySwappiness", KIND_INT, RULE_REFUSE, NULL, field_minus_one, NULL, "absent, 0 or -1",
		"how the host swaps is the host's" },
	REFUSE("OomKillDisable", "the host would run out of memory instead"),
	REFUSE("OomScoreAdj", "others would be killed instead"),
	REFUSE("CpuRealtimePeriod", "realtime starves the host"),
	REFUSE("CpuRealtimeRuntime", "realtime starves the host"),
	REFUSE("BlkioWeight", BLOCK_IO),
	REFUSE("BlkioWeightDevice", BLOCK_IO),
	REFUSE("BlkioDeviceReadBps", BLOCK_IO),
	REFUSE("BlkioDeviceWriteBps", BLOCK_IO),
	REFUSE("BlkioDeviceReadIOps", BLOCK_IO),
	REFUSE("BlkioDeviceWriteIOps", BLOCK_IO),
	REFUSE("DiskQuota", "docker-java's; never read"),

	/* life */
	FORCE("LogConfig", KIND_ANY, NULL, field_make_log_config,
		"json-file, 10 MB, one file; local and none if asked for",
		"other drivers open sockets and credentials of the host; no size fills its disk"),
	FORCE("RestartPolicy", KIND_ANY, NULL, field_make_restart_policy, "no",
		"forced, not refused, for compose files ask for it everywhere: nothing outlives the run"),
	ALLOW("AutoRemove", KIND_BOOL, PLAIN),
	ALLOW("Init", KIND_BOOL, PLAIN),
	DROP("ConsoleSize", "docker resizes afterwards"),

	/* what only other systems and older engines know */
	DROP("Isolation", NO_WINDOWS),
	REFUSE("CpuCount", NO_WINDOWS),
	REFUSE("CpuPercent", NO_WINDOWS),
	REFUSE("IOMaximumIOps", NO_WINDOWS),
	REFUSE("IOMaximumBandwidth", NO_WINDOWS),
	REFUSE("LxcConf", "of engines before 1.10"),
	END,
};
static const struct schema host_config = { "HostConfig", host_config_fields };

static const struct field endpoint_fields[] = {
	ALLOW("Aliases", KIND_STRINGS, "names on a network of this run"),
	REFUSE("IPAMConfig", "addresses are the engine's to give"),
	REFUSE("Links", "containers by name, also of others: aliases do the same"),
	REFUSE("DriverOpts", "options of the host's network drivers"),
	DROP("MacAddress", "addresses are the engine's to give"),
	DROP("GwPriority", ADMITTED),
	DROP("NetworkID", ADMITTED),
	DROP("EndpointID", ADMITTED),
	DROP("Gateway", ADMITTED),
	DROP("IPAddress", ADMITTED),
	DROP("IPPrefixLen", ADMITTED),
	DROP("IPv6Gateway", ADMITTED),
	DROP("GlobalIPv6Address", ADMITTED),
	DROP("GlobalIPv6PrefixLen", ADMITTED),
	DROP("DNSNames", ADMITTED),
	END,
};
static const struct schema endpoint = { "EndpointConfig", endpoint_fields };

static const struct field networking_fields[] = {
	OBJECT("EndpointsConfig", KIND_TABLE, endpoint, field_endpoints,
		"networks of this run; the default networks are left out", NO_NETWORK),
	END,
};
static const struct schema networking = { "NetworkingConfig", networking_fields };

static const struct field container_create_fields[] = {
	REQUIRE("Image", KIND_STRING, field_image, "an image of this run, or a granted base",
		"others' images are not for this builder to read"),
	{ "HostConfig", KIND_OBJECT, RULE_FORCE, &host_config, field_host_config, NULL,
		"always there and whole, or engines up to 26.1 read one from the top level",
		LIMITS },
	OBJECT("NetworkingConfig", KIND_OBJECT, networking, NULL, NULL, NO_NETWORK),
	FORCE("Labels", KIND_MAP, field_labels, field_make_labels, "the client's and ours", LABELS),
	ALLOW("Cmd", KIND_WORDS, PLAIN),
	ALLOW("Entrypoint", KIND_WORDS, PLAIN),
	ALLOW("Env", KIND_STRINGS, PLAIN),
	ALLOW("User", KIND_STRING, PLAIN),
	ALLOW("WorkingDir", KIND_STRING, PLAIN),
	ALLOW("Hostname", KIND_STRING, PLAIN),
	ALLOW("Domainname", KIND_STRING, PLAIN),
	ALLOW("Tty", KIND_BOOL, PLAIN),
	ALLOW("AttachStdin", KIND_BOOL, PLAIN),
	ALLOW("AttachStdout", KIND_BOOL, PLAIN),
	ALLOW("AttachStderr", KIND_BOOL, PLAIN),
	ALLOW("OpenStdin", KIND_BOOL, PLAIN),
	ALLOW("StdinOnce", KIND_BOOL, PLAIN),
	ALLOW("ExposedPorts", KIND_SET, "nothing is published by it"),
	CHECKED("Volumes", KIND_SET, field_paths, "paths inside",
		"anonymous; removed with the container"),
	OBJECT("Healthcheck", KIND_OBJECT, healthcheck, NULL, NULL, PLAIN),
	ALLOW("StopSignal", KIND_STRING, PLAIN),
	ALLOW("StopTimeout", KIND_INT, PLAIN),
	ALLOW("Shell", KIND_STRINGS, PLAIN),
	ALLOW("NetworkDisabled", KIND_BOOL, PLAIN),
	DROP("MacAddress", "addresses are the engine's to give"),
	DROP("ArgsEscaped", NO_WINDOWS),
	REFUSE("OnBuild", "write it into a Dockerfile"),
	REFUSE("VolumesFrom", "volumes of any container; docker-py sends it empty"),
	REFUSE("PortSpecs", "of engines before 1.0; docker-java sends it empty"),
	REFUSE("Runtime", "names a program of the host; docker-py sends it empty"),
	DROP("name", "of the query; Testcontainers repeats it here, the engine does not read it"),
	DROP("platform", "the same"),
	END,
};
const struct schema body_container_create = { "container", container_create_fields };

/* ---- exec ---- */

static const struct field exec_create_fields[] = {
	REQUIRE("Cmd", KIND_STRINGS, NULL, NULL, PLAIN),
	FORCE("Privileged", KIND_BOOL, field_zero, field_make_false, "false", "root on the host"),
	ALLOW("User", KIND_STRING, PLAIN),
	ALLOW("Env", KIND_STRINGS, PLAIN),
	ALLOW("WorkingDir", KIND_STRING, PLAIN),
	ALLOW("Tty", KIND_BOOL, PLAIN),
	ALLOW("AttachStdin", KIND_BOOL, PLAIN),
	ALLOW("AttachStdout", KIND_BOOL, PLAIN),
	ALLOW("AttachStderr", KIND_BOOL, PLAIN),
	ALLOW("Detach", KIND_BOOL, PLAIN),
	ALLOW("DetachKeys", KIND_STRING, PLAIN),
	DROP("ConsoleSize", "docker resizes afterwards"),
	DROP("Container", "docker-py repeats the id of the path"),
	DROP("containerId", "docker-java repeats it so"),
	END,
};
const struct schema body_exec_create = { "exec", exec_create_fields };

static const struct field exec_start_fields[] = {
	ALLOW("Detach", KIND_BOOL, PLAIN),
	ALLOW("Tty", KIND_BOOL, PLAIN),
	DROP("ConsoleSize", "docker resizes afterwards"),
	DROP("stdin", "dockerode's own, not the engine's"),
	DROP("hijack", "dockerode's own, not the engine's"),
	END,
};
const struct schema body_exec_start = { "exec start", exec_start_fields };

/* ---- networks ---- */

static const struct field ipam_fields[] = {
	ALLOW("Driver", KIND_STRING, "default"),
	REFUSE("Config", "addresses are the engine's to give: a subnet may be one of the host's"),
	REFUSE("Options", "options of the host's address drivers"),
	END,
};
static const struct schema ipam = { "IPAM", ipam_fields };

static const struct field network_create_fields[] = {
	REQUIRE("Name", KIND_STRING, field_own_name, NULL, PLAIN),
	CHECKED("Driver", KIND_STRING, field_bridge, "bridge",
		"only bridges: host, macvlan and ipvlan are on the host's network"),
	FORCE("Internal", KIND_ANY, NULL, field_make_true, "true",
		"no way out was granted: neither to the host nor to the Internet"),
	{ "IPAM", KIND_OBJECT, RULE_REFUSE, &ipam, field_ipam, NULL, "the default",
		"addresses are the engine's to give" },
	FORCE("EnableIPv6", KIND_ANY, NULL, field_make_false, "false", NO_NETWORK),
	DROP("EnableIPv4", "it always is"),
	DROP("Attachable", "of swarms"),
	DROP("CheckDuplicate", "newer engines always do"),
	REFUSE("Ingress", "of swarms"),
	REFUSE("ConfigOnly", "of swarms"),
	REFUSE("ConfigFrom", "settings of a network of others"),
	FORCE("Options", KIND_MAP, field_no_items, field_make_network_options,
		"of Docker com.docker.network.bridge.inhibit_ipv4",
		"an internal bridge has an address of the host all the same, where its services "
		"answer; other options are of the host's network drivers"),
	CHECKED("Scope", KIND_STRING, field_local, "local", "of swarms"),
	FORCE("Labels", KIND_MAP, field_labels, field_make_labels, "the client's and ours", LABELS),
	END,
};
const struct schema body_network_create = { "network", network_create_fields };

static const struct field network_connect_fields[] = {
	REQUIRE("Container", KIND_STRING, field_container, "a container of this run",
		"others' containers are not there"),
	OBJECT("EndpointConfig", KIND_OBJECT, endpoint, NULL, NULL, PLAIN),
	END,
};
const struct schema body_network_connect = { "network connect", network_connect_fields };

static const struct field network_disconnect_fields[] = {
	REQUIRE("Container", KIND_STRING, field_container, "a container of this run",
		"others' containers are not there"),
	ALLOW("Force", KIND_BOOL, PLAIN),
	END,
};
const struct schema body_network_disconnect = { "network disconnect", network_disconnect_fields };

/* ---- volumes ---- */

static const struct field volume_create_fields[] = {
	CHECKED("Name", KIND_STRING, field_own_name, NULL,
		"it must not exist; the engine draws one if empty"),
	CHECKED("Driver", KIND_STRING, field_local, "local", "a plugin is root on the host"),
	REFUSE("DriverOpts", "o=bind gives any directory of the host, type=nfs any server's"),
	REFUSE("ClusterVolumeSpec", "cluster volumes belong to a swarm"),
	FORCE("Labels", KIND_MAP, field_labels, field_make_labels, "the client's and ours", LABELS),
	END,
};
const struct schema body_volume_create = { "volume", volume_create_fields };

const struct schema *const body_schemas[] = {
	&body_auth,
	&body_container_create,
	&host_config,
	&mount,
	&volume_options,
	&tmpfs_options,
	&ulimit,
	&healthcheck,
	&networking,
	&endpoint,
	&body_exec_create,
	&body_exec_start,
	&body_network_create,
	&ipam,
	&body_network_connect,
	&body_network_disconnect,
	&body_volume_create,
	NULL,
};
