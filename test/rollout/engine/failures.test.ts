import { expect } from "chai";
import { failureInWords } from "../../../rollout/engine/failure";
import { failuresOf, type Diagnostic } from "../../../rollout/engine/failures";
import { remedyOf } from "../../../rollout/engine/failureRemedies";
import { FAKE_SESSION } from "../../support/fakeIdentity";

const urn = (type: string, name: string): string => `urn:pulumi:logarchive::iam-credential-reports::A$${type}::${name}`;
const BUCKET = urn("aws:s3/bucket:Bucket", "report-bucket");

/** Messages in the forms in which plug-ins and engine give them; the numbers of requests are made up. */
const TAKEN =
  "creating S3 Bucket (evidence): operation error S3: CreateBucket, https response error StatusCode: 409, RequestID: 08J2B14W7G3ZB0D0, " +
  "HostID: CegKwKnfuzghXHKd7N0RI7VlOVzYUVNErrFDzhtg/+hzWMs8KUF3Jeq1m9PEydPJMx6nuSzQZsFYEjICOjWsJw==, BucketAlreadyExists: ";
const ROLE = "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole";
const ASSUME = `unable to validate AWS credentials.
Details: IAM Role (${ROLE}) cannot be assumed.

There are a number of possible causes of this - the most common are:
  * The credentials used in order to assume the role are invalid
  * The credentials do not have appropriate permission to assume the role
  * The role ARN is not valid

Error: operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: 0529cbfe-21c8-47d6-8954-6b4f21eec46f, api error AccessDenied: User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: sts:AssumeRole on resource: ${ROLE}


Make sure you have:

 	 • Set your AWS region, e.g. \`pulumi config set aws:region us-west-2\`
 	 • Configured your AWS credentials as per https://pulumi.io/install/aws.html`;

describe("failuresOf", () => {
  const lines = (...diagnostics: Diagnostic[]): string[] =>
    failuresOf(new Error("code: 255"), diagnostics).map(failureInWords);

  it("repeats no credential that the engine or a plug-in repeats", () => {
    const message =
      "operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: 0529cbfe, api error SignatureDoesNotMatch: " +
      `x-amz-security-token:${FAKE_SESSION.token} AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=0a1b2c3d4e5f`;
    const told = [...lines({ message }), ...failuresOf(new Error(message), []).map(failureInWords)].join();
    expect(told).to.contain("SignatureDoesNotMatch");
    for (const secret of [FAKE_SESSION.token, "AKIAIOSFODNN7EXAMPLE", "0a1b2c3d4e5f"])
      expect(told).not.to.contain(secret);
  });

  it("names the resource, the call, AWS's code and message, without numbers of requests", () => {
    const policy =
      "creating S3 Bucket (evidence) Policy: operation error S3: PutBucketPolicy, https response error StatusCode: 400, RequestID: YJFN1Y05FT2QG4VM, " +
      "HostID: Kjdiu4Ek+w0rEy3=, api error MalformedPolicy: Policy has invalid resource";
    expect(lines({ message: policy, urn: urn("aws:s3/bucketPolicy:BucketPolicy", "report-bucket") })).to.deep.equal([
      "BucketPolicy report-bucket: s3:PutBucketPolicy: MalformedPolicy: Policy has invalid resource",
    ]);
  });

  it("gives a code for which AWS gave no message, and says once what is repeated", () => {
    const again = [
      `sdk-v2/provider2.go:509: sdk.helper_schema: ${TAKEN}: provider=aws@7.48.0`,
      `1 error occurred:\n\t* ${TAKEN}\n\n`,
    ];
    expect(lines(...again.map((message) => ({ message, urn: BUCKET })))).to.deep.equal([
      "Bucket report-bucket: s3:CreateBucket: BucketAlreadyExists",
    ]);
  });

  it("tells of a role that cannot be assumed in one line, and which role it is", () => {
    const [failure] = failuresOf(new Error("x"), [{ message: ASSUME }]);
    expect(failure).to.include({ action: "sts:AssumeRole", code: "AccessDenied" });
    expect(failure?.message).to.equal(
      `User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`,
    );
    expect(failure?.remedy).to.contain(ROLE).and.contain("deployRoleName");
  });

  it("reads the older form, and that of the stand-in plug-in", () => {
    const older =
      "creating IAM Role (x): EntityAlreadyExists: Role with name x already exists.\n\tstatus code: 409, request id: 8787c32b-3743";
    const standIn =
      'creating aws:kms/key:Key "report-key": KMS CreateKey: AccessDeniedException (HTTP 400): not allowed';
    expect(lines({ message: older })).to.deep.equal(["EntityAlreadyExists: Role with name x already exists."]);
    expect(lines({ message: standIn, urn: urn("aws:kms/key:Key", "report-key") })).to.deep.equal([
      "Key report-key: kms:CreateKey: AccessDeniedException: not allowed",
    ]);
  });

  it("leaves what is no error of AWS in its own words, and the stack's own resource unnamed", () => {
    const message = "Error: keyArn is missing\n    at Object.x (/somewhere/a.ts:1:2)";
    expect(lines({ message, urn: "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s" })).to.deep.equal(["keyArn is missing"]);
  });

  it("falls back on the error itself, and never gives a stack trace", () => {
    const error = new Error("the worker process ended by itself\n    at Worker.x (/somewhere/b.ts:1:2)");
    expect(failuresOf(error, []).map(failureInWords)).to.deep.equal(["the worker process ended by itself"]);
  });
});

describe("remedyOf", () => {
  const CASES: readonly (readonly [string, string])[] = [
    [TAKEN, "another bucketName"],
    ["operation error S3: CreateBucket, api error BucketAlreadyOwnedByYou: Your previous request", "pulumi import"],
    [ASSUME, "trust policy"],
    [
      "operation error KMS: CreateAlias, AlreadyExistsException: An alias with the name arn:aws:kms:…:alias/x exists",
      "keyAlias",
    ],
    [
      "operation error KMS: CreateKey, MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.",
      "readerRoleArns",
    ],
    ["creating IAM Role (x): EntityAlreadyExists: Role with name x already exists.", "collectorRoleName"],
    [
      "operation error IAM: CreateRole, LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000",
      "Raise the quota",
    ],
    ["operation error IAM: UpdateAssumeRolePolicy, ConcurrentModification: …", "changing the same thing"],
    [
      "operation error STS: GetCallerIdentity, api error ExpiredToken: The security token included in the request is expired",
      "have expired",
    ],
    [
      "operation error KMS: CreateKey, api error UnrecognizedClientException: The security token included in the request is invalid",
      "enable-region",
    ],
    ["api error InvalidClientTokenId: The security token included in the request is invalid", "enable-region"],
    [
      "InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10].",
      "concurrent executions",
    ],
    ["another update of this stack is going on, or was killed before it could let go of the stack", "pulumi cancel"],
    ["no resource plugin 'pulumi-resource-aws' found in the workspace at version v7.48.0", "pulumi plugin install"],
    ["dial tcp: lookup kms.eu-centrall-1.amazonaws.com: no such host", "aws:region"],
    [
      "AccessDenied: User: x is not authorized to perform: kms:CreateKey with an explicit deny in a service control policy",
      "service control policy",
    ],
    [
      "AccessDenied: User: x is not authorized to perform: kms:CreateKey because no identity-based policy allows it",
      "Allow kms:CreateKey",
    ],
    ['unable to replace resource "urn"\nas it is currently marked for protection.', "Replacing the evidence store"],
    ["incorrect passphrase", "PULUMI_CONFIG_PASSPHRASE"],
    ["operation error Lambda: CreateFunction, ResourceConflictException: Function already exist: x", "functionName"],
  ];

  for (const [text, remedy] of CASES) {
    it(`knows what to do about "${text.slice(0, 70).replace(/\n/g, " ")}…"`, () =>
      expect(remedyOf(text)).to.contain(remedy));
  }

  it("says nothing where it does not know better than the message", () => {
    expect(remedyOf("something else")).to.equal(undefined);
  });
});
