/* sandbox/report/resource_uri.h: what a run was made of, by names that are URIs.
 *
 * As     in-toto's ResourceURI has it: RFC 3986, with scheme and authority in lower case. A space, a
 *        byte that is not ASCII and whatever else cannot stand in a URI are %XX.
 * Fails  with NULL when memory is out or the working directory is not known. The text is the
 *        caller's to free.
 */
#ifndef SANDBOX_REPORT_RESOURCE_URI_H
#define SANDBOX_REPORT_RESOURCE_URI_H

/* "git+https://host/path@ref". url: as SOURCE may be (config/source.h); ref: NULL for none. */
char *resource_uri_git(const char *url, const char *ref);
/* "file:///path", or "oci:path:tag". root: as --rootfs may be. */
char *resource_uri_root(const char *root);

#endif
