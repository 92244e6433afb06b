/* SPDX-License-Identifier: Apache-2.0 */
/* Constant time, seen by Valgrind: secrets are marked uninitialised, and memcheck reports every
 * branch and every index that depends on one. Results are marked public before they are looked at.
 *
 * What this does not see: instructions whose time depends on their operands, and speculation.
 * Valgrind shows a processor without AVX-512, so code that libraries choose for that one does not
 * run here.
 *
 * Secret elements have a check of their own, as libsodium leaves early where it decodes one that is
 * refused; ct.supp lets that pass in that check only.
 *
 *     ct_crypto             all checks (under valgrind; without it the program says so and fails)
 *     ct_crypto --branch    branch on a secret on purpose        these two show that the net holds
 *     ct_crypto --index     index by a secret on purpose */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "expand.h"
#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/crypto/keywrap.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/crypto/shamir.h"
#include "sha512_lanes.h"

static void secret(void *data, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(data, len);
}

static void reveal(const void *data, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(data, len);
}

/* The program is wrong, not slow: stop. */
static void need(bool is_true, const char *what)
{
    if (is_true)
        return;
    fprintf(stderr, "ct_crypto: %s\n", what);
    exit(1);
}

static void random_secret(void *data, size_t len)
{
    need(schuil_is_ok(schuil_random(data, len)), "no randomness");
    secret(data, len);
}

static void random_scalar(struct scalar *ret)
{
    need(schuil_is_ok(schuil_scalar_random(ret)), "no scalar");
    secret(ret, sizeof *ret);
}

/* --- codec --- */

static void base64_of_secrets(void)
{
    uint8_t data[97];
    uint8_t back[sizeof data];
    char text[130];
    struct bytes encoded = bytes_of(text, schuil_b64u_len(sizeof data));

    random_secret(data, sizeof data);
    schuil_b64u_encode(bytes_of(data, sizeof data), text);
    need(schuil_is_ok(schuil_b64u_decode(encoded, back, sizeof back)), "base64 refused");
    reveal(data, sizeof data);
    reveal(back, sizeof back);
    need(memcmp(data, back, sizeof data) == 0, "base64 differs");

    text[50] = '!';
    secret(text, sizeof text);
    need(!schuil_is_ok(schuil_b64u_decode(encoded, back, sizeof back)), "base64 accepted");
}

static void hex_of_secrets(void)
{
    uint8_t data[64];
    uint8_t back[sizeof data];
    char text[2 * sizeof data];

    random_secret(data, sizeof data);
    schuil_hex_encode(bytes_of(data, sizeof data), text);
    need(schuil_is_ok(schuil_hex_decode(bytes_of(text, sizeof text), back, sizeof back)),
         "hex refused");
    reveal(data, sizeof data);
    reveal(back, sizeof back);
    need(memcmp(data, back, sizeof data) == 0, "hex differs");

    text[50] = 'g';
    secret(text, sizeof text);
    need(!schuil_is_ok(schuil_hex_decode(bytes_of(text, sizeof text), back, sizeof back)),
         "hex accepted");
}

static void comparing_secrets(void)
{
    uint8_t a[64];
    uint8_t b[64];

    random_secret(a, sizeof a);
    memcpy(b, a, sizeof b);
    bool is_same = schuil_ct_equal(a, b, sizeof a);
    b[40] ^= 1;
    bool is_other = !schuil_ct_equal(a, b, sizeof a);
    bool is_zero = schuil_ct_is_zero(a, sizeof a);
    reveal(&is_same, sizeof is_same);
    reveal(&is_other, sizeof is_other);
    reveal(&is_zero, sizeof is_zero);
    need(is_same && is_other && !is_zero, "comparison");
}

/* --- group --- */

static void secret_scalars(void)
{
    struct scalar a;
    struct scalar inverse;
    struct scalar product;
    const struct scalar one = {{1}};

    random_scalar(&a);
    need(schuil_is_ok(schuil_scalar_check(&a)), "scalar refused");
    need(schuil_is_ok(schuil_scalar_invert(&a, &inverse)), "no inverse");
    need(schuil_is_ok(schuil_scalar_multiply(&a, &inverse, &product)), "no product");
    reveal(&product, sizeof product);
    need(memcmp(&product, &one, sizeof one) == 0, "the inverse is wrong");

    memset(&a, 0xff, sizeof a);
    secret(&a, sizeof a);
    need(!schuil_is_ok(schuil_scalar_check(&a)), "scalar accepted");
}

static void multiplying_by_a_secret(void)
{
    struct scalar s;
    struct element base;
    struct element products[2];
    struct element public_part;
    bool is_good[2];
    const struct scalar one = {{1}};

    need(schuil_is_ok(schuil_group_base(&one, &base)), "no base point");
    const struct element elements[2] = {base, {{0}}};
    random_scalar(&s);
    need(schuil_is_ok(schuil_group_multiply(2, elements, &s, products, is_good)), "no products");
    need(is_good[0] && !is_good[1], "verdicts");
    need(schuil_is_ok(schuil_group_base(&s, &public_part)), "no public part");
    reveal(&public_part, sizeof public_part);
    reveal(products, sizeof products);
    need(memcmp(&public_part, &products[0], sizeof public_part) == 0, "the product is wrong");
}

/* Named in ct.supp. */
__attribute__((noinline)) static void decoding_a_secret(struct element elements[2])
{
    const struct scalar seven = {{7}};
    struct element products[2];
    bool is_good[2];

    secret(elements, 2 * sizeof *elements);
    need(schuil_is_ok(schuil_group_multiply(2, elements, &seven, products, is_good)),
         "no products");
    need(is_good[0] && !is_good[1], "verdicts");
    schuil_group_check(2, elements, is_good);
    need(is_good[0] && !is_good[1], "verdicts of the check");
}

static void multiplying_a_secret(void)
{
    const struct scalar one = {{1}};
    struct element elements[2] = {{{0}}, {{0}}};

    need(schuil_is_ok(schuil_group_base(&one, &elements[0])), "no base point");
    decoding_a_secret(elements);
}

static void hashing_a_secret_to_the_group(void)
{
    uint8_t x[60];
    struct bytes inputs[2] = {bytes_of(x, sizeof x), bytes_of(x, 20)};
    struct element hashes[2];
    bool is_good[2];

    random_secret(x, sizeof x);
    need(schuil_is_ok(schuil_group_hash(2, inputs, hashes, is_good)), "no hash");
    need(is_good[0] && is_good[1], "verdicts");
}

/* Compiled without AVX-512, which Valgrind does not know: as expand_many runs here otherwise. */
void sha512_lanes_compress_portable(struct sha512_lanes *hashes);

static void expanding_secrets_in_lanes(void)
{
    uint8_t x[200];
    struct bytes messages[3] = {bytes_of(x, sizeof x), bytes_of(x, 20), bytes_of(x + 9, 71)};
    uint8_t lanes[3][EXPAND_MANY_LEN];
    uint8_t each[3][EXPAND_MANY_LEN];

    random_secret(x, sizeof x);
    expand_lanes(sha512_lanes_compress_portable, 3, messages, bytes_text("dst"), lanes[0]);
    need(schuil_is_ok(expand_many(3, messages, bytes_text("dst"), each[0])), "not expanded");
    reveal(lanes, sizeof lanes);
    reveal(each, sizeof each);
    need(memcmp(lanes, each, sizeof lanes) == 0, "the lanes differ");
}

/* --- seals --- */

static void xchacha_of_secrets(void)
{
    struct transport_key key;
    const uint8_t nonce[XCHACHA_NONCE_LEN] = {1};
    uint8_t plain[40];
    uint8_t box[sizeof plain + XCHACHA_TAG_LEN];
    struct bytes sealed = bytes_of(box, sizeof box);
    struct bytes ad = bytes_text("header");

    random_secret(&key, sizeof key);
    random_secret(plain, sizeof plain);
    need(schuil_is_ok(schuil_xchacha_seal(&key, nonce, ad, bytes_of(plain, sizeof plain), box)),
         "not sealed");
    reveal(box, sizeof box); /* it leaves the service */
    need(schuil_is_ok(schuil_xchacha_open(&key, nonce, ad, sealed, plain)), "not opened");
    box[3] ^= 1;
    need(!schuil_is_ok(schuil_xchacha_open(&key, nonce, ad, sealed, plain)), "opened");
}

static void siv_of_secrets(void)
{
    struct siv_key key;
    struct siv_template *siv = NULL;
    uint8_t plain[33];
    uint8_t box[sizeof plain + SIV_TAG_LEN];
    struct bytes sealed = bytes_of(box, sizeof box);

    random_secret(&key, sizeof key);
    random_secret(plain, sizeof plain);
    need(schuil_is_ok(schuil_siv_template_new(&key, bytes_text("ad"), &siv)), "no template");
    need(schuil_is_ok(schuil_siv_seal(siv, bytes_of(plain, sizeof plain), box)), "not sealed");
    reveal(box, sizeof box);
    need(schuil_is_ok(schuil_siv_open(siv, sealed, plain)), "not opened");
    box[3] ^= 1;
    need(!schuil_is_ok(schuil_siv_open(siv, sealed, plain)), "opened");
    schuil_siv_template_free(siv);
}

static void many_sivs_of_secrets(void)
{
    struct siv_key key;
    struct siv_template *siv = NULL;
    uint8_t plains[70][33];
    uint8_t boxes[70][sizeof plains[0] + SIV_TAG_LEN];
    uint8_t back[sizeof plains[0]];

    random_secret(&key, sizeof key);
    random_secret(plains, sizeof plains);
    need(schuil_is_ok(schuil_siv_template_new(&key, bytes_text("ad"), &siv)), "no template");
    need(schuil_is_ok(schuil_siv_seal_many(siv, 70, plains[0], 7, boxes[0])), "short not sealed");
    need(schuil_is_ok(schuil_siv_seal_many(siv, 70, plains[0], sizeof plains[0], boxes[0])),
         "not sealed");
    reveal(boxes, sizeof boxes);
    need(schuil_is_ok(schuil_siv_open(siv, bytes_of(boxes[69], sizeof boxes[69]), back)),
         "not opened");
    schuil_siv_template_free(siv);
}

static void wrapping_a_key(void)
{
    struct wrapping_key wrapping;
    const struct wrap_context row = {"wk", 1, "root", 0, 1, 1, "issue"};
    uint8_t key[64];
    uint8_t wrapped[WRAPPED_LEN_MAX];

    random_secret(&wrapping, sizeof wrapping);
    random_secret(key, sizeof key);
    need(schuil_is_ok(schuil_key_wrap(&wrapping, &row, bytes_of(key, sizeof key), wrapped)),
         "not wrapped");
    reveal(wrapped, sizeof wrapped);
    need(schuil_is_ok(schuil_key_unwrap(&wrapping, &row, bytes_of(wrapped, sizeof wrapped), key,
                                        sizeof key)),
         "not unwrapped");
}

static void sharing_a_key(void)
{
    struct wrapping_key key;
    struct share_value values[5];
    struct share_point points[3];

    random_secret(&key, sizeof key);
    need(schuil_is_ok(schuil_shamir_split(&key, 3, 5, values)), "not split");
    for (size_t i = 0; i < 3; i++) {
        points[i].x = (uint8_t)(5 - i);
        random_secret(&points[i].y, sizeof points[i].y);
    }
    need(schuil_is_ok(schuil_shamir_combine(points, 3, &key)), "not combined");
}

/* --- derivation, macs, signatures --- */

static void deriving_from_a_secret(void)
{
    uint8_t ikm[64];
    uint8_t derived[64];

    random_secret(ikm, sizeof ikm);
    need(schuil_is_ok(schuil_hkdf_sha512(bytes_of(ikm, sizeof ikm), bytes_of(NULL, 0),
                                         bytes_text("info"), derived, sizeof derived)),
         "not derived");
}

static void macs_under_a_secret(void)
{
    struct manifest_key key;
    struct bytes part = bytes_text("manifest");
    uint8_t mac[HASH_LEN];

    random_secret(&key, sizeof key);
    schuil_blake2b_keyed(&key, 1, &part, mac);
}

static void signing_with_a_secret(void)
{
    struct signing_seed seed;
    struct signing_pair pair;
    uint8_t public_key[ED25519_PUBLIC_LEN];
    uint8_t signature[ED25519_SIGNATURE_LEN];

    random_secret(&seed, sizeof seed);
    schuil_ed25519_public(&seed, public_key);
    schuil_ed25519_pair(&seed, &pair);
    need(schuil_is_ok(schuil_ed25519_sign(&pair, bytes_text("m"), signature)), "not signed");
    reveal(public_key, sizeof public_key);
    reveal(signature, sizeof signature);
    need(schuil_ed25519_verify(public_key, bytes_text("m"), signature), "not verified");
}

static const struct {
    const char *name;
    void (*run)(void);
} checks[] = {
    {"base64 of secrets", base64_of_secrets},
    {"hex of secrets", hex_of_secrets},
    {"comparing secrets", comparing_secrets},
    {"secret scalars", secret_scalars},
    {"multiplying by a secret", multiplying_by_a_secret},
    {"multiplying a secret", multiplying_a_secret},
    {"hashing a secret to the group", hashing_a_secret_to_the_group},
    {"expanding secrets in lanes", expanding_secrets_in_lanes},
    {"XChaCha20-Poly1305 of secrets", xchacha_of_secrets},
    {"AES-SIV of secrets", siv_of_secrets},
    {"AES-SIV of many secrets", many_sivs_of_secrets},
    {"wrapping a key", wrapping_a_key},
    {"sharing a key", sharing_a_key},
    {"deriving from a secret", deriving_from_a_secret},
    {"macs under a secret", macs_under_a_secret},
    {"signing with a secret", signing_with_a_secret},
};

/* What must be reported; the table is too large for the compiler to do without an index. */
static int breach(const char *way)
{
    static volatile unsigned char table[256];
    uint8_t byte[1];

    random_secret(byte, sizeof byte);
    if (strcmp(way, "--index") == 0)
        return table[byte[0]];
    if (byte[0] > 100)
        puts("more");
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long bad_count = 0;

    need(RUNNING_ON_VALGRIND != 0, "not under valgrind: nothing would be checked");
    need(schuil_is_ok(schuil_crypto_init()), "no start-up");
    if (argc > 1)
        return breach(argv[1]);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        unsigned long before = VALGRIND_COUNT_ERRORS;
        checks[i].run();
        unsigned long found = VALGRIND_COUNT_ERRORS - before;
        printf("%s: %s\n", checks[i].name, found == 0 ? "ok" : "DEPENDS ON A SECRET");
        bad_count += found;
    }
    return bad_count == 0 ? 0 : 1;
}
