/* SPDX-License-Identifier: Apache-2.0 */
/* bench_crypto: what each step of cryptography costs for one element.
 *
 *     bench_crypto [--json] [--smoke]
 *
 * Each kernel works on a batch of 64 as the engine does, over and over for at least 5 ms a run; 31
 * runs (3 short ones with --smoke), interleaved so that a slow moment of the machine meets all
 * kernels alike; nanoseconds per element as p10, p50 and p90 of the runs. Pin it to a core
 * (taskset) for quiet figures. It judges nothing: bench/run puts it beside `openssl speed`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/crypto/memory.h"
#include "times.h"

enum {
    BATCH = 64,
    RUN_COUNT = 31,
    SMOKE_RUN_COUNT = 3,
    RUN_NS = 5000000,
    SMOKE_RUN_NS = 100000,
    X_LEN = 80,         /* a usual identity encoding */
    TEMPORARY_LEN = 96, /* a temporary pseudonym: header, nonce, box, tag */
    TEXT_LEN = 128,
    BODY_LEN = 40, /* provider, epoch, Q */
    HEADER_LEN = 16,
    FINAL_LEN = 48,
};

#define HASH_DST "HashToGroup-OPRFV1-\x01-ristretto255-SHA512"

static struct {
    uint8_t x[BATCH][X_LEN];
    struct bytes inputs[BATCH];
    uint8_t uniform[BATCH][EXPAND_MANY_LEN];
    struct element elements[BATCH];
    struct element products[BATCH];
    bool is_good[BATCH];
    struct scalar scalar;
    struct transport_key transport;
    uint8_t nonces[BATCH][XCHACHA_NONCE_LEN];
    uint8_t header[HEADER_LEN];
    uint8_t body[BODY_LEN];
    uint8_t boxes[BATCH][BODY_LEN + XCHACHA_TAG_LEN];
    struct siv_template *siv;
    uint8_t finals[BATCH][FINAL_LEN];
    uint8_t temporaries[BATCH][TEMPORARY_LEN];
    char texts[BATCH][TEXT_LEN];
    struct signing_pair pair;
} data;

static void need(struct schuil_rc rc)
{
    if (schuil_is_ok(rc))
        return;
    fprintf(stderr, "bench_crypto: %s\n", schuil_rc_text(rc));
    exit(1);
}

/* --- kernels: one batch each --- */

static void run_expand(void)
{
    need(expand_many(BATCH, data.inputs, bytes_text(HASH_DST), data.uniform[0]));
}

static void run_expand_each(void)
{
    need(expand_each(BATCH, data.inputs, bytes_text(HASH_DST), data.uniform[0]));
}

static void run_hash(void)
{
    need(schuil_group_hash(BATCH, data.inputs, data.products, data.is_good));
}

static void run_multiply(void)
{
    need(schuil_group_multiply(BATCH, data.elements, &data.scalar, data.products, data.is_good));
}

static void run_check(void)
{
    schuil_group_check(BATCH, data.elements, data.is_good);
}

static void run_nonces(void)
{
    need(schuil_random(data.nonces, sizeof data.nonces));
}

static void run_seal(void)
{
    for (size_t i = 0; i < BATCH; i++)
        need(schuil_xchacha_seal(&data.transport, data.nonces[0], bytes_of(data.header, HEADER_LEN),
                                 bytes_of(data.body, BODY_LEN), data.boxes[i]));
}

static void run_open(void)
{
    uint8_t body[BODY_LEN];

    for (size_t i = 0; i < BATCH; i++)
        need(schuil_xchacha_open(&data.transport, data.nonces[0], bytes_of(data.header, HEADER_LEN),
                                 bytes_of(data.boxes[i], sizeof data.boxes[i]), body));
}

static void run_siv_seal(void)
{
    for (size_t i = 0; i < BATCH; i++)
        need(schuil_siv_seal(data.siv, bytes_of(data.elements[i].b, 32), data.finals[i]));
}

static void run_siv_seal_many(void)
{
    need(schuil_siv_seal_many(data.siv, BATCH, data.elements[0].b, sizeof data.elements[0],
                              data.finals[0]));
}

static void run_siv_open(void)
{
    struct element p;

    for (size_t i = 0; i < BATCH; i++)
        need(schuil_siv_open(data.siv, bytes_of(data.finals[i], FINAL_LEN), p.b));
}

static void run_encode(void)
{
    for (size_t i = 0; i < BATCH; i++)
        schuil_b64u_encode(bytes_of(data.temporaries[i], TEMPORARY_LEN), data.texts[i]);
}

static void run_decode(void)
{
    for (size_t i = 0; i < BATCH; i++)
        need(schuil_b64u_decode(bytes_of(data.texts[i], TEXT_LEN), data.temporaries[i],
                                TEMPORARY_LEN));
}

static void run_link(void)
{
    uint8_t link[HASH_LEN];

    for (size_t i = 0; i < BATCH; i++)
        schuil_blake2b(8, data.inputs, link);
}

static void run_sign(void)
{
    uint8_t signature[ED25519_SIGNATURE_LEN];

    for (size_t i = 0; i < BATCH; i++)
        need(schuil_ed25519_sign(&data.pair, data.inputs[i], signature));
}

struct kernel {
    const char *name; /* a key of the JSON */
    const char *text;
    void (*run)(void);
    double ns[RUN_COUNT]; /* per element, one for each run */
};

/* In this order: some take what those above them leave. */
static struct kernel kernels[] = {
    {"expand", "expand_message_xmd, 80 bytes", run_expand, {0}},
    {"expand_each", "the same, one after another", run_expand_each, {0}},
    {"hash", "H(x), 80 bytes", run_hash, {0}},
    {"multiply", "decode, multiply, encode", run_multiply, {0}},
    {"check", "check an encoding", run_check, {0}},
    {"random", "a nonce, 64 drawn at once", run_nonces, {0}},
    {"seal", "temporary: XChaCha20-Poly1305 seal", run_seal, {0}},
    {"open", "temporary: XChaCha20-Poly1305 open", run_open, {0}},
    {"siv_seal", "final: AES-256-SIV seal", run_siv_seal, {0}},
    {"siv_seal_many", "final: AES-256-SIV seal, 64 at once", run_siv_seal_many, {0}},
    {"siv_open", "final: AES-256-SIV open", run_siv_open, {0}},
    {"encode", "base64url, 96 bytes to 128 characters", run_encode, {0}},
    {"decode", "base64url, 128 characters to 96 bytes", run_decode, {0}},
    {"link", "BLAKE2b of an event, 640 bytes", run_link, {0}},
    {"sign", "Ed25519 signature", run_sign, {0}},
};

enum { KERNEL_COUNT = sizeof kernels / sizeof kernels[0] };

static void prepare(void)
{
    const uint8_t ad[40] = {1};
    struct siv_key siv_key;
    struct signing_seed seed;

    need(schuil_crypto_init());
    need(schuil_random(data.x, sizeof data.x));
    for (size_t i = 0; i < BATCH; i++)
        data.inputs[i] = bytes_of(data.x[i], X_LEN);
    need(schuil_group_hash(BATCH, data.inputs, data.elements, data.is_good));
    need(schuil_scalar_random(&data.scalar));
    need(schuil_random(&data.transport, sizeof data.transport));
    need(schuil_random(&siv_key, sizeof siv_key));
    need(schuil_siv_template_new(&siv_key, bytes_of(ad, sizeof ad), &data.siv));
    need(schuil_random(&seed, sizeof seed));
    schuil_ed25519_pair(&seed, &data.pair);
    need(schuil_random(data.temporaries, sizeof data.temporaries));
}

/* Nanoseconds per element over batches that fill a run. */
static double measure(void (*run)(void), double run_ns)
{
    double begin = times_now_ns();
    double end = begin;
    size_t batch_count = 0;

    for (; end - begin < run_ns; batch_count++) {
        run();
        end = times_now_ns();
    }
    return (end - begin) / (double)(batch_count * BATCH);
}

/* Kernels that change what others read: nonces are drawn anew, so boxes are sealed again. */
static void run_all(size_t run_count, double run_ns)
{
    for (size_t r = 0; r < run_count; r++)
        for (size_t k = 0; k < KERNEL_COUNT; k++) {
            kernels[k].run(); /* warm */
            kernels[k].ns[r] = measure(kernels[k].run, run_ns);
        }
}

static void print_all(bool is_json, size_t run_count)
{
    struct times_row rows[sizeof kernels / sizeof kernels[0]];

    for (size_t k = 0; k < KERNEL_COUNT; k++)
        rows[k] = (struct times_row){kernels[k].name, kernels[k].text, kernels[k].ns};
    times_print(is_json, "ns per element", KERNEL_COUNT, rows, run_count);
}

int main(int argc, char **argv)
{
    bool is_json, is_smoke;

    if (!times_options(argc, argv, &is_json, &is_smoke))
        return 64;
    size_t run_count = is_smoke ? SMOKE_RUN_COUNT : RUN_COUNT;
    prepare();
    run_all(run_count, is_smoke ? SMOKE_RUN_NS : RUN_NS);
    print_all(is_json, run_count);
    schuil_siv_template_free(data.siv);
    return 0;
}
