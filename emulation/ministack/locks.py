"""Object Lock of what is uploaded in parts, and of what was put before a restart.

MiniStack gives a bucket's default retention to objects that are put whole only, and forgets all retention when it
stops; on AWS every new version gets it, and keeps it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-bucket-config
"""

from ministack.services import s3


def mend():
    """Puts the default retention of uploads in parts in place."""
    s3._PERSISTED_BUCKET_DICTS["object_retention"] = s3._object_retention
    complete = s3._complete_multipart_upload

    def complete_multipart_upload(bucket, key, body, query, headers, *args, **kwargs):
        answer = complete(bucket, key, body, query, headers, *args, **kwargs)
        version = (s3._buckets.get(bucket, {}).get("objects", {}).get(key) or {}).get("version_id")
        if answer[0] == 200 and (bucket, key, version) not in s3._object_retention:
            s3._apply_object_lock_from_headers(bucket, key, {}, version)
        return answer

    s3._complete_multipart_upload = complete_multipart_upload
