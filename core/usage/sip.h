/* SPDX-License-Identifier: BSD-2-Clause */
/* The SIP usage (RFC 7904): registrations under a Resource-ID made from the address of record.

   Registering: relo_sip_resource, relo_sip_register, then step the node with the command. Calling:
   FETCH the whole dictionary, then for each value relo_sip_contact_read and, for a route,
   relo_sip_contact_target. Pure functions; nothing here keeps state. */
#ifndef RELO_USAGE_SIP_H
#define RELO_USAGE_SIP_H

#include "core/base/bytes.h"
#include "core/base/id.h"
#include "core/relo.h"
#include "core/wire/kinds.h"

#define RELO_SIP_AOR_MAX 255 /* bytes of a canonical address of record */

/* The Resource-ID of an address of record: scheme and parameters are left out, the host is in lower
   case ("sip:alice@EXAMPLE.org;x" and "alice@example.org" are one). False: not user@host, too
   long. */
bool relo_sip_resource(struct relo_view aor, struct relo_id *resource);

/* Makes the STORE command of a registration: kind SIP-REGISTRATION, dictionary key `self` (RFC 7904
   section 3). `scratch` is borrowed until the command has been used. False: bad address of record,
   or `size` too small. A contact of NULL removes the registration (7.4.1.3). */
bool relo_sip_register(struct relo_command *command, struct relo_view aor, struct relo_id self,
                       const struct relo_sip_registration *contact, uint32_t lifetime_s,
                       uint8_t *scratch, uint32_t size);

/* A contact whose route is one Node-ID: writes the destination list to `scratch` (18 bytes) and
   makes `contact` view it. */
bool relo_sip_contact_route(struct relo_sip_registration *contact, struct relo_id node,
                            uint8_t *scratch, uint32_t size);

/* Reads the value of one dictionary entry. False: malformed, of an unknown type, or bytes left
   over. */
bool relo_sip_contact_read(struct relo_view value, struct relo_sip_registration *contact);
/* Where to AppAttach for a sip_registration_route: the last Node-ID of its destination list, by way
   of the ones before it, which go to ids[]. False: not a route, an element is no Node-ID, more than
   max. */
bool relo_sip_contact_target(const struct relo_sip_registration *contact, struct relo_id *ids,
                             uint32_t max, struct relo_target *target);

#endif
