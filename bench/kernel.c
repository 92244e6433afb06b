/* SPDX-License-Identifier: Apache-2.0 */
/* bench_kernel: the group arithmetic beside its yardsticks, in one process on one core.
 *
 *     bench_kernel [--json] [--smoke] [--runs N] [--rows NAME,NAME...]
 *
 * Rows: x25519 (what `openssl speed ecdhx25519` times: EVP_PKEY_derive); libsodium (from_hash and
 * scalarmult, as a program without our kernel would call them); group_N (maps, multiplication and
 * encoding of N elements by the chosen kernel, from what the hash to field has made); evaluate_N
 * (schuil_group_evaluate: that with its hash to field) and multiply_N (schuil_group_multiply). In
 * each run every row has its turn, so that a slow moment of the machine meets all alike and ratios
 * can be taken run by run; the JSON holds the name of the kernel and the nanoseconds per element of
 * each run. CPU time of the thread, not the clock on the wall: what else runs on the core does not
 * enter. SCHUILNAAM_KERNEL chooses the kernel as in the server. It judges nothing: bench/run does.
 */
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "group_kernel.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

enum {
    ELEMENT_COUNT = 1000,
    RUN_COUNT = 15,
    SMOKE_RUN_COUNT = 2,
    RUN_COUNT_MAX = 101,
    X_LEN = 80, /* a usual identity encoding */
};

static const double run_ns = 5e6;
static const double smoke_run_ns = 1e5;

static struct {
    uint8_t x[ELEMENT_COUNT][X_LEN];
    struct bytes inputs[ELEMENT_COUNT];
    struct element elements[ELEMENT_COUNT];
    struct element products[ELEMENT_COUNT];
    bool is_good[ELEMENT_COUNT];
    struct scalar scalar;
    struct uniform uniform[ELEMENT_COUNT];
    EVP_PKEY_CTX *derive;
} data;

static void need(bool is_good, const char *what)
{
    if (is_good)
        return;
    fprintf(stderr, "bench_kernel: %s\n", what);
    exit(1);
}

static void need_rc(struct schuil_rc rc)
{
    need(schuil_is_ok(rc), schuil_rc_text(rc));
}

/* --- what is timed: n elements each --- */

static void run_x25519(size_t n)
{
    uint8_t secret[32];

    for (size_t i = 0; i < n; i++) {
        size_t len = sizeof secret;
        need(EVP_PKEY_derive(data.derive, secret, &len) == 1, "X25519");
    }
}

static void run_libsodium(size_t n)
{
    uint8_t mapped[32];
    uint8_t product[32];

    for (size_t i = 0; i < n; i++) {
        need(crypto_core_ristretto255_from_hash(mapped, data.uniform[i].b) == 0, "from_hash");
        need(crypto_scalarmult_ristretto255(product, data.scalar.b, mapped) == 0, "scalarmult");
    }
}

static void run_group(size_t n)
{
    kernel_get()->evaluate(n, data.uniform, &data.scalar, data.products, data.is_good);
}

static void run_evaluate(size_t n)
{
    need_rc(schuil_group_evaluate(n, data.inputs, &data.scalar, data.products, data.is_good));
}

static void run_multiply(size_t n)
{
    need_rc(schuil_group_multiply(n, data.elements, &data.scalar, data.products, data.is_good));
}

struct row {
    const char *name; /* a key of the JSON */
    void (*run)(size_t n);
    size_t n;
    bool is_wanted;
    double ns[RUN_COUNT_MAX]; /* per element, one for each run */
};

static struct row rows[] = {
    {.name = "x25519", .run = run_x25519, .n = 16},
    {.name = "libsodium", .run = run_libsodium, .n = 16},
    {.name = "group_1", .run = run_group, .n = 1},
    {.name = "group_8", .run = run_group, .n = 8},
    {.name = "group_16", .run = run_group, .n = 16},
    {.name = "group_64", .run = run_group, .n = 64},
    {.name = "group_1000", .run = run_group, .n = 1000},
    {.name = "evaluate_1", .run = run_evaluate, .n = 1},
    {.name = "evaluate_8", .run = run_evaluate, .n = 8},
    {.name = "evaluate_16", .run = run_evaluate, .n = 16},
    {.name = "evaluate_64", .run = run_evaluate, .n = 64},
    {.name = "evaluate_1000", .run = run_evaluate, .n = 1000},
    {.name = "multiply_1", .run = run_multiply, .n = 1},
    {.name = "multiply_8", .run = run_multiply, .n = 8},
    {.name = "multiply_16", .run = run_multiply, .n = 16},
    {.name = "multiply_64", .run = run_multiply, .n = 64},
    {.name = "multiply_1000", .run = run_multiply, .n = 1000},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static EVP_PKEY *x25519_key(void)
{
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
    EVP_PKEY *key = NULL;

    need(maker != NULL && EVP_PKEY_keygen_init(maker) == 1 && EVP_PKEY_keygen(maker, &key) == 1,
         "X25519 key");
    EVP_PKEY_CTX_free(maker);
    return key;
}

static void prepare(void)
{
    EVP_PKEY *own = x25519_key();
    EVP_PKEY *other = x25519_key();

    data.derive = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    need(data.derive != NULL && EVP_PKEY_derive_init(data.derive) == 1 &&
             EVP_PKEY_derive_set_peer(data.derive, other) == 1,
         "X25519 context");
    EVP_PKEY_free(own);
    EVP_PKEY_free(other);
    need_rc(schuil_crypto_init());
    need_rc(schuil_random(data.x, sizeof data.x));
    need_rc(schuil_random(data.uniform, sizeof data.uniform));
    for (size_t i = 0; i < ELEMENT_COUNT; i++)
        data.inputs[i] = bytes_of(data.x[i], X_LEN);
    need_rc(schuil_scalar_random(&data.scalar));
    need_rc(schuil_group_hash(ELEMENT_COUNT, data.inputs, data.elements, data.is_good));
}

static double now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Nanoseconds per element over calls that fill a run. */
static double measure(const struct row *row, double least_ns)
{
    double begin = now_ns();
    double end = begin;
    size_t call_count = 0;

    for (; end - begin < least_ns; call_count++) {
        row->run(row->n);
        end = now_ns();
    }
    return (end - begin) / (double)(call_count * row->n);
}

static void run_all(size_t run_count, double least_ns)
{
    for (size_t r = 0; r < run_count; r++)
        for (size_t k = 0; k < ROW_COUNT; k++)
            if (rows[k].is_wanted) {
                rows[k].run(rows[k].n < 16 ? rows[k].n : 16); /* warm */
                rows[k].ns[r] = measure(&rows[k], least_ns);
            }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_table(size_t run_count)
{
    printf("kernel %s\n%-16s %10s %10s %10s\n", schuil_group_kernel(), "ns per element", "least",
           "median", "most");
    for (size_t k = 0; k < ROW_COUNT; k++) {
        if (!rows[k].is_wanted)
            continue;
        qsort(rows[k].ns, run_count, sizeof rows[k].ns[0], by_size);
        printf("%-16s %10.0f %10.0f %10.0f\n", rows[k].name, rows[k].ns[0],
               rows[k].ns[run_count / 2], rows[k].ns[run_count - 1]);
    }
}

static void print_json(size_t run_count)
{
    printf("{\"kernel\": \"%s\"", schuil_group_kernel());
    for (size_t k = 0; k < ROW_COUNT; k++) {
        if (!rows[k].is_wanted)
            continue;
        printf(",\n \"%s\": [", rows[k].name);
        for (size_t r = 0; r < run_count; r++)
            printf("%s%.1f", r == 0 ? "" : ", ", rows[k].ns[r]);
        printf("]");
    }
    printf("}\n");
}

static int usage(void)
{
    fprintf(stderr, "usage: bench_kernel [--json] [--smoke] [--runs N] [--rows NAME,NAME...]\n");
    return 64;
}

/* names: separated by commas; NULL: all. true: each of them is known. */
static bool choose(char *names)
{
    size_t found = 0, asked = 0;

    for (size_t k = 0; k < ROW_COUNT; k++)
        rows[k].is_wanted = names == NULL;
    for (char *rest = names, *name; (name = strsep(&rest, ",")) != NULL; asked++)
        for (size_t k = 0; k < ROW_COUNT; k++)
            if (strcmp(rows[k].name, name) == 0) {
                rows[k].is_wanted = true;
                found++;
            }
    return found == asked;
}

int main(int argc, char **argv)
{
    bool is_json = false;
    bool is_smoke = false;
    size_t run_count = 0;
    char *names = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            is_json = true;
        else if (strcmp(argv[i], "--smoke") == 0)
            is_smoke = true;
        else if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc)
            run_count = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--rows") == 0 && i + 1 < argc)
            names = argv[++i];
        else
            return usage();
    }
    if (run_count == 0)
        run_count = is_smoke ? SMOKE_RUN_COUNT : RUN_COUNT;
    if (run_count > RUN_COUNT_MAX || !choose(names))
        return usage();
    prepare();
    run_all(run_count, is_smoke ? smoke_run_ns : run_ns);
    (is_json ? print_json : print_table)(run_count);
    EVP_PKEY_CTX_free(data.derive);
    return 0;
}
