#include "namespaces/root_var.h"

#include "namespaces/hostpath.h"
#include "namespaces/root_tree.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/stat.h>

static const struct var_row {
	const char *name; /* below /var/lib */
	const char *reason;
} var_rows[] = {
	{ "dpkg", "packages and their files, as /usr/share/doc tells: dpkg-shlibdeps, dh_*" },
	{ "texmf", "formats and maps of fonts, without which TeX does not start" },
	{ "tex-common", "what those were made from" },
	{ "ghc", "the packages that the Haskell compiler knows" },
	{ "haskell-packages", "the packages that the Haskell compiler knows" },
	{ "ocaml", "where OCaml's libraries are" },
	{ "gems", "libraries of Ruby" },
	{ "sgml-base", "catalogs of SGML" },
	{ "xml-core", "catalogs of XML" },
	{ "aspell", "dictionaries" },
	{ "ispell", "dictionaries" },
	{ "dictionaries-common", "dictionaries" },
	{ "emacsen-common", "which versions of Emacs there are" },
	{ "ghostscript", "where its fonts and maps are" },
};

static int row_mount(struct root *root, int lib, int overlay, const char *name, struct failure *f)
{
	own_fd int source = openat(lib, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "var/lib/%s", name);
	if (source < 0 && (errno == ENOENT || errno == EACCES || errno == ENOTDIR))
		return 0;
	if (source < 0)
		return fail(f, errno, "open the host's /%s", path);
	if (mkdirat(root->root_fd, path, 0755) < 0)
		return fail(f, errno, "make /%s", path);
	return root_tree_part(root, overlay, name, source, path, f);
}

int root_var_mount(struct root *root, struct failure *f)
{
	own_fd int lib = host_path_open_system("/var/lib", O_PATH | O_DIRECTORY);
	own_fd int overlay = lib < 0 ? -1 : root_tree_overlay(root, lib, "lib");

	if (mkdirat(root->root_fd, "var/lib", 0755) < 0)
		return fail(f, errno, "make /var/lib");
	for (size_t i = 0; i < ARRAY_LEN(var_rows) && lib >= 0; i++)
		if (row_mount(root, lib, overlay, var_rows[i].name, f) < 0)
			return -1;
	return 0;
}

void root_var_each(root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(var_rows); i++)
		root_row_say(row, data, "/var/lib/", var_rows[i].name,
			"the host's, if it has it, read-only", var_rows[i].reason);
}
