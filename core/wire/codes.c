/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of RELOAD's code points, RFC 6940 sections 14.8 to 14.13. */
#include "core/wire/codes.h"

#include <stddef.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const char *const code_names[] = {
    [RELO_CODE_PROBE_REQ] = "probe_req",
    [RELO_CODE_PROBE_ANS] = "probe_ans",
    [RELO_CODE_ATTACH_REQ] = "attach_req",
    [RELO_CODE_ATTACH_ANS] = "attach_ans",
    [RELO_CODE_STORE_REQ] = "store_req",
    [RELO_CODE_STORE_ANS] = "store_ans",
    [RELO_CODE_FETCH_REQ] = "fetch_req",
    [RELO_CODE_FETCH_ANS] = "fetch_ans",
    [RELO_CODE_FIND_REQ] = "find_req",
    [RELO_CODE_FIND_ANS] = "find_ans",
    [RELO_CODE_JOIN_REQ] = "join_req",
    [RELO_CODE_JOIN_ANS] = "join_ans",
    [RELO_CODE_LEAVE_REQ] = "leave_req",
    [RELO_CODE_LEAVE_ANS] = "leave_ans",
    [RELO_CODE_UPDATE_REQ] = "update_req",
    [RELO_CODE_UPDATE_ANS] = "update_ans",
    [RELO_CODE_ROUTE_QUERY_REQ] = "route_query_req",
    [RELO_CODE_ROUTE_QUERY_ANS] = "route_query_ans",
    [RELO_CODE_PING_REQ] = "ping_req",
    [RELO_CODE_PING_ANS] = "ping_ans",
    [RELO_CODE_STAT_REQ] = "stat_req",
    [RELO_CODE_STAT_ANS] = "stat_ans",
    [RELO_CODE_APP_ATTACH_REQ] = "app_attach_req",
    [RELO_CODE_APP_ATTACH_ANS] = "app_attach_ans",
    [RELO_CODE_CONFIG_UPDATE_REQ] = "config_update_req",
    [RELO_CODE_CONFIG_UPDATE_ANS] = "config_update_ans",
    [RELO_CODE_EXP_A_REQ] = "exp_a_req",
    [RELO_CODE_EXP_A_ANS] = "exp_a_ans",
    [RELO_CODE_EXP_B_REQ] = "exp_b_req",
    [RELO_CODE_EXP_B_ANS] = "exp_b_ans",
};

static const char *const error_names[] = {
    [RELO_ERROR_FORBIDDEN] = "Error_Forbidden",
    [RELO_ERROR_NOT_FOUND] = "Error_Not_Found",
    [RELO_ERROR_REQUEST_TIMEOUT] = "Error_Request_Timeout",
    [RELO_ERROR_GENERATION_COUNTER_TOO_LOW] = "Error_Generation_Counter_Too_Low",
    [RELO_ERROR_INCOMPATIBLE_WITH_OVERLAY] = "Error_Incompatible_with_Overlay",
    [RELO_ERROR_UNSUPPORTED_FORWARDING_OPTION] = "Error_Unsupported_Forwarding_Option",
    [RELO_ERROR_DATA_TOO_LARGE] = "Error_Data_Too_Large",
    [RELO_ERROR_DATA_TOO_OLD] = "Error_Data_Too_Old",
    [RELO_ERROR_TTL_EXCEEDED] = "Error_TTL_Exceeded",
    [RELO_ERROR_MESSAGE_TOO_LARGE] = "Error_Message_Too_Large",
    [RELO_ERROR_UNKNOWN_KIND] = "Error_Unknown_Kind",
    [RELO_ERROR_UNKNOWN_EXTENSION] = "Error_Unknown_Extension",
    [RELO_ERROR_RESPONSE_TOO_LARGE] = "Error_Response_Too_Large",
    [RELO_ERROR_CONFIG_TOO_OLD] = "Error_Config_Too_Old",
    [RELO_ERROR_CONFIG_TOO_NEW] = "Error_Config_Too_New",
    [RELO_ERROR_IN_PROGRESS] = "Error_In_Progress",
    [RELO_ERROR_EXP_A] = "Error_Exp_A",
    [RELO_ERROR_EXP_B] = "Error_Exp_B",
    [RELO_ERROR_INVALID_MESSAGE] = "Error_Invalid_Message",
};

static const char *const destination_names[] = {NULL, "node", "resource", "opaque_id_type"};
static const char *const probe_names[] = {NULL, "responsible_set", "num_resources", "uptime",
                                          "exp-probe"};
static const char *const overlay_link_names[] = {
    NULL, "DTLS-UDP-SR", NULL, "DTLS-UDP-SR-NO-ICE", "TLS-TCP-FH-NO-ICE", "EXP-LINK"};
static const char *const candidate_names[] = {NULL, "host", "srflx", NULL, "relay"};
static const char *const identity_names[] = {NULL, "cert_hash", "cert_hash_node_id", "none"};
static const char *const hash_names[] = {"none",   "md5",    "sha1",  "sha224",
                                         "sha256", "sha384", "sha512"};
static const char *const signature_names[] = {"anonymous", "rsa", "dsa", "ecdsa"};
static const char *const chord_update_names[] = {NULL, "peer_ready", "neighbors", "full"};
static const char *const chord_leave_names[] = {NULL, "from_succ", "from_pred"};
static const char *const config_update_names[] = {NULL, "config", "kind"};

static const char *look_up(const char *const *table, size_t n, uint32_t value)
{
    return value < n ? table[value] : NULL;
}

const char *relo_code_name(uint16_t code)
{
    return code == RELO_CODE_ERROR ? "error" : look_up(code_names, COUNT(code_names), code);
}

const char *relo_error_name(uint16_t error_code)
{
    return look_up(error_names, COUNT(error_names), error_code);
}

const char *relo_destination_name(uint8_t type)
{
    return look_up(destination_names, COUNT(destination_names), type);
}

const char *relo_probe_name(uint8_t type)
{
    return look_up(probe_names, COUNT(probe_names), type);
}

const char *relo_overlay_link_name(uint8_t type)
{
    return look_up(overlay_link_names, COUNT(overlay_link_names), type);
}

const char *relo_candidate_name(uint8_t type)
{
    return look_up(candidate_names, COUNT(candidate_names), type);
}

const char *relo_identity_name(uint8_t type)
{
    return look_up(identity_names, COUNT(identity_names), type);
}

const char *relo_hash_name(uint8_t hash_alg)
{
    return look_up(hash_names, COUNT(hash_names), hash_alg);
}

const char *relo_signature_name(uint8_t signature_alg)
{
    return look_up(signature_names, COUNT(signature_names), signature_alg);
}

const char *relo_chord_update_name(uint8_t type)
{
    return look_up(chord_update_names, COUNT(chord_update_names), type);
}

const char *relo_chord_leave_name(uint8_t type)
{
    return look_up(chord_leave_names, COUNT(chord_leave_names), type);
}

const char *relo_config_update_name(uint8_t type)
{
    return look_up(config_update_names, COUNT(config_update_names), type);
}
