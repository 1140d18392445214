/* SPDX-License-Identifier: BSD-2-Clause */
/* The nine kinds of NAT: mapping x filtering (RFC 4787), otherwise alike. */
#ifndef SUPPORT_KIND_H
#define SUPPORT_KIND_H

#include "sim/nat/preset.h"

static inline struct sim_nat_config nat_kind(int i, enum sim_nat_ports ports)
{
    struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    config.mapping = (enum sim_nat_dependence)(i / 3);
    config.filtering = (enum sim_nat_dependence)(i % 3);
    config.ports = ports;
    return config;
}

#endif
