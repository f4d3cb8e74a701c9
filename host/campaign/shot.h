/* shot.h - one fault experiment and the sums over many. */
#ifndef HOST_CAMPAIGN_SHOT_H
#define HOST_CAMPAIGN_SHOT_H

#include "host/campaign/campaign.h"
#include "host/campaign/regs.h"

/* What became of one fault. */
struct shot {
    bool visible; /* an item was wrong, or it hung */
    bool hang;
    bool effective;   /* that, or a register or table word is wrong */
    bool spoke;       /* the twin did */
    uint64_t at;      /* item */
    uint32_t latency; /* beats from the end of the first wrong item */
    uint32_t windows; /* until the twin spoke */
    char stage[32];   /* that it named */
    bool permanent;   /* the twin takes it for that; if it spoke */
};

/* Windows in which a slot walks all its registers and tables, and one report.
 */
uint32_t shot_windows_bound(struct bed *b);

/*
 * Runs until the fault was seen and had an effect, until it is gone without
 * one, or until one walk, one report and 'more' bursts went by; once more from
 * when a flipped word is right again and has made another one wrong.  'fault'
 * strikes in the first burst; NULL: it is there already, and 'more' bursts are
 * all.  'r' is NULL in images whose registers cannot be looked at.
 */
int shot_run(struct bed *b, const struct regs *r, const struct sim_fault *fault,
             uint32_t more, struct shot *out);

/*
 * What the twin takes the fault for that it has just seen, in s->permanent:
 * both slots are reset, loaded and run again, the burst that showed it first,
 * then a self-test, or as much of it as it takes until a flip has left nothing
 * in any register.  A fault that is still there is permanent; one that shows
 * before any item came was where it shows, in s->stage.
 */
int shot_again(struct bed *b, const struct regs *r,
               const struct sim_fault *fault, struct shot *s);

/* Rows are summed up shot by shot. */
struct tally {
    struct campaign_row row;
    uint32_t *latency; /* [row.n], of those visible and detected */
};

/* ERR_NO_MEM.  tally_end() fills what is left of the row and frees. */
int tally_begin(struct tally *t, const struct campaign_config *c,
                const char *faults, const char *part);
/* 'stage' is the truth, NULL when unknown. */
void tally_add(struct tally *t, const struct shot *s, const char *stage);
/* ... and 'permanent'; of a shot that shot_again() has seen. */
void tally_again(struct tally *t, const struct shot *s, bool permanent);
void tally_end(struct tally *t);

#endif
