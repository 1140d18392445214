/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE /* unshare */
#include "tests/live/support_namespace.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* An alias of the loopback interface, up. */
static bool add_address(int fd, guint i)
{
    struct ifreq request = {.ifr_flags = 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000000 + i)};
    g_snprintf(request.ifr_name, sizeof request.ifr_name, "lo:%u", i);
    memcpy(&request.ifr_addr, &address, sizeof address);
    return ioctl(fd, SIOCSIFADDR, &request) == 0;
}

bool namespace_enter(guint count)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool good = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &up) == 0;
    for (guint i = 1; good && i <= count; i++)
        good = add_address(fd, i);
    if (fd >= 0)
        close(fd);
    return good;
}
