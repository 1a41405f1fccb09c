"""Asymmetric KMS keys that sign: P-256 with SHA-256, which is what manifests are signed with.

MiniStack leaves these to the package `cryptography`, which is not among what the emulator runs on; the arithmetic of
one curve is little enough to do without. It takes no care against being watched: the keys guard nothing.
https://nvlpubs.nist.gov/nistpubs/FIPS/NIST.FIPS.186-5.pdf
"""

import base64
import contextvars
import hashlib
import json
import secrets

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, json_response
from ministack.services import kms

SPEC, ALGORITHM = "ECC_NIST_P256", "ECDSA_SHA_256"
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
      0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
# SubjectPublicKeyInfo of an uncompressed point of P-256, up to the point.
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

# What the request in hand says of itself, for the conditions of policies.
_asked = contextvars.ContextVar("asked", default=None)


def _add(one, other):
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2:
        if (y1 + y2) % _P == 0:
            return None
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _times(scalar, point):
    result = None
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def public_key(secret):
    """The public key in DER."""
    x, y = _times(secret, _G)
    return _SPKI + b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def _integer(value):
    body = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(body)]) + body


def sign(secret, digest):
    """The ECDSA signature of a SHA-256, in DER."""
    while True:
        once = 1 + secrets.randbelow(_N - 1)
        r = _times(once, _G)[0] % _N
        s = pow(once, -1, _N) * (int.from_bytes(digest, "big") + r * secret) % _N
        if r and s:
            body = _integer(r) + _integer(s)
            return b"\x30" + bytes([len(body)]) + body


def _create_key(original):
    def create_key(data):
        if data.get("KeySpec", data.get("CustomerMasterKeySpec")) != SPEC:
            return original(data)
        if data.get("KeyUsage") != "SIGN_VERIFY":
            message = f"KeyUsage {data.get('KeyUsage')} is not compatible with KeySpec {SPEC}"
            return error_response_json("ValidationException", message, 400)
        plain = {name: value for name, value in data.items() if name not in ("KeySpec", "CustomerMasterKeySpec")}
        answer = original({**plain, "KeyUsage": "SIGN_VERIFY"})
        if answer[0] != 200:
            return answer
        record = kms._keys[json.loads(answer[2])["KeyMetadata"]["KeyId"]]
        record.pop("_symmetric_key", None)
        secret = 1 + secrets.randbelow(_N - 1)
        # text, because the state is saved as JSON
        record.update(KeySpec=SPEC, SigningAlgorithms=[ALGORITHM], EncryptionAlgorithms=[],
                      signing_secret=f"{secret:064x}", _public_key_der=public_key(secret))
        return json_response({"KeyMetadata": kms._key_metadata(record)})

    return create_key


def _sign(original):
    def handle(data):
        record = kms._resolve_key(data.get("KeyId", ""))
        if record is None or "signing_secret" not in record:
            return original(data)
        refused = kms._check_key_state(record)
        if refused:
            return refused
        message = base64.b64decode(data.get("Message", ""))
        digest = message if data.get("MessageType") == "DIGEST" else hashlib.sha256(message).digest()
        if data.get("SigningAlgorithm") != ALGORITHM or len(digest) != 32:
            return error_response_json("ValidationException", f"only {ALGORITHM} of 32 bytes fits this key", 400)
        signature = base64.b64encode(sign(int(record["signing_secret"], 16), digest)).decode()
        return json_response({"KeyId": record["Arn"], "Signature": signature, "SigningAlgorithm": ALGORITHM})

    return handle


def mend():
    """Puts keys that sign in place, and the condition keys of a signing request."""
    kms._create_key, kms._sign = _create_key(kms._create_key), _sign(kms._sign)
    resource_arn, resolve = iam_actions.extract_resource_arn, iam_evaluator._resolve_condition_key

    def extract_resource_arn(service, method, path, headers, body, *args):
        asked = {}
        if service == "kms":
            for name in ("SigningAlgorithm", "MessageType"):
                asked[f"kms:{name}".lower()] = iam_actions._safe_json_field(body, name)
        _asked.set(asked)
        return resource_arn(service, method, path, headers, body, *args)

    def condition_key(key, ctx):
        return (_asked.get() or {}).get(key.lower()) or resolve(key, ctx)

    iam_actions.extract_resource_arn, iam_evaluator._resolve_condition_key = extract_resource_arn, condition_key
