#!/usr/bin/env python3
"""Writes every vector under spec/vectors. The same bytes come out of every run.

    pip install 'cryptography>=44' && python3 spec/vectors/generate.py
"""

import json
from pathlib import Path

import anchors
import credentials
import identifiers
import proofs
import intents
import site_requests

HERE = Path(__file__).parent
KEYS = "Every key in this file is a throw-away test key, derived from a public text. Trust none of them."


def write(path, kind, description, cases, **more):
    document = {"kind": kind, "description": description, **more, "cases": cases}
    target = HERE / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n")
    print(f"{path}: {len(cases)}")


def main():
    write("ids/secure-fallback.json", "ids", "The profile of 22 characters.", identifiers.secure_fallback_cases())
    write("ids/canonical.json", "ids", "The profile of 25 characters.", identifiers.canonical_cases())
    write("ids/error-ids.json", "ids", "Error ids of the live service.", identifiers.error_id_cases())
    write("ids/lengths.json", "ids", "Texts of no profile's length.", identifiers.length_cases())
    write("receipts/intents.json", "intents", "Canonical form and digests of intents, and refusals.",
          intents.intent_cases())
    write("receipts/derivations.json", "derivations", "What a store key and a handle yield. " + KEYS,
          intents.derivation_cases())
    write("receipts/key-sets.json", "key-sets", "Reading and replacing key sets. " + KEYS, proofs.key_set_cases())
    sets = proofs.key_sets()
    write("receipts/valid.json", "receipts", "Receipts that pass. " + KEYS, proofs.valid_receipts(), key_sets=sets)
    write("receipts/refused.json", "receipts", "Receipts that do not pass. " + KEYS, proofs.refused_receipts(), key_sets=sets)
    write("grants/valid.json", "grants", "Grants that pass. " + KEYS, proofs.valid_grants(), key_sets=sets)
    write("grants/refused.json", "grants", "Grants that do not pass. " + KEYS, proofs.refused_grants(), key_sets=sets)
    write("anchors/seeds.json", "seeds", "What a seed yields. " + KEYS, anchors.seed_cases())
    write("anchors/commitments.json", "commitments", "Anchors and their commitments. " + KEYS, anchors.commitment_cases())
    write("anchors/registrations.json", "registrations", "Registrations. " + KEYS, anchors.registration_cases())
    sets = anchors.key_sets()
    write("anchors/registered.json", "registered", "A broker's statements. " + KEYS, anchors.registered_cases(), key_sets=sets)
    write("anchors/revocations.json", "revocations", "Revocation certificates. " + KEYS, anchors.revocation_cases())
    write("anchors/snapshots.json", "snapshots", "Snapshots offered to one verifier, and its answers. " + KEYS,
          anchors.snapshot_cases(), key_sets={"broker": sets["broker"]})
    write("credentials/secrets.json", "holder-secrets", "A wallet's secrets towards issuers. " + KEYS,
          credentials.secret_cases())
    write("credentials/messages.json", "messages", "Messages of attributes, and values that are none.",
          credentials.message_cases())
    write("credentials/schemas.json", "schemas", "Schemas and their digests.", credentials.schema_cases())
    write("credentials/headers.json", "headers", "Headers of credentials.", credentials.header_cases())
    write("credentials/policies.json", "policies", "Policies and their digests.", credentials.policy_cases())
    write("credentials/presentation-headers.json", "presentation-headers", "Headers of presentations.",
          credentials.presentation_header_cases())
    write("credentials/issuer-keys.json", "issuer-keys", "Issuer keys as text, and what they are after others that are held.",
          credentials.issuer_keys_cases())
    write("credentials/requests.json", "requests", "Signed requests of sites. " + KEYS, site_requests.request_cases(),
          key_sets=site_requests.key_sets())
    write("credentials/ages.json", "ages", "Ages reached.", credentials.age_cases())
    write("pseudonyms/contexts.json", "contexts", "Hosts and their contexts.", credentials.context_cases())


if __name__ == "__main__":
    main()
