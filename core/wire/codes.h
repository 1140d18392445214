/* SPDX-License-Identifier: BSD-2-Clause */
/* The code points of RELOAD: RFC 6940 sections 14.6 to 14.14, and their names as the RFC has them.

   The enums list what is assigned; fields on the wire keep their integer type, because most
   registries may grow. A name function returns NULL for a value without a name. */
#ifndef RELO_WIRE_CODES_H
#define RELO_WIRE_CODES_H

#include <stdbool.h>
#include <stdint.h>

#define RELO_TOKEN UINT32_C(0xd2454c4f) /* "RELO" with its top bit set (6.3.2) */
#define RELO_PROTOCOL_VERSION 0x0a      /* 1.0, times ten */
#define RELO_PORT 6084

/* Message codes, 14.8. An answer is its request plus one. */
enum relo_code {
    RELO_CODE_INVALID = 0x0,
    RELO_CODE_PROBE_REQ = 0x1,
    RELO_CODE_PROBE_ANS = 0x2,
    RELO_CODE_ATTACH_REQ = 0x3,
    RELO_CODE_ATTACH_ANS = 0x4,
    RELO_CODE_STORE_REQ = 0x7,
    RELO_CODE_STORE_ANS = 0x8,
    RELO_CODE_FETCH_REQ = 0x9,
    RELO_CODE_FETCH_ANS = 0xa,
    RELO_CODE_FIND_REQ = 0xd,
    RELO_CODE_FIND_ANS = 0xe,
    RELO_CODE_JOIN_REQ = 0xf,
    RELO_CODE_JOIN_ANS = 0x10,
    RELO_CODE_LEAVE_REQ = 0x11,
    RELO_CODE_LEAVE_ANS = 0x12,
    RELO_CODE_UPDATE_REQ = 0x13,
    RELO_CODE_UPDATE_ANS = 0x14,
    RELO_CODE_ROUTE_QUERY_REQ = 0x15,
    RELO_CODE_ROUTE_QUERY_ANS = 0x16,
    RELO_CODE_PING_REQ = 0x17,
    RELO_CODE_PING_ANS = 0x18,
    RELO_CODE_STAT_REQ = 0x19,
    RELO_CODE_STAT_ANS = 0x1a,
    RELO_CODE_APP_ATTACH_REQ = 0x1d,
    RELO_CODE_APP_ATTACH_ANS = 0x1e,
    RELO_CODE_CONFIG_UPDATE_REQ = 0x21,
    RELO_CODE_CONFIG_UPDATE_ANS = 0x22,
    RELO_CODE_EXP_A_REQ = 0x23,
    RELO_CODE_EXP_A_ANS = 0x24,
    RELO_CODE_EXP_B_REQ = 0x25,
    RELO_CODE_EXP_B_ANS = 0x26,
    RELO_CODE_ERROR = 0xffff
};

/* Error codes, 14.9. */
enum relo_error_code {
    RELO_ERROR_INVALID = 0x0,
    RELO_ERROR_FORBIDDEN = 0x2,
    RELO_ERROR_NOT_FOUND = 0x3,
    RELO_ERROR_REQUEST_TIMEOUT = 0x4,
    RELO_ERROR_GENERATION_COUNTER_TOO_LOW = 0x5,
    RELO_ERROR_INCOMPATIBLE_WITH_OVERLAY = 0x6,
    RELO_ERROR_UNSUPPORTED_FORWARDING_OPTION = 0x7,
    RELO_ERROR_DATA_TOO_LARGE = 0x8,
    RELO_ERROR_DATA_TOO_OLD = 0x9,
    RELO_ERROR_TTL_EXCEEDED = 0xa,
    RELO_ERROR_MESSAGE_TOO_LARGE = 0xb,
    RELO_ERROR_UNKNOWN_KIND = 0xc,
    RELO_ERROR_UNKNOWN_EXTENSION = 0xd,
    RELO_ERROR_RESPONSE_TOO_LARGE = 0xe,
    RELO_ERROR_CONFIG_TOO_OLD = 0xf,
    RELO_ERROR_CONFIG_TOO_NEW = 0x10,
    RELO_ERROR_IN_PROGRESS = 0x11,
    RELO_ERROR_EXP_A = 0x12,
    RELO_ERROR_EXP_B = 0x13,
    RELO_ERROR_INVALID_MESSAGE = 0x14
};

/* FramedMessageType, 6.6.2. */
enum relo_frame_type { RELO_FRAME_DATA = 128, RELO_FRAME_ACK = 129 };

/* DestinationType, 6.3.2.2. Values from 128 cannot exist. */
enum relo_destination_type {
    RELO_DESTINATION_NODE = 1,
    RELO_DESTINATION_RESOURCE = 2,
    RELO_DESTINATION_OPAQUE = 3
};

/* Forwarding options and their flags, 6.3.2.3 and 14.12. */
enum relo_option_type { RELO_OPTION_EXP_FORWARD = 1 };
enum relo_option_flag {
    RELO_OPTION_FORWARD_CRITICAL = 0x01,
    RELO_OPTION_DESTINATION_CRITICAL = 0x02,
    RELO_OPTION_RESPONSE_COPY = 0x04
};

/* MessageExtensionType, 14.14 (16 bits on the wire). */
enum relo_extension_type { RELO_EXTENSION_EXP = 1 };

/* SignerIdentityType, 6.3.4. */
enum relo_identity_type {
    RELO_IDENTITY_CERT_HASH = 1,
    RELO_IDENTITY_CERT_HASH_NODE_ID = 2,
    RELO_IDENTITY_NONE = 3
};

/* TLS 1.2 HashAlgorithm and SignatureAlgorithm, CertificateType of RFC 6091. */
enum relo_hash_alg {
    RELO_HASH_NONE = 0,
    RELO_HASH_MD5 = 1,
    RELO_HASH_SHA1 = 2,
    RELO_HASH_SHA224 = 3,
    RELO_HASH_SHA256 = 4,
    RELO_HASH_SHA384 = 5,
    RELO_HASH_SHA512 = 6
};
enum relo_signature_alg {
    RELO_SIGNATURE_ANONYMOUS = 0,
    RELO_SIGNATURE_RSA = 1,
    RELO_SIGNATURE_DSA = 2,
    RELO_SIGNATURE_ECDSA = 3
};
enum relo_certificate_type { RELO_CERTIFICATE_X509 = 0, RELO_CERTIFICATE_OPENPGP = 1 };

/* ProbeInformationType, 14.13. */
enum relo_probe_type {
    RELO_PROBE_RESPONSIBLE_SET = 1,
    RELO_PROBE_NUM_RESOURCES = 2,
    RELO_PROBE_UPTIME = 3,
    RELO_PROBE_EXP = 4
};

/* OverlayLinkType, 14.10; CandType and AddressType, 6.5.1.1 and 6.3.1.1. */
enum relo_overlay_link {
    RELO_LINK_DTLS_UDP_SR = 1,
    RELO_LINK_DTLS_UDP_SR_NO_ICE = 3,
    RELO_LINK_TLS_TCP_FH_NO_ICE = 4,
    RELO_LINK_EXP = 5
};
enum relo_candidate_type {
    RELO_CANDIDATE_HOST = 1,
    RELO_CANDIDATE_SRFLX = 2,
    RELO_CANDIDATE_RELAY = 4
};
enum relo_address_type { RELO_ADDRESS_IPV4 = 1, RELO_ADDRESS_IPV6 = 2 };

/* ConfigUpdateType, 6.5.4.1; ChordUpdateType, 10.7; ChordLeaveType, 10.9. */
enum relo_config_update_type { RELO_CONFIG_UPDATE_CONFIG = 1, RELO_CONFIG_UPDATE_KIND = 2 };
enum relo_chord_update_type {
    RELO_CHORD_PEER_READY = 1,
    RELO_CHORD_NEIGHBORS = 2,
    RELO_CHORD_FULL = 3
};
enum relo_chord_leave_type { RELO_CHORD_FROM_SUCC = 1, RELO_CHORD_FROM_PRED = 2 };

/* Whether a code is a request: odd, and below the reserved range (6.3.3). */
static inline bool relo_code_is_request(uint16_t code)
{
    return (code & 1) && code < 0x8000;
}
/* Names as in the RFC's tables ("probe_req", "Error_Forbidden", ...); NULL where there is none. */
const char *relo_code_name(uint16_t code);
const char *relo_error_name(uint16_t error_code);
const char *relo_destination_name(uint8_t type);
const char *relo_probe_name(uint8_t type);
const char *relo_overlay_link_name(uint8_t type);
const char *relo_candidate_name(uint8_t type);
const char *relo_identity_name(uint8_t type);
const char *relo_hash_name(uint8_t hash_alg);
const char *relo_signature_name(uint8_t signature_alg);
const char *relo_chord_update_name(uint8_t type);
const char *relo_chord_leave_name(uint8_t type);
const char *relo_config_update_name(uint8_t type);

#endif
