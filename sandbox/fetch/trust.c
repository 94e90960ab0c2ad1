#include "sandbox/fetch/trust.h"

#include "sandbox/base/base64.h"
#include "sandbox/base/own.h"
#include "sandbox/fetch/feature.h"
#include "sandbox/fetch/library.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FINGERPRINT_BYTES 64

void trust_init(struct trust *trust, const struct job *job)
{
	*trust = (struct trust){ .job = job };
}

/* As ssh-keygen -l prints it: SHA256 in base64 without padding. */
static void fingerprint(const unsigned char hash[32], char ret[FINGERPRINT_BYTES])
{
	own_mem char *text = base64_encode(hash, 32);

	snprintf(ret, FINGERPRINT_BYTES, "SHA256:%.*s", (int)strcspn(text != NULL ? text : "", "="),
		text != NULL ? text : "");
}

static int refuse_host_key(struct trust *trust, const git_cert_hostkey *key, const char *host)
{
	char print[FINGERPRINT_BYTES] = "no fingerprint";

	if (key->type & GIT_CERT_SSH_SHA256)
		fingerprint(key->hash_sha256, print);
	fail(&trust->refusal, 0, "the ssh host key of %s (%s) is not the one in known_hosts", host,
		print);
	/* libgit2 does not tell an unknown key from a changed one, so say both */
	fail_remedy(&trust->refusal,
		"compare the fingerprint with the host's owner. If the host is new to you, add its "
		"key (ssh-keyscan) or give --known-hosts FILE; if known_hosts has another key for "
		"it, the host has changed or somebody is in between");
	return GIT_ECERTIFICATE;
}

int trust_check_certificate(git_cert *certificate, int valid, const char *host, void *payload)
{
	struct trust *trust = payload;

	if (valid)
		return 0;
	if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
		return refuse_host_key(trust, (const git_cert_hostkey *)certificate, host);
	fail(&trust->refusal, 0, "the TLS certificate of %s cannot be verified", host);
	fail_remedy(&trust->refusal,
		"if the host has a certificate authority of its own, give it with --git-ca FILE");
	return GIT_ECERTIFICATE;
}

/* The userinfo, if any, is left out: ssh://git@host and ssh://host are one host. */
int trust_authority(const char *url, char *ret, size_t size)
{
	const char *colon = strstr(url, "://");
	const char *host = colon != NULL ? colon + 3 : url;
	size_t scheme = colon != NULL ? (size_t)(colon - url) : strlen("ssh");
	size_t length = strcspn(host, colon != NULL ? "/?#" : ":");
	const char *at = memrchr(host, '@', length);

	if (colon == NULL && host[length] != ':')
		return -1;
	if (at != NULL) {
		length -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (length == 0 || scheme + strlen("://") + length >= size)
		return -1;
	snprintf(ret, size, "%.*s://%.*s", (int)scheme, colon != NULL ? url : "ssh", (int)length,
		host);
	return 0;
}

bool trust_same_place(const char *url, const char *other)
{
	char a[512], b[512];

	return trust_authority(url, a, sizeof(a)) == 0 &&
	       trust_authority(other, b, sizeof(b)) == 0 && strcasecmp(a, b) == 0;
}

static int refuse_credential(struct trust *trust, const char *what, const char *remedy)
{
	fail(&trust->refusal, 0, "%s", what);
	fail_remedy(&trust->refusal, "%s", remedy);
	return GIT_EAUTH;
}

static int give_agent(struct trust *trust, git_credential **ret, const char *username)
{
	if (!trust->job->agent)
		return refuse_credential(trust,
			"the ssh server wants a key, and there is no ssh agent",
			"start one and add your key: eval $(ssh-agent) && ssh-add");
	if (trust->offered & GIT_CREDENTIAL_SSH_KEY)
		return refuse_credential(trust, "the ssh server accepts none of the agent's keys",
			"ssh-add the key that the server knows; ssh-add -l lists those you have");
	trust->offered |= GIT_CREDENTIAL_SSH_KEY;
	return git_credential_ssh_key_from_agent(ret, username);
}

/* Of SOURCE's own, and else of the host's. false: there is none for this URL. */
static bool find_password(
	const struct job *job, const char **ret_username, const char **ret_password)
{
	const struct secret *secret = job->secret;

	if (secret != NULL && secret->username != NULL && job->is_named) {
		*ret_username = secret->username;
		*ret_password = secret->password;
		return true;
	}
	for (size_t i = 0; secret != NULL && i < secret->hosts_n; i++)
		if (credential_fits(&secret->hosts[i].goal, job->url, job->named)) {
			*ret_username = secret->hosts[i].username;
			*ret_password = secret->hosts[i].password;
			return true;
		}
	return false;
}

static int give_password(struct trust *trust, git_credential **ret, const char *url)
{
	const char *username, *password;

	if (!find_password(trust->job, &username, &password))
		return refuse_credential(trust, "the server wants a user name and a password",
			"give them with --git-credential FILE, or --credential HOST=FILE; a wrong "
			"URL is answered like this too");
	if (!FEATURE_KNOWS_WHO_ASKS)
		return refuse_credential(trust,
			"cofferdam was built with a libgit2 that may give a password to a stranger "
			"after a redirect (CVE-2026-53586)",
			"update libgit2 and build again, or fetch by ssh with an agent");
	if (!trust_same_place(trust->job->url, url))
		return refuse_credential(trust,
			"the server sent us to another host or port, which gets no credential",
			"give the URL of the repository as it is after the redirect");
	if (trust->offered & GIT_CREDENTIAL_USERPASS_PLAINTEXT)
		return refuse_credential(trust,
			"the server refuses the user name and password given",
			"check them; many hosts want a token in the place of the password");
	trust->offered |= GIT_CREDENTIAL_USERPASS_PLAINTEXT;
	return git_credential_userpass_plaintext_new(ret, username, password);
}

int trust_give_credential(git_credential **ret, const char *url, const char *username,
	unsigned allowed, void *payload)
{
	struct trust *trust = payload;
	bool ssh = trust->job->kind == SOURCE_SSH;

	if (ssh && (username == NULL || username[0] == '\0'))
		username = "git";
	if (ssh && allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(ret, username);
	if (ssh && allowed & GIT_CREDENTIAL_SSH_KEY)
		return give_agent(trust, ret, username);
	if (!ssh && allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT)
		return give_password(trust, ret, url);
	return refuse_credential(trust,
		"the server wants a kind of authentication that is not built",
		"http(s): user name and password; ssh: a key in an agent");
}
