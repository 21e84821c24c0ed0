"""Judges credentials by sd-jwt (PyPI), the reference implementation of the IETF draft that became RFC 9901.

Reads cases from standard input, each with the issuer's published key; prints for each what it makes of it: the claims shown, or the
refusal.
"""

import json
import sys

from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

said = []
for case in json.load(sys.stdin):
    key = JWK.from_json(json.dumps(case["key"]))
    try:
        verifier = SDJWTVerifier(case["presentation"], lambda issuer, header: key, case["aud"], case["nonce"])
        said.append({"claims": verifier.get_verified_payload()})
    except Exception as refusal:
        said.append({"refused": type(refusal).__name__})
print(json.dumps(said))
