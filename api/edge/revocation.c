/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL verifies the lists (signature, dates, issuer) whenever it verifies a certificate; here
 * they are read, and it is said which of its complaints count. A file that cannot be read as a list
 * refuses the load: a list that is silently not there would let a revoked certificate in. */
#include "revocation.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schuilnaam/limits.h"

/* ---- which complaints count ---- */

static int forgive(X509_STORE_CTX *context)
{
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static int on_verify_listed(int ok, X509_STORE_CTX *context)
{
    if (!ok && X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL)
        return forgive(context);
    return ok;
}

static int on_verify_lenient(int ok, X509_STORE_CTX *context)
{
    if (!ok && X509_STORE_CTX_get_error(context) == X509_V_ERR_CRL_HAS_EXPIRED)
        return forgive(context);
    return on_verify_listed(ok, context);
}

static const struct {
    const char *name;
    X509_STORE_CTX_verify_cb on_verify; /* NULL: all count */
} policies[] = {{"listed", on_verify_listed}, {"all", NULL}, {"lenient", on_verify_lenient}};

/* ---- files ---- */

static struct schuil_rc refuse(const char *file, const char *what, char *ret_finding, size_t cap)
{
    ERR_clear_error();
    snprintf(ret_finding, cap, "tls.crl.directory: %s: %s", file, what);
    return schuil_rc(RC_CONFIG_SETTING);
}

static bool add(X509_STORE *store, X509_CRL *crl)
{
    bool is_added = X509_STORE_add_crl(store, crl) == 1;
    X509_CRL_free(crl);
    return is_added;
}

/* PEM, any number in one file; 0: none. */
static int pem_read(X509_STORE *store, BIO *bio)
{
    int count = 0;
    for (X509_CRL *crl; (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL; count++)
        if (!add(store, crl))
            return 0;
    /* The last error must be "no more", not a block that is broken. */
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return is_end ? count : 0;
}

static bool bio_read(X509_STORE *store, BIO *bio)
{
    if (pem_read(store, bio) > 0)
        return true;
    if (BIO_reset(bio) < 0)
        return false;
    X509_CRL *crl = d2i_X509_CRL_bio(bio, NULL);
    return crl != NULL && add(store, crl);
}

static SCHUIL_RC file_read(X509_STORE *store, int folder, const char *name, char *ret_finding,
                           size_t cap)
{
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > LIMIT_CRL_LEN) {
        if (fd >= 0)
            close(fd);
        return refuse(name, "no readable file of at most 32 MiB", ret_finding, cap);
    }
    FILE *file = fdopen(fd, "r");
    BIO *bio = file == NULL ? NULL : BIO_new_fp(file, BIO_CLOSE);
    bool is_good = bio != NULL && bio_read(store, bio);
    if (bio != NULL)
        BIO_free(bio);
    else if (file != NULL)
        fclose(file);
    else
        close(fd);
    return is_good ? SCHUIL_OK : refuse(name, "no revocation list", ret_finding, cap);
}

static SCHUIL_RC folder_read(X509_STORE *store, DIR *folder, char *ret_finding, size_t cap)
{
    size_t count = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        if (++count > LIMIT_CRL_COUNT)
            return refuse(entry->d_name, "more files than a folder may have", ret_finding, cap);
        TRY(file_read(store, dirfd(folder), entry->d_name, ret_finding, cap));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC policy_set(X509_STORE *store, const char *policy, char *ret_finding, size_t cap)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        if (strcmp(policies[i].name, policy) != 0)
            continue;
        if (policies[i].on_verify != NULL)
            X509_STORE_set_verify_cb(store, policies[i].on_verify);
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
        return SCHUIL_OK;
    }
    snprintf(ret_finding, cap, "tls.crl.policy: listed, all or lenient");
    return schuil_rc(RC_CONFIG_SETTING);
}

SCHUIL_RC revocation_load(X509_STORE *store, const char *path, const char *policy,
                          char *ret_finding, size_t cap)
{
    if (path[0] == '\0' && strcmp(policy, "all") == 0) {
        snprintf(ret_finding, cap, "tls.crl.policy: all needs tls.crl.directory");
        return schuil_rc(RC_CONFIG_SETTING);
    }
    TRY(policy_set(store, policy, ret_finding, cap));
    if (path[0] == '\0') {
        X509_VERIFY_PARAM_clear_flags(X509_STORE_get0_param(store),
                                      X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
        return SCHUIL_OK;
    }
    DIR *folder = opendir(path);
    if (folder == NULL)
        return refuse(path, "no readable folder", ret_finding, cap);
    struct schuil_rc rc = folder_read(store, folder, ret_finding, cap);
    closedir(folder);
    return rc;
}
