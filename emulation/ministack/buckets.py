"""Who may do what to a bucket and with the key of its objects.

MiniStack judges a caller at another account's bucket as the root of the caller's account, and never asks the KMS key.
Here the real caller is judged, by its own policies and by the bucket's (across accounts both must allow), and every
encrypted write and read needs the key, as on AWS.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

import contextvars
from urllib.parse import parse_qs, unquote

import callers
import keys
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import s3

SSE = "x-amz-server-side-encryption"
KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"

# The caller of the request in hand: MiniStack goes on in the name of the bucket's owner, so it is kept here.
# None is the emulator itself (a function's code fetched from a bucket, a notification).
_caller = contextvars.ContextVar("caller", default=None)
_NOBODY = iam_evaluator.PrincipalInfo(arn="*", type="Anonymous", account="", policies=[])


def _upload(upload_id):
    for (_, known), upload in list(s3._multipart_uploads._data.items()):
        if known == upload_id:
            return upload
    return None


def _bucket_policy(original):
    def bucket_policy_for_arn(arn):
        if not arn.startswith(callers.S3_ARN):
            return original(arn)
        bucket = arn[len(callers.S3_ARN):].split("/", 1)[0]
        owner = s3._bucket_owner_account(bucket)
        return None if owner is None else (s3._bucket_policies.get_scoped(owner, None, bucket) or "", owner)

    return bucket_policy_for_arn


def _combine(original):
    def combine(identity, ctx, policy, owner, *args, **kwargs):
        if ctx.action == "s3:CreateBucket":
            return identity  # a taken name is answered BucketAlreadyExists, not by that bucket's policy
        return original(identity, ctx, policy, owner, *args, **kwargs)

    return combine


def _foreign_bucket(original):
    def allows(owner, bucket, key, method, query, caller, headers=None):
        principal = _caller.get()
        if not caller or principal is None or principal.policies is None:
            return original(owner, bucket, key, method, query, caller, headers)
        policy = s3._bucket_policies.get_scoped(owner, None, bucket)
        restricted = s3._public_access_blocked(owner, bucket, "RestrictPublicBuckets")
        if restricted and policy and s3._policy_is_public(policy):
            return False
        # Every action that has a name was judged before the handler, by both policies.
        return iam_actions._s3_action(method, f"/{bucket}/{key}" if key else f"/{bucket}", query) is not None

    return allows


def _principal(access_key):
    known = iam_evaluator.resolve_principal(access_key, get_account_id()) if access_key else None
    # Without a key MiniStack would take the caller for root.
    return known if isinstance(known, iam_evaluator.PrincipalInfo) else _NOBODY


def _remember_caller(original):
    def apply_bucket_scope(method, bucket, key, headers, query, body=b"", internal=False):
        access_key = s3._request_access_key(method, key, headers, query, body)
        _caller.set(None if internal else _principal(access_key))
        expected = headers.get("x-amz-expected-bucket-owner")
        owner = s3._bucket_owner_account(bucket) if bucket else None
        if expected and owner and expected != owner:
            return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}")
        return original(method, bucket, key, headers, query, body, internal)

    return apply_bucket_scope


def _service_context(original):
    def context(action, query, path="", headers=None):
        found = original(action, query, path, headers)
        if action == "s3:PutObject" and path.strip("/").count("/"):
            # The parts of an upload carry no encryption headers: the request that began it decides.
            upload_id = iam_actions._query_param(query or {}, "uploadId")
            sent = ((_upload(upload_id) or {}).get("requested_headers") if upload_id else headers) or {}
            for name in (SSE, KEY_ID):
                if sent.get(name):
                    found[f"s3:{name}"] = sent[name]
            # An object comes into being when it is put whole, or when an upload is completed.
            in_parts = any(name in (query or {}) for name in ("uploads", "partNumber"))
            found["s3:ObjectCreationOperation"] = "false" if in_parts else "true"
            if (headers or {}).get("if-none-match"):
                found["s3:if-none-match"] = headers["if-none-match"]
        return found

    return context


def _bucket_key_by_default(bucket):
    configuration = s3._bucket_encryption.get(bucket) or ""
    return "<bucketkeyenabled>true<" in configuration.lower().replace(" ", "")


def _encryption_of_write(original):
    def resolve(headers, bucket):
        sse, error = original(headers, bucket)
        if error or sse.get(SSE) != "aws:kms" or not sse.get(KEY_ID):
            return sse, error
        record = keys.find(sse[KEY_ID], _caller_account(), s3.bucket_region(bucket))
        wanted = headers.get(BUCKET_KEY)
        if wanted == "true" or (wanted is None and _bucket_key_by_default(bucket)):
            sse[BUCKET_KEY] = "true"
        return {**sse, KEY_ID: record["Arn"] if record else sse[KEY_ID]}, None

    return resolve


def _caller_account():
    caller = _caller.get()
    return caller.account if caller else get_account_id()


def _key_refused(action, bucket, key, sse):
    """The answer of S3 when the caller may not use the key of an object, or None."""
    if sse.get(SSE) != "aws:kms" or not sse.get(KEY_ID) or _caller.get() is None:
        return None
    subject = f"{callers.S3_ARN}{bucket}" if sse.get(BUCKET_KEY) == "true" else f"{callers.S3_ARN}{bucket}/{key}"
    context = {"aws:s3:arn": subject}
    refusal = keys.use(_caller.get(), action, sse[KEY_ID], s3.bucket_region(bucket), "s3", context)
    return s3._error(*refusal, f"/{bucket}/{key}") if refusal else None


def _stored_encryption(bucket, key, query):
    record = s3._buckets.get(bucket, {}).get("objects", {}).get(key) or {}
    version = s3._qp(query or {}, "versionId", "")
    if version:
        versions = s3._object_versions.get((bucket, key), [])
        record = next((v for v in versions if v["version_id"] == version), record)
    return record.get("preserved_headers") or {}


def _mend_writes():
    put, create, part, complete = (
        s3._put_object, s3._create_multipart_upload, s3._upload_part, s3._complete_multipart_upload)

    def put_object(bucket, key, body, headers):
        sse = s3._resolve_sse_write_headers(headers, bucket)[0] or {}
        return _key_refused("kms:GenerateDataKey", bucket, key, sse) or put(bucket, key, body, headers)

    def create_multipart_upload(bucket, key, headers):
        sse = s3._resolve_sse_write_headers(headers, bucket)[0] or {}
        answer = _key_refused("kms:GenerateDataKey", bucket, key, sse) or create(bucket, key, headers)
        if answer[0] == 200:
            newest = list(s3._multipart_uploads.values())[-1]
            newest["requested_headers"] = {name: headers[name] for name in (SSE, KEY_ID) if headers.get(name)}
        return answer

    def upload_encryption(query):
        return (_upload(s3._qp(query, "uploadId")) or {}).get("preserved_headers", {})

    # S3 must read the data key of the upload back for every part and for the completion.
    def upload_part(bucket, key, body, query, headers):
        sse = upload_encryption(query)
        return _key_refused("kms:Decrypt", bucket, key, sse) or part(bucket, key, body, query, headers)

    def complete_multipart_upload(bucket, key, body, query, headers, *args, **kwargs):
        sse = upload_encryption(query)
        refused = _key_refused("kms:Decrypt", bucket, key, sse)
        return refused or complete(bucket, key, body, query, headers, *args, **kwargs)

    s3._put_object, s3._create_multipart_upload = put_object, create_multipart_upload
    s3._upload_part, s3._complete_multipart_upload = upload_part, complete_multipart_upload


def _mend_reads():
    get, copy = s3._get_object, s3._copy_object

    def get_object(bucket, key, headers, query=None):
        sse = _stored_encryption(bucket, key, query)
        return _key_refused("kms:Decrypt", bucket, key, sse) or get(bucket, key, headers, query)

    def source_refused(headers):
        path, _, query = headers.get("x-amz-copy-source", "").partition("?")
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        with request_scope(s3._bucket_owner_account(bucket) or get_account_id(), get_region()):
            return _key_refused("kms:Decrypt", bucket, key, _stored_encryption(bucket, key, parse_qs(query)))

    def copy_object(bucket, key, headers):
        sse = s3._resolve_sse_write_headers(headers, bucket)[0] or {}
        refused = source_refused(headers) or _key_refused("kms:GenerateDataKey", bucket, key, sse)
        return refused or copy(bucket, key, headers)

    s3._get_object, s3._copy_object = get_object, copy_object


def mend():
    """Puts the judgement of buckets and of the keys of their objects in place."""
    s3.bucket_policy_for_arn = _bucket_policy(s3.bucket_policy_for_arn)
    iam_evaluator.combine_resource_policy = _combine(iam_evaluator.combine_resource_policy)
    s3._foreign_bucket_allows = _foreign_bucket(s3._foreign_bucket_allows)
    s3._apply_bucket_scope = _remember_caller(s3._apply_bucket_scope)
    s3._resolve_sse_write_headers = _encryption_of_write(s3._resolve_sse_write_headers)
    iam_actions.s3_service_context = _service_context(iam_actions.s3_service_context)
    put_policy = s3._put_bucket_policy

    def put_bucket_policy(name, body):
        arn = callers.unknown_principal(body.decode("utf-8", "replace"))
        if arn:
            return s3._error("MalformedPolicy", f"Invalid principal in policy: {arn}", 400, f"/{name}")
        return put_policy(name, body)

    s3._put_bucket_policy = put_bucket_policy
    _mend_writes()
    _mend_reads()
