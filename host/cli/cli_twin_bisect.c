/* cli_twin_bisect.c - `precast twin bisect`: where a device went wrong. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/image/image_store.h"
#include "host/bisect/bisect.h"
#include "host/cli/cli_twin.h"
#include "sim/image.h"

/* The image that `make trace` builds, beside the folder of images. */
static int default_image(const char *fn, char *path, size_t n)
{
    struct image_store *images;
    int err = image_store_open(SIM_ABI, &images);

    if (err == 0) {
        (void)snprintf(path, n, "%s/../trace/%s-w64.so", /* cut: not there */
                       image_store_dir(images), fn);
        image_store_close(images);
    }
    return err;
}

static const char *answer_name(enum bisect_answer a)
{
    static const char *const names[] = {[BISECT_EQUAL] = "equal",
                                        [BISECT_TWIN] = "twin",
                                        [BISECT_DESIGN] = "design",
                                        [BISECT_FOUND] = "found",
                                        [BISECT_NOT_FOUND] = "not found"};

    return names[a];
}

static void print_json(const struct bisect_result *r)
{
    json_t *o = json_pack(
        "{ss, ss, ss, sI, ss, ss, ss, sI, sb, sf}", "type", "bisect", "answer",
        answer_name(r->answer), "verdict", twin_kind_name(r->v.kind),
        "first_item", (json_int_t)r->v.first_item, "text", r->v.text, "class",
        r->class, "stage", r->stage, "explanations", (json_int_t)r->n_hits,
        "out_of_time", (int)r->out_of_time, "seconds", r->seconds);

    if (r->answer == BISECT_FOUND) {
        (void)json_object_set_new(o, "register", json_string(r->best.reg));
        (void)json_object_set_new(o, "first_clock",
                                  json_integer((json_int_t)r->best.first));
        (void)json_object_set_new(o, "last_clock",
                                  json_integer((json_int_t)r->best.last));
    }
    if (r->best.word[0] != '\0') {
        (void)json_object_set_new(o, "word", json_string(r->best.word));
    }
    (void)json_dumpf(o, stdout, JSON_COMPACT); /* cli_flush() checks */
    (void)putchar('\n');
    json_decref(o);
}

static void print_found(const struct bisect_result *r)
{
    const struct bisect_hit *h = &r->best;

    printf("class     %s\nstage     %s\n", r->class,
           r->stage[0] != '\0' ? r->stage : "unknown");
    if (r->answer == BISECT_FOUND) {
        printf("register  %s%s%s\n", h->reg, h->word[0] != '\0' ? ", " : "",
               h->word);
        if (h->permanent && h->word[0] == '\0') {
            printf("          stuck at %d\n", h->value);
        } else if (h->first == h->last) {
            printf("clock     %llu\n", (unsigned long long)h->first);
        } else {
            printf("clock     %llu to %llu\n", (unsigned long long)h->first,
                   (unsigned long long)h->last);
        }
    }
    printf("explained by %zu bit%s%s\n", r->n_hits, r->n_hits == 1 ? "" : "s",
           r->out_of_time ? ", the search was ended by --budget" : "");
}

static void print_text(const struct bisect_result *r)
{
    printf("verdict   %s\n", twin_kind_name(r->v.kind));
    switch (r->answer) {
    case BISECT_EQUAL: printf("nothing differs\n"); return;
    case BISECT_TWIN:
        printf("the C body does not agree with itself: %s\n", r->v.text);
        return;
    default: break;
    }
    printf("item      %llu: %s\n", (unsigned long long)r->v.first_item,
           r->v.text);
    if (r->answer == BISECT_DESIGN) {
        printf("the RTL body differs from the C body on this window without "
               "any fault\nclass     %s, a fault of the design\n",
               r->class);
        return;
    }
    print_found(r);
}

int cli_twin_bisect(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {0};
    struct bisect_result r;
    struct twin_window w;
    double budget = 60;
    char image[4096];
    int err = cli_opts_read(cmd, "slot-image fst budget json", argc, argv, &o);

    err =
        err < 0 ? err : cli_opt_number(cmd, &o, "budget", 0.01, 86400, &budget);
    if (err < 0) {
        return err;
    }
    if (o.name == NULL) {
        return cli_usage(cmd, "no window named");
    }
    err = twin_window_load(o.name, &w);
    if (err < 0) {
        return err;
    }
    const char *given = cli_opt(&o, "slot-image");
    if (given != NULL) {
        (void)snprintf(image, sizeof image, "%s%s", /* cut: not there */
                       strchr(given, '/') == NULL ? "./" : "", given);
    } else {
        err = default_image(w.fn->csr->name, image, sizeof image);
    }
    const struct bisect_config config = {
        .image = image, .fst = cli_opt(&o, "fst"), .budget_s = budget};
    err = err < 0 ? err : bisect(&w, &config, &r);
    twin_window_close(&w);
    if (err < 0) {
        return err;
    }
    if (o.json) {
        print_json(&r);
    } else {
        print_text(&r);
    }
    err = r.answer == BISECT_EQUAL  ? 0
          : r.answer == BISECT_TWIN ? ERR_DEVICE
                                    : ERR_DIFFERS;
    bisect_close(&r);
    int flush_err = cli_flush();
    return flush_err < 0 ? flush_err : err;
}
