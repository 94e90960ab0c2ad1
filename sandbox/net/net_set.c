/* What a package manager needs for packages of the public registry, and no more than that. A host
 * that packages choose for themselves is not here, for a set would then be a way out: npm
 * packages with prebuilt binaries fetch those from wherever their authors put them (github.com,
 * nodejs.org for node-gyp's headers, …), and the proxy of Go redirects for large archives to
 * storage.googleapis.com, where anybody has a bucket. Who needs those names them.
 */
#include "sandbox/net/net_set.h"

#include "sandbox/base/own.h"

static const struct net_set_row npm[] = {
	{ "registry.npmjs.org", "metadata, archives and audits of npm, pnpm, yarn 2 and later" },
	{ "registry.yarnpkg.com",
		"the same registry, under the name that yarn 1 writes to its lock" },
};

static const struct net_set_row pypi[] = {
	{ "pypi.org", "the index" },
	{ "files.pythonhosted.org", "wheels and source archives" },
};

static const struct net_set_row crates[] = {
	{ "index.crates.io", "the sparse index" },
	{ "static.crates.io", "archives of crates" },
	{ "crates.io", "the API: search, and downloads of older versions of cargo" },
};

static const struct net_set_row go[] = {
	{ "proxy.golang.org", "modules and toolchains" },
	{ "sum.golang.org", "the database of checksums" },
};

static const struct net_set_row maven[] = {
	{ "repo.maven.apache.org", "Maven Central, as Maven has it" },
	{ "repo1.maven.org", "Maven Central, as Gradle and sbt have it" },
};

static const struct net_set_row debian[] = {
	{ "deb.debian.org", "the archive" },
	{ "deb.debian.org:80", "the same as apt asks by default; it verifies signatures" },
	{ "security.debian.org", "security updates" },
	{ "security.debian.org:80", "the same as apt asks by default" },
};

/* Whoever has an account can be sent something by any of these, and git push goes there too. */
static const struct net_set_row github[] = {
	{ "github.com", "git over HTTPS, and where archives and releases are asked for" },
	{ "codeload.github.com", "archives of a commit, to which github.com redirects" },
	{ "release-assets.githubusercontent.com", "files of releases: the same, since 2025" },
	{ "objects.githubusercontent.com", "files of releases before, and of LFS" },
	{ "raw.githubusercontent.com", "single files" },
}; /* not api.github.com: no download needs it, and it is where a stolen token is used */

#define SET(name, purpose)                                                                         \
	{                                                                                          \
#name, purpose, name, ARRAY_LEN(name)                                              \
	}

const struct net_set net_sets[] = {
	SET(npm, "packages of Node.js"),
	SET(pypi, "packages of Python"),
	SET(crates, "packages of Rust"),
	SET(go, "modules of Go"),
	SET(maven, "packages of Java"),
	SET(debian, "packages of Debian"),
	SET(github, "repositories and releases on GitHub"),
};
const size_t net_sets_n = ARRAY_LEN(net_sets);

const struct net_set *net_set_find(const char *name, size_t n)
{
	for (size_t i = 0; i < net_sets_n; i++)
		if (strlen(net_sets[i].name) == n && memcmp(net_sets[i].name, name, n) == 0)
			return &net_sets[i];
	return NULL;
}
