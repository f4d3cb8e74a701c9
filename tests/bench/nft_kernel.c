/* nft_kernel.c - see nft_kernel.h. */
#include "tests/bench/nft_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/err.h"

static int open_tap(const char *name)
{
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    (void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name); /* fits */
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &r) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Runs a shell with 'text' on its stdin. */
static bool shell(const char *command, const char *text)
{
    FILE *f = popen(command, "w");

    return f != NULL && fputs(text, f) >= 0 && pclose(f) == 0;
}

bool nft_kernel_open(struct nft_kernel *k, const char *rules)
{
    /* The kernel spares itself what our functions do not do: sums of UDP, and
     * looking at where packets come from. */
    static const char up[] =
        "set -e\n"
        "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6\n"
        "for n in 1:i0 2:o0; do k=${n%:*} d=${n#*:}\n"
        "ip link set $d address 02:00:00:00:00:0$((k - 1))\n"
        "ip addr add 10.0.$k.1/24 dev $d\n"
        "ip link set $d up\n"
        "ip neigh add 10.0.$k.2 lladdr 02:00:00:00:01:0$((k - 1)) dev $d\n"
        "ip route add 10.$k.0.0/16 via 10.0.$k.2\n"
        "echo 0 >/proc/sys/net/ipv4/conf/$d/rp_filter\n"
        "done\n"
        "echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter\n"
        "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
        "cd /proc/sys/net/netfilter\n"
        "echo 0 >nf_conntrack_checksum\n"
        "for f in nf_conntrack_udp_timeout*; do echo 3600 >$f; done\n";

    *k = (struct nft_kernel){.fd = {-1, -1}, .ns = -1};
    if (unshare(CLONE_NEWNET) != 0) {
        return false;
    }
    k->ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    k->fd[0] = open_tap("i0");
    k->fd[1] = open_tap("o0");
    return k->ns >= 0 && k->fd[0] >= 0 && k->fd[1] >= 0 && shell("sh", up) &&
           (rules[0] == '\0' || shell("nft -f -", rules));
}

void nft_kernel_close(struct nft_kernel *k)
{
    const int fd[] = {k->fd[0], k->fd[1], k->ns};

    for (size_t j = 0; j < sizeof fd / sizeof fd[0]; j++) {
        if (fd[j] >= 0) {
            (void)close(fd[j]); /* of no file */
        }
    }
}

int nft_kernel_write(const struct nft_kernel *k, int side,
                     const uint8_t packet[NFT_FRAME])
{
    return write(k->fd[side], packet, NFT_FRAME) == NFT_FRAME ? 0 : ERR_IO;
}

int nft_kernel_read(const struct nft_kernel *k, int side,
                    uint8_t packet[NFT_FRAME])
{
    return read(k->fd[1 - side], packet, NFT_FRAME) == NFT_FRAME ? 0
                                                                 : ERR_DIFFERS;
}

int64_t nft_kernel_passed(const struct nft_kernel *k)
{
    char line[512];
    int64_t sum = ERR_IO, sent, dropped;

    if (setns(k->ns, CLONE_NEWNET) != 0) {
        return ERR_IO;
    }
    FILE *f = fopen("/proc/self/net/dev", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        /* Eight numbers of what it received; then bytes, packets, errors,
         * drops of what it was to send. */
        if (sscanf(line, " o0: %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld %*s %ld",
                   &sent, &dropped) == 2) {
            sum = sent + dropped;
        }
    }
    if (f != NULL) {
        (void)fclose(f); /* read */
    }
    return sum;
}
