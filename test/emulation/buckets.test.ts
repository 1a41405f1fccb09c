import { expect } from "chai";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { INSECURE_TRANSPORT_HEADER } from "../../emulation/emulator";
import { emulatedAws, errorName, policy, type Credentials, type EmulatedAws, type Statement } from "./emulatedAws";

const BUCKET = "evidence-333344445555";
const ARN = `arn:aws:s3:::${BUCKET}`;

describe("a bucket of another account, with a key of a third", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let owner: S3Client;
  let kms: KMSClient;
  let keyArn: string;
  let otherKeyArn: string;
  let collector: Credentials;
  let collectorArn: string;

  const put = (caller: Credentials, input: Partial<PutObjectCommandInput> = {}) =>
    aws.s3(caller).send(new PutObjectCommand({ Bucket: BUCKET, Key: "runs/1", Body: "evidence", ...input }));

  /** Policies as an organization on AWS has them; each part can be replaced. */
  async function policies(parts: { identity?: Statement[]; bucket?: Statement[]; key?: Statement[] } = {}) {
    const byRole = { ArnEquals: { "aws:PrincipalArn": collectorArn } };
    const root = { AWS: `arn:aws:iam::${aws.plan.managementAccountId}:root` };
    const viaS3 = { StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } };
    const use = ["kms:GenerateDataKey", "kms:Decrypt"];
    const identity = parts.identity ?? [
      { Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource: `${ARN}/*` },
      { Effect: "Allow", Action: "s3:ListBucket", Resource: ARN },
      { Effect: "Allow", Action: [...use, "kms:DescribeKey"], Resource: keyArn },
    ];
    const bucket = parts.bucket ?? [
      {
        Effect: "Allow",
        Principal: root,
        Action: ["s3:PutObject", "s3:GetObject"],
        Resource: `${ARN}/*`,
        Condition: byRole,
      },
      { Effect: "Allow", Principal: root, Action: "s3:ListBucket", Resource: ARN, Condition: byRole },
    ];
    const key = parts.key ?? [
      { Effect: "Allow", Principal: root, Action: use, Resource: "*", Condition: { ...byRole, ...viaS3 } },
      { Effect: "Allow", Principal: root, Action: "kms:DescribeKey", Resource: "*", Condition: byRole },
    ];
    const own = { AWS: `arn:aws:iam::${aws.plan.securityAccountId}:root` };
    const keyPolicy = policy({ Effect: "Allow", Principal: own, Action: "kms:*", Resource: "*" }, ...key);
    await aws
      .iam(aws.deployer)
      .send(
        new PutRolePolicyCommand({ RoleName: "collector", PolicyName: "policy", PolicyDocument: policy(...identity) }),
      );
    await owner.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: policy(...bucket) }));
    await kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, PolicyName: "default", Policy: keyPolicy }));
  }

  /** Default encryption of the bucket. */
  function encryption(key: string, bucketKey: boolean) {
    const rule = {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID: key },
      BucketKeyEnabled: bucketKey,
    };
    const configuration = { Rules: [rule] };
    return owner.send(
      new PutBucketEncryptionCommand({ Bucket: BUCKET, ServerSideEncryptionConfiguration: configuration }),
    );
  }

  before(async () => {
    aws = await emulatedAws(5);
    owner = aws.s3(await aws.administrator(aws.plan.logArchiveAccountId));
    kms = aws.kms(await aws.administrator(aws.plan.securityAccountId));
    keyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
    otherKeyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
    const trust = policy({
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { AWS: aws.plan.managementAccountId },
    });
    collectorArn = `arn:aws:iam::${aws.plan.managementAccountId}:role/collector`;
    await aws.iam(aws.deployer).send(new CreateRoleCommand({ RoleName: "collector", AssumeRolePolicyDocument: trust }));
    collector = await aws.assume(aws.deployer, collectorArn);
    await owner.send(
      new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }),
    );
  });
  after(() => aws.remove());
  beforeEach(async () => {
    await policies();
    await encryption(keyArn, true);
  });

  it("takes what the right role puts and gives it back, encrypted with the key of the bucket", async () => {
    await put(collector);
    const got = await aws.s3(collector).send(new GetObjectCommand({ Bucket: BUCKET, Key: "runs/1" }));
    expect(await got.Body?.transformToString()).to.equal("evidence");
    expect(got).to.include({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, BucketKeyEnabled: true });
  });

  it("refuses an administrator of a member account, and of the management account", async () => {
    const member = await aws.administrator(aws.plan.accounts[3]?.id ?? "");
    expect(await errorName(put(member))).to.equal("AccessDenied");
    expect(await errorName(put(aws.deployer))).to.equal("AccessDenied");
  });

  it("needs the allow of the bucket and of the role", async () => {
    await policies({ identity: [{ Effect: "Allow", Action: "kms:*", Resource: "*" }] });
    expect(await errorName(put(collector))).to.equal("AccessDenied");
    await policies({ bucket: [{ Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: `${ARN}/*` }] });
    expect(await errorName(put(collector))).to.equal("AccessDenied");
  });

  it("heeds a deny of the bucket, for its own account as well", async () => {
    const inside = { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } };
    const allow = { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: [ARN, `${ARN}/*`], Condition: inside };
    const deny = { Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: `${ARN}/*` };
    await policies({ bucket: [allow] });
    expect(await errorName(put(collector))).to.equal("none");
    await policies({ bucket: [allow, deny] });
    expect(await errorName(put(collector))).to.equal("AccessDenied");
    const own = owner.send(new PutObjectCommand({ Bucket: BUCKET, Key: "own", Body: "own" }));
    expect(await errorName(own)).to.equal("AccessDenied");
  });

  it("refuses a put whose role has no right to the key", async () => {
    await policies({ identity: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });
    expect(await errorName(put(collector))).to.equal("AccessDenied");
  });

  it("refuses a put that the policy of the key does not allow", async () => {
    await policies({ key: [] });
    expect(await errorName(put(collector))).to.equal("AccessDenied");
  });

  it("binds the key to the bucket by the encryption context", async () => {
    const use = (context: string) => ({
      Effect: "Allow",
      Principal: { AWS: collectorArn },
      Action: "kms:GenerateDataKey",
      Resource: "*",
      Condition: { StringEquals: { "kms:EncryptionContext:aws:s3:arn": context } },
    });
    await policies({ key: [use(ARN)] });
    expect(await errorName(put(collector))).to.equal("none");
    await policies({ key: [use(`${ARN}/runs/1`)] });
    expect(await errorName(put(collector))).to.equal("AccessDenied");
    await encryption(keyArn, false);
    expect(await errorName(put(collector))).to.equal("none");
  });

  it("refuses another key, and one that does not exist", async () => {
    const named = (SSEKMSKeyId: string) => ({ ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId });
    expect(await errorName(put(collector, named(keyArn)))).to.equal("none");
    expect(await errorName(put(collector, named(otherKeyArn)))).to.equal("AccessDenied");
    const missing = keyArn.replace(/[^/]*$/, "00000000-0000-0000-0000-000000000000");
    expect(await errorName(put(collector, named(missing)))).to.equal("KMS.NotFoundException");
  });

  it("needs the key of the object to copy it", async () => {
    await put(collector, { Key: "runs/source" });
    const copy = () =>
      aws
        .s3(collector)
        .send(new CopyObjectCommand({ Bucket: BUCKET, Key: "copy", CopySource: `${BUCKET}/runs/source` }));
    expect(await errorName(copy())).to.equal("none");
    await policies({
      identity: [
        { Effect: "Allow", Action: "s3:*", Resource: "*" },
        { Effect: "Allow", Action: "kms:GenerateDataKey", Resource: keyArn },
      ],
    });
    expect(await errorName(copy())).to.equal("AccessDenied");
  });

  it("refuses a disabled key and one on its way to deletion", async () => {
    await put(collector);
    await kms.send(new DisableKeyCommand({ KeyId: keyArn }));
    const read = () => aws.s3(collector).send(new GetObjectCommand({ Bucket: BUCKET, Key: "runs/1" }));
    expect(await errorName(put(collector))).to.equal("KMS.DisabledException");
    expect(await errorName(read())).to.equal("KMS.DisabledException");
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyArn, PendingWindowInDays: 7 }));
    expect(await errorName(put(collector))).to.equal("KMS.KMSInvalidStateException");
    await kms.send(new CancelKeyDeletionCommand({ KeyId: keyArn }));
    await kms.send(new EnableKeyCommand({ KeyId: keyArn }));
    expect(await errorName(put(collector))).to.equal("none");
  });

  it("asks the key again for the parts of an upload", async () => {
    const client = aws.s3(collector);
    const where = { Bucket: BUCKET, Key: "runs/large" };
    const upload = async () => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(where));
      const part = await client.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body: "part" }));
      const MultipartUpload = { Parts: [{ ETag: part.ETag, PartNumber: 1 }] };
      await client.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload }));
    };
    await upload();
    const head = await client.send(new HeadObjectCommand(where));
    expect(head.SSEKMSKeyId).to.equal(keyArn);
    await policies({
      identity: [
        { Effect: "Allow", Action: "s3:*", Resource: "*" },
        { Effect: "Allow", Action: "kms:GenerateDataKey", Resource: keyArn },
      ],
    });
    expect(await errorName(upload())).to.equal("AccessDenied");
  });

  it("judges the key that a request names, and lets one that names none through", async () => {
    const name = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    const allow = { Effect: "Allow", Principal: { AWS: collectorArn }, Action: "s3:PutObject", Resource: `${ARN}/*` };
    // A negated operator holds for a key that is absent: Null keeps the deny from requests that name no key.
    const another = { ArnNotEquals: { [name]: keyArn }, Null: { [name]: "false" } };
    const deny = { ...allow, Effect: "Deny", Principal: "*", Condition: another };
    await policies({
      bucket: [allow, deny],
      identity: [{ Effect: "Allow", Action: ["s3:*", "kms:*"], Resource: "*" }],
    });
    expect(await errorName(put(collector))).to.equal("none");
    const other = { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: otherKeyArn };
    expect(await errorName(put(collector, other))).to.equal("AccessDenied");
  });

  it("counts loopback as TLS unless a request says that it is not", async () => {
    const insecure = { Bool: { "aws:SecureTransport": "false" } };
    const allow = { Effect: "Allow", Principal: { AWS: collectorArn }, Action: "s3:*", Resource: [ARN, `${ARN}/*`] };
    const deny = { ...allow, Effect: "Deny", Principal: "*", Condition: insecure };
    await policies({ bucket: [allow, deny] });
    expect(await errorName(put(collector))).to.equal("none");
    const plain = aws.s3(collector);
    plain.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers[INSECURE_TRANSPORT_HEADER] = "true";
        return next(args);
      },
      { step: "build" },
    );
    const call = plain.send(new PutObjectCommand({ Bucket: BUCKET, Key: "runs/1", Body: "evidence" }));
    expect(await errorName(call)).to.equal("AccessDenied");
  });

  it("limits a listing by s3:prefix, and lists below a delimiter after a key", async () => {
    for (const Key of ["runs/1/a", "runs/2/a", "runs/3/a"]) await put(collector, { Key });
    const below = { StringLike: { "s3:prefix": "runs/*" } };
    await policies({
      identity: [{ Effect: "Allow", Action: "s3:ListBucket", Resource: ARN, Condition: below }],
    });
    const list = (Prefix?: string) =>
      aws
        .s3(collector)
        .send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix, Delimiter: "/", StartAfter: "runs/1/b" }));
    const { CommonPrefixes } = await list("runs/");
    expect(CommonPrefixes?.map((entry) => entry.Prefix)).to.deep.equal(["runs/2/", "runs/3/"]);
    expect(await errorName(list())).to.equal("AccessDenied");
  });

  it("writes on condition that nothing is there, and checks the bytes", async () => {
    const Key = "runs/once";
    expect(await errorName(put(collector, { Key, IfNoneMatch: "*" }))).to.equal("none");
    expect(await errorName(put(collector, { Key, IfNoneMatch: "*" }))).to.equal("PreconditionFailed");
    const wrong = put(collector, { Key, ChecksumSHA256: Buffer.alloc(32).toString("base64") });
    expect(await errorName(wrong)).to.equal("BadDigest");
  });

  it("refuses a request that expects another owner", async () => {
    const expected = (ExpectedBucketOwner: string) => put(collector, { ExpectedBucketOwner });
    expect(await errorName(expected(aws.plan.logArchiveAccountId))).to.equal("none");
    expect(await errorName(expected(aws.plan.securityAccountId))).to.equal("AccessDenied");
  });

  it("refuses policies of bucket and key that name a role which does not exist", async () => {
    const principal = { AWS: `${collectorArn}-of-tomorrow` };
    const bucket = policies({ bucket: [{ Effect: "Allow", Principal: principal, Action: "s3:*", Resource: ARN }] });
    expect(await errorName(bucket)).to.equal("MalformedPolicy");
    const key = policies({ key: [{ Effect: "Allow", Principal: principal, Action: "kms:Decrypt", Resource: "*" }] });
    expect(await errorName(key)).to.equal("MalformedPolicyDocumentException");
  });

  it("describes a key of another account to those whom both accounts allow", async () => {
    const describe = (caller: Credentials) => aws.kms(caller).send(new DescribeKeyCommand({ KeyId: keyArn }));
    expect((await describe(collector)).KeyMetadata?.Arn).to.equal(keyArn);
    expect(await errorName(describe(aws.deployer))).to.equal("AccessDeniedException");
  });

  it("answers a bucket name that is taken as AWS does", async () => {
    const create = aws.s3(aws.deployer).send(new CreateBucketCommand({ Bucket: BUCKET }));
    expect(await errorName(create)).to.equal("BucketAlreadyExists");
  });
});
