/* SPDX-License-Identifier: BSD-2-Clause */
/* A made-up campaign in a results database: what figures are tested on. */
#ifndef SUPPORT_CAMPAIGN_H
#define SUPPORT_CAMPAIGN_H

#include "metrics/database.h"

/* Sizes from 64 to 4096 without churn: hops, latency, traffic. */
void support_campaign_static(struct mx_database *db);
/* Session times x reactive x interval, five repetitions: everything. */
void support_campaign_churn(struct mx_database *db);
/* A mass failure, a partition, and a sweep over the share of malicious peers. */
void support_campaign_events(struct mx_database *db);
/* Three kinds of NAT against each other. */
void support_campaign_pairs(struct mx_database *db);
/* Four points of two swept parameters: ten curves in the first panel of nat-mix; loads. */
void support_campaign_cgn(struct mx_database *db);

#endif
