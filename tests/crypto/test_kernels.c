/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels against each other: the eight lanes, as instructions and emulated, must answer as
 * libsodium does, to the byte, for random inputs and for every input at an edge.
 *
 *     test_kernels [COUNT [PATTERN]]     COUNT random elements through each of evaluate and
 *                                        multiply; only the tests whose name is like PATTERN
 *
 * The emulated kernel is slow and takes a hundredth of them. Where the processor has no AVX-512
 * IFMA its tests say so and are skipped. */
#include <pthread.h>
#include <stdlib.h>

#include "unit.h"

#include "lanes/emulated.h"

enum { SLICE = 64, COUNT_DEFAULT = 4096, EMULATED_SHARE = 100 };

static size_t random_count = COUNT_DEFAULT;

/* What is compared with libsodium. */
struct rival {
    const struct group_kernel *kernel;
    size_t share; /* one in so many of the random elements */
};

static const struct rival *rival_of(void **state)
{
    const struct rival *rival = *state;
    if (rival->kernel == NULL) {
        printf("skipped: no AVX-512 IFMA on this machine\n");
        skip();
    }
    return rival;
}

static void draw(void *ret, size_t len)
{
    assert_ok(schuil_random(ret, len));
}

static size_t draw_below(size_t bound)
{
    uint32_t x;
    draw(&x, sizeof x);
    return x % bound;
}

/* ---- one comparison ---- */

struct answer {
    struct element e[SLICE];
    bool is_good[SLICE];
};

static void assert_same(const struct answer *got, const struct answer *want, size_t n)
{
    assert_memory_equal(got->e, want->e, n * sizeof got->e[0]);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(got->is_good[i], want->is_good[i]);
}

static void compare_evaluate(const struct group_kernel *kernel, size_t n,
                             const struct uniform *uniform, const struct scalar *s)
{
    struct answer got, want;
    memset(&got, 0xa5, sizeof got);
    kernel->evaluate(n, uniform, s, got.e, got.is_good);
    kernel_portable.evaluate(n, uniform, s, want.e, want.is_good);
    assert_same(&got, &want, n);
}

static void compare_multiply(const struct group_kernel *kernel, size_t n,
                             const struct element *elements, const struct scalar *s)
{
    struct answer got, want;
    memset(&got, 0xa5, sizeof got);
    kernel->multiply(n, elements, s, got.e, got.is_good);
    kernel_portable.multiply(n, elements, s, want.e, want.is_good);
    assert_same(&got, &want, n);
}

/* ---- scalars ---- */

/* l - 1, little-endian: RFC 9496 section 4.4. */
static const struct scalar order_less_one = {{0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                              0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                              0,    0,    0,    0,    0,    0,    0,    0,
                                              0,    0,    0,    0,    0,    0,    0,    0x10}};

enum { EDGE_SCALAR_COUNT = 60 };

static struct scalar filled(uint8_t byte, uint8_t last)
{
    struct scalar s;
    memset(s.b, byte, sizeof s.b);
    s.b[31] = last;
    return s;
}

/* 1 .. 20, l-1 .. l-10, single bits, and dense ones of each nibble. */
static void edge_scalars(struct scalar ret[EDGE_SCALAR_COUNT])
{
    size_t n = 0;
    for (uint8_t i = 1; i <= 20; i++)
        ret[n++] = filled(0, 0), ret[n - 1].b[0] = i;
    for (uint8_t i = 0; i < 10; i++)
        ret[n++] = order_less_one, ret[n - 1].b[0] = (uint8_t)(order_less_one.b[0] - i);
    for (size_t bit = 15; bit < 253; bit += 16)
        ret[n++] = filled(0, 0), ret[n - 1].b[bit / 8] = (uint8_t)(1 << (bit % 8));
    for (uint8_t nibble = 1; n < EDGE_SCALAR_COUNT; nibble++)
        ret[n++] = filled((uint8_t)(nibble * 0x11), nibble & 0x0f);
    for (size_t i = 0; i < n; i++)
        assert_ok(schuil_scalar_check(&ret[i]));
}

/* ---- encodings ---- */

/* By the fastest kernel: that these are elements is judged where they are multiplied. */
static void random_elements(size_t n, struct element *ret)
{
    const struct group_kernel *kernel = kernel_ifma() != NULL ? kernel_ifma() : &kernel_portable;
    struct uniform uniform[SLICE];
    bool is_good[SLICE];
    draw(uniform, n * sizeof uniform[0]);
    kernel->hash(n, uniform, ret, is_good);
}

/* Any 32 bytes: half of them no square, half negative, some not canonical. */
static void random_bytes(struct element *ret)
{
    draw(ret->b, sizeof ret->b);
    if (draw_below(2) == 0)
        ret->b[31] &= 0x7f;
    if (draw_below(2) == 0)
        ret->b[0] &= 0xfe;
}

/* p + difference, little-endian. */
static struct element prime_plus(int difference)
{
    struct element e;
    memset(e.b, 0xff, sizeof e.b);
    e.b[31] = 0x7f;
    e.b[0] = (uint8_t)(0xed + difference);
    return e;
}

enum { EDGE_ENCODING_COUNT = 128 };

/* Around zero, around p, around 2^255, with the highest bit set, and the RFC's refused ones. */
static size_t edge_encodings(struct element ret[EDGE_ENCODING_COUNT])
{
    size_t n = 0, i;
    const json_t *one_case;
    json_t *root = vector_file("rfc9496.json");
    memset(ret, 0, EDGE_ENCODING_COUNT * sizeof ret[0]);
    for (uint8_t small = 0; small < 20; small++)
        ret[n++].b[0] = small;
    for (int d = -20; d < 19; d++)
        ret[n++] = prime_plus(d);
    memset(ret[n++].b, 0xff, 32);
    ret[n++].b[31] = 0x80;
    random_elements(4, &ret[n]);
    for (size_t k = 0; k < 4; k++)
        ret[n++].b[31] |= 0x80;
    json_array_foreach(vector_member(vector_member(root, "refused"), "cases"), i, one_case)
    {
        static struct vector_bytes bytes;
        const char *hex = json_string_value(vector_member(one_case, "encoding"));
        assert_int_equal(vector_hex_text(hex, &bytes).len, 32);
        memcpy(ret[n++].b, bytes.b, 32);
    }
    json_decref(root);
    assert_true(n <= EDGE_ENCODING_COUNT);
    return n;
}

/* ---- tests ---- */

static void random_inputs_evaluate_as_libsodium_says(void **state)
{
    const struct rival *rival = rival_of(state);
    struct uniform uniform[SLICE];
    struct scalar s;
    for (size_t done = 0, n; done < random_count / rival->share + 1; done += n) {
        n = 1 + draw_below(SLICE);
        draw(uniform, n * sizeof uniform[0]);
        assert_ok(schuil_scalar_random(&s));
        compare_evaluate(rival->kernel, n, uniform, &s);
    }
}

/* A third of the lanes hold any bytes, so that good and bad ones stand side by side. */
static void random_encodings_multiply_as_libsodium_says(void **state)
{
    const struct rival *rival = rival_of(state);
    struct element elements[SLICE];
    struct scalar s;
    for (size_t done = 0, n; done < random_count / rival->share + 1; done += n) {
        n = 1 + draw_below(SLICE);
        random_elements(n, elements);
        for (size_t i = 0; i < n; i++)
            if (draw_below(3) == 0)
                random_bytes(&elements[i]);
        assert_ok(schuil_scalar_random(&s));
        compare_multiply(rival->kernel, n, elements, &s);
    }
}

static void every_edge_scalar_multiplies_as_libsodium_says(void **state)
{
    const struct rival *rival = rival_of(state);
    struct scalar scalars[EDGE_SCALAR_COUNT];
    struct uniform uniform[LANES_TESTED];
    struct element elements[LANES_TESTED];
    edge_scalars(scalars);
    for (size_t i = 0; i < EDGE_SCALAR_COUNT; i++) {
        draw(uniform, sizeof uniform);
        random_elements(LANES_TESTED, elements);
        compare_evaluate(rival->kernel, LANES_TESTED, uniform, &scalars[i]);
        compare_multiply(rival->kernel, LANES_TESTED, elements, &scalars[i]);
    }
}

static void every_edge_encoding_is_judged_as_libsodium_judges_it(void **state)
{
    const struct rival *rival = rival_of(state);
    struct element elements[EDGE_ENCODING_COUNT];
    size_t n = edge_encodings(elements);
    struct scalar s;
    assert_ok(schuil_scalar_random(&s));
    for (size_t i = 0; i < n; i++)
        compare_multiply(rival->kernel, 1, &elements[i], &s);
    for (size_t i = 0; i < n; i += SLICE)
        compare_multiply(rival->kernel, n - i < SLICE ? n - i : SLICE, &elements[i], &s);
}

/* Field elements around 0, p, 2^255 in both halves: where the map's roots and signs turn. */
static void every_edge_string_maps_as_libsodium_maps_it(void **state)
{
    const struct rival *rival = rival_of(state);
    struct element halves[EDGE_ENCODING_COUNT];
    size_t n = edge_encodings(halves);
    struct uniform uniform[SLICE];
    struct scalar s;
    assert_ok(schuil_scalar_random(&s));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < SLICE; k++) {
            memcpy(uniform[k].b, halves[i].b, 32);
            memcpy(uniform[k].b + 32, halves[(k + i) % n].b, 32);
        }
        compare_evaluate(rival->kernel, rival->share > 1 ? LANES_TESTED : SLICE, uniform, &s);
    }
}

/* 64 zero bytes: both maps give the identity (RFC 9496 section 4.3.4 with t = 0), and so does their
 * sum, which is refused; its neighbours in the batch are not touched. */
static void an_identity_among_others_is_refused_alone(void **state)
{
    const struct rival *rival = rival_of(state);
    struct uniform uniform[SLICE];
    struct answer got;
    struct scalar s;
    assert_ok(schuil_scalar_random(&s));
    draw(uniform, sizeof uniform);
    for (size_t i = 3; i < SLICE; i += 7)
        memset(&uniform[i], 0, sizeof uniform[i]);
    compare_evaluate(rival->kernel, SLICE, uniform, &s);
    rival->kernel->evaluate(SLICE, uniform, &s, got.e, got.is_good);
    for (size_t i = 0; i < SLICE; i++)
        assert_int_equal(got.is_good[i], i % 7 != 3);
}

static void every_batch_size_gives_what_its_members_give_alone(void **state)
{
    const struct rival *rival = rival_of(state);
    struct uniform uniform[2 * SLICE + 1];
    struct element alone[2 * SLICE + 1], together[2 * SLICE + 1];
    bool is_good[2 * SLICE + 1];
    struct scalar s;
    assert_ok(schuil_scalar_random(&s));
    draw(uniform, sizeof uniform);
    for (size_t i = 0; i <= 2 * SLICE; i++)
        rival->kernel->evaluate(1, &uniform[i], &s, &alone[i], &is_good[i]);
    for (size_t n = 0; n <= 2 * SLICE + 1; n += rival->share > 1 ? 13 : 1) {
        memset(together, 0xa5, sizeof together);
        rival->kernel->evaluate(n, uniform, &s, together, is_good);
        assert_memory_equal(together, alone, n * sizeof alone[0]);
        assert_all(&together[n], 0xa5, (2 * SLICE + 1 - n) * sizeof together[0]);
    }
}

static void multiplying_in_place_is_fine(void **state)
{
    const struct rival *rival = rival_of(state);
    struct element elements[SLICE];
    struct answer want;
    bool is_good[SLICE];
    struct scalar s;
    random_elements(SLICE, elements);
    assert_ok(schuil_scalar_random(&s));
    kernel_portable.multiply(SLICE, elements, &s, want.e, want.is_good);
    rival->kernel->multiply(SLICE, elements, &s, elements, is_good);
    assert_memory_equal(elements, want.e, sizeof elements);
}

/* ---- what is left behind ---- */

enum { STACK_LEN = 1 << 20, PAINT = 0xa5, LEFT_COUNT = 20 };

/* One run on a painted stack. */
struct errand {
    uint8_t *stack;
    void (*run)(void);
    uint8_t left[STACK_LEN]; /* the stack below the errand's frame, afterwards */
    size_t left_len;
};

static struct bytes errand_inputs[SLICE];
static struct element errand_ret[SLICE];
static bool errand_ok[SLICE];
static uint8_t errand_texts[SLICE][32];

static struct scalar seeded_scalar(unsigned seed)
{
    struct scalar s;
    for (size_t i = 0; i < sizeof s.b; i++)
        s.b[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    s.b[31] &= 0x0f;
    return s;
}

static struct scalar errand_scalar;

static void inputs_seed(unsigned seed)
{
    errand_scalar = seeded_scalar(seed);
    for (size_t i = 0; i < SLICE; i++) {
        struct scalar text = seeded_scalar(seed + (unsigned)i);
        memcpy(errand_texts[i], text.b, sizeof text.b);
        errand_inputs[i] = bytes_of(errand_texts[i], sizeof errand_texts[i]);
    }
}

static void run_evaluate(void)
{
    assert_ok(schuil_group_evaluate(SLICE, errand_inputs, &errand_scalar, errand_ret, errand_ok));
}

static void run_multiply(void)
{
    assert_ok(schuil_group_multiply(9, errand_ret, &errand_scalar, errand_ret, errand_ok));
}

static void run_scalars(void)
{
    static struct scalar product;
    assert_ok(schuil_scalar_multiply(&errand_scalar, &errand_scalar, &product));
    assert_ok(schuil_scalar_invert(&errand_scalar, &product));
    assert_ok(schuil_group_base(&errand_scalar, errand_ret));
    assert_ok(schuil_scalar_check(&errand_scalar));
}

static __attribute__((noinline)) void errand_run_now(struct errand *errand)
{
    errand->run();
}

static void *errand_run(void *arg)
{
    struct errand *errand = arg;
    errand_run_now(errand);
    errand->left_len = (size_t)((const uint8_t *)__builtin_frame_address(0) - errand->stack);
    for (size_t i = 0; i < errand->left_len; i++)
        errand->left[i] = errand->stack[i];
    return NULL;
}

static void errand_send(struct errand *errand)
{
    pthread_attr_t attributes;
    pthread_t thread;
    memset(errand->stack, PAINT, STACK_LEN);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, errand->stack, STACK_LEN), 0);
    assert_int_equal(pthread_create(&thread, &attributes, errand_run, errand), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

/* Twice on the same painted stack, with other secrets: what then differs came from them. Addresses,
 * canaries and paint are the same in both. */
static void assert_nothing_left(void (*run)(void))
{
    static struct errand errand;
    static uint8_t before[STACK_LEN];
    uint8_t *stack = aligned_alloc(4096, STACK_LEN);
    assert_non_null(stack);
    errand.stack = stack;
    errand.run = run;
    for (unsigned i = 0; i <= LEFT_COUNT; i++) {
        inputs_seed(i + 1);
        run_evaluate(); /* for elements that run_multiply takes */
        errand_send(&errand);
        if (i > 0)
            assert_memory_equal(errand.left, before, errand.left_len);
        memcpy(before, errand.left, errand.left_len);
    }
    free(stack);
}

static void a_call_leaves_nothing_of_a_secret_on_the_stack(void **state)
{
    static const char *const names[] = {"portable", "ifma"};
    (void)state;
    if (IS_SANITIZED) {
        printf("skipped: sanitizers keep frames of their own\n");
        skip();
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(setenv("SCHUILNAAM_KERNEL", names[i], 1), 0);
        if (!schuil_is_ok(schuil_crypto_init()))
            continue;
        assert_nothing_left(run_evaluate);
        assert_nothing_left(run_multiply);
        assert_nothing_left(run_scalars);
    }
}

/* ---- the choice ---- */

static void the_environment_chooses_the_kernel(void **state)
{
    (void)state;
    assert_int_equal(setenv("SCHUILNAAM_KERNEL", "portable", 1), 0);
    assert_ok(schuil_crypto_init());
    assert_string_equal(schuil_group_kernel(), "portable");
    assert_int_equal(setenv("SCHUILNAAM_KERNEL", "ifma", 1), 0);
    if (kernel_ifma() != NULL) {
        assert_ok(schuil_crypto_init());
        assert_string_equal(schuil_group_kernel(), "ifma");
    } else {
        assert_rc(schuil_crypto_init(), RC_CONFIG_KERNEL);
        assert_string_equal(schuil_group_kernel(), "portable");
    }
}

static void a_kernel_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"sse2", "IFMA", "portable "};
        const char *before = schuil_group_kernel();
        assert_int_equal(setenv("SCHUILNAAM_KERNEL", names[i], 1), 0);
        assert_rc(schuil_crypto_init(), RC_CONFIG_KERNEL);
        assert_string_equal(schuil_group_kernel(), before);
    }
}

static void without_a_wish_the_fastest_is_taken(void **state)
{
    (void)state;
    const char *fastest = kernel_ifma() != NULL ? "ifma" : "portable";
    assert_int_equal(unsetenv("SCHUILNAAM_KERNEL"), 0);
    assert_ok(schuil_crypto_init());
    assert_string_equal(schuil_group_kernel(), fastest);
    assert_int_equal(setenv("SCHUILNAAM_KERNEL", "", 1), 0);
    assert_ok(schuil_crypto_init());
    assert_string_equal(schuil_group_kernel(), fastest);
}

#define KERNEL_TEST(test, rival) cmocka_unit_test_prestate(test, (void *)(uintptr_t)(rival))
#define KERNEL_TESTS(rival)                                                                        \
    KERNEL_TEST(random_inputs_evaluate_as_libsodium_says, rival),                                  \
        KERNEL_TEST(random_encodings_multiply_as_libsodium_says, rival),                           \
        KERNEL_TEST(every_edge_scalar_multiplies_as_libsodium_says, rival),                        \
        KERNEL_TEST(every_edge_encoding_is_judged_as_libsodium_judges_it, rival),                  \
        KERNEL_TEST(every_edge_string_maps_as_libsodium_maps_it, rival),                           \
        KERNEL_TEST(an_identity_among_others_is_refused_alone, rival),                             \
        KERNEL_TEST(every_batch_size_gives_what_its_members_give_alone, rival),                    \
        KERNEL_TEST(multiplying_in_place_is_fine, rival)

int main(int argc, char **argv)
{
    static struct rival ifma = {.share = 1};
    static const struct rival emulated = {.kernel = &kernel_emulated, .share = EMULATED_SHARE};
    const struct CMUnitTest tests[] = {
        KERNEL_TESTS(&ifma),
        KERNEL_TESTS(&emulated),
        cmocka_unit_test(a_call_leaves_nothing_of_a_secret_on_the_stack),
        cmocka_unit_test(the_environment_chooses_the_kernel),
        cmocka_unit_test(a_kernel_that_does_not_exist_is_refused),
        cmocka_unit_test(without_a_wish_the_fastest_is_taken),
    };

    if (argc > 1)
        random_count = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    ifma.kernel = kernel_ifma();
    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
