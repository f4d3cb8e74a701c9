/* cli_stop.c - Ctrl-C and SIGTERM, for all commands that run for a while. */
#include <signal.h>

#include "host/cli/cli.h"

/* The one mutable global of the program: a signal handler has nothing else. */
static volatile sig_atomic_t stop_asked;

static void ask_stop(int number)
{
    (void)number;
    stop_asked = 1;
}

const volatile sig_atomic_t *cli_stop(void)
{
    struct sigaction action = {.sa_handler = ask_stop};

    action.sa_flags = (int)SA_RESETHAND;
    (void)sigaction(SIGINT, &action, NULL);  /* known signal */
    (void)sigaction(SIGTERM, &action, NULL); /* known signal */
    (void)sigaction(SIGHUP, &action, NULL);  /* known signal */
    /* A reader that has had enough must not cost the outputs. */
    (void)signal(SIGPIPE, SIG_IGN);
    return &stop_asked;
}
