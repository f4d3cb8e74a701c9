/* cli_bench_link.h - what the link between host and fabric costs. */
#ifndef HOST_CLI_CLI_BENCH_LINK_H
#define HOST_CLI_CLI_BENCH_LINK_H

/* Gets each figure as it is known. */
typedef void bench_figure(void *ctx, const char *name, double value,
                          const char *unit);

/* ERR_MISSING without an image of acl, ERR_IO, ERR_NO_MEM; printed. */
int bench_link(bench_figure *figure, void *ctx);

#endif
