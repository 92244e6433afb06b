/* SPDX-License-Identifier: Apache-2.0 */
/* The table of examples of `admin`, and the help that is made of it and the table of nouns. */
#include "admin_examples.h"

#include <string.h>

#include "help.h"

/* What follows noun and verb. A verb that has no row but a word after it takes the noun's "CODE".
 */
static const struct {
    const char *noun, *verb, *words;
} examples[] = {
    {"organisation", "CODE", "HOSP1"},
    {"organisation", "create", "--code HOSP1 --name \"First Hospital\" --kind provider"},
    {"organisation", "change", "HOSP1 --state suspended"},
    {"credential", "CODE", "12"},
    {"credential", "create", "--organisation HOSP1 --certificate hosp1.pem --until 2027-12-31"},
    {"credential", "change", "12 --until 2027-06-30"},
    {"operator", "CODE", "3"},
    {"operator", "create", "--name anna"},
    {"operator", "change", "3 --state suspended"},
    {"registry", "CODE", "REG1"},
    {"registry", "create",
     "--code REG1 --name \"Heart registry\" --organisation REGORG --domain HEART"},
    {"registry", "change", "REG1 --name \"Heart and lung registry\""},
    {"registry", "set-state", "REG1 suspended"},
    {"domain", "CODE", "HEART"},
    {"domain", "create", "--code HEART --kind plain"},
    {"type", "CODE", "A"},
    {"type", "create", "--code RB --kind reversible --recipe BSN --uniqueness identifying"},
    {"connection", "CODE", "5"},
    {"connection", "create", "--provider HOSP1 --registry REG1 --types A,C --quota 100000"},
    {"connection", "change", "5 --quota 50000"},
    {"mandate", "CODE", "4"},
    {"mandate", "create", "--processor PROC1 --principal HOSP1 --until 2027-12-31"},
    {"mandate", "change", "4 --until 2027-06-30"},
    {"quota", "CODE", "2"},
    {"quota", "create", "--kind reverse --connection 5 --quota 100"},
    {"quota", "change", "2 --quota 50"},
    {"linkage", "CODE", "5"},
    {"linkage", "create",
     "--source REG1 --research RES1 --types A --count-limit 5000 --life 168 --until 2027-06-30"},
    {"linkage", "change", "5 --count-limit 4000"},
    {"rotation", "CODE", "1"},
    {"rotation", "plan", "--domain HEART"},
    {"rotation", "start", "--domain HEART --reason \"keys of 2026\""},
    {"rotation", "status", "--domain HEART"},
    {"rotation", "finish", "--domain HEART --reason \"all registries are over\""},
    {"rotation", "abort", "--domain HEART --reason \"REG1 cannot follow\""},
    {"approval", "CODE", "7"},
    {"approval", "approve", "7"},
    {"approval", "refuse", "7 --reason \"not agreed\""},
    {"key", "CODE", "9"},
    {"key", "create", "--purpose source --organisation HOSP1"},
    {"key", "rewrap", "--reason \"yearly\""},
    {"key", "import", "--purpose domain --domain HEART <key.hex"},
    {"key", "refresh", "--reason \"yearly\""},
    {"key", "change", "9 --state suspended --reason \"looked into\""},
    {"key", "end", "9 --reason \"the host was lost\""},
    {"wrapping", "CODE", "2"},
};
enum { EXAMPLE_COUNT = sizeof examples / sizeof examples[0] };

static const char *example_in(const char *noun, const char *verb)
{
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        if (strcmp(examples[i].noun, noun) == 0 && strcmp(examples[i].verb, verb) == 0)
            return examples[i].words;
    }
    return NULL;
}

const char *admin_example_find(const struct admin_call *call)
{
    const char *own = example_in(call->noun->name, call->name);
    if (own != NULL)
        return own;
    if (call->verb == VERB_LIST)
        return "";
    bool takes_code_alone = (call->verb & (VERB_SHOW | VERB_END)) != 0;
    return takes_code_alone ? example_in(call->noun->name, "CODE") : NULL;
}

static void example_print(FILE *out, const struct admin_call *call)
{
    const char *words = admin_example_find(call);
    if (words != NULL)
        fprintf(out, "  schuilnaam --profile operator admin %s %s%s%s\n", call->noun->name,
                call->name, *words != '\0' ? " " : "", words);
}

static bool call_matches(const struct admin_call *call, const struct arguments *arguments)
{
    return strcmp(call->noun->name, arguments->words[0]) == 0 &&
           (arguments->word_count == 1 || strcmp(call->name, arguments->words[1]) == 0);
}

bool admin_words_print(FILE *out, const struct arguments *arguments)
{
    struct admin_call call = {0};
    bool found = false;
    while (arguments->word_count > 0 && admin_call_next(&call)) {
        if (!call_matches(&call, arguments))
            continue;
        fputs(found ? "\nUsage: schuilnaam admin " : "Usage: schuilnaam admin ", out);
        admin_call_print(out, &call);
        fprintf(out, "  %s\nExample:\n", call.text);
        example_print(out, &call);
        found = true;
    }
    if (found)
        fputs("\n`schuilnaam admin --help` tells what the options mean.\n", out);
    return found;
}

/* What `print` writes of a call, as text of jansson. */
static json_t *text_json(void (*print)(FILE *out, const struct admin_call *call),
                         const struct admin_call *call)
{
    char text[1024] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    if (out == NULL)
        return NULL;
    print(out, call);
    if (fclose(out) != 0)
        return NULL;
    text[strcspn(text, "\n")] = '\0';
    return json_string(text);
}

json_t *admin_calls_json(void)
{
    struct admin_call call = {0};
    json_t *list = json_array();
    while (admin_call_next(&call))
        list = help_list_add(list, json_pack("{s:o,s:s,s:o}", "call",
                                             text_json(admin_call_print, &call), "text", call.text,
                                             "example", text_json(example_print, &call)));
    return list;
}
