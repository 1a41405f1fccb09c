import { expect } from "chai";
import { GenerateCredentialReportCommand } from "@aws-sdk/client-iam";
import { ListRootsCommand } from "@aws-sdk/client-organizations";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { awsClients } from "../../runtime/clients";
import { homeRegionOf, isOptIn, partitionOf, regionOfEveryAccount } from "../../runtime/regions";

/** Where each client of a run sends its calls, and the Region that they are signed for. */
async function destinations(region: string): Promise<Record<string, string>> {
  const clients = awsClients(
    { region, concurrency: 1 },
    { credentials: { accessKeyId: "AKIA", secretAccessKey: "s" } },
  );
  const seen: string[] = [];
  clients.sts.config.requestHandler.handle = (request: { hostname: string; headers: Record<string, string> }) => {
    const signedFor = /Credential=AKIA\/\d+\/([\w-]+)\//.exec(request.headers["authorization"] ?? "")?.[1];
    seen.push(`${request.hostname} ${signedFor}`);
    return Promise.reject(new Error("not sent"));
  };
  const role = { RoleArn: "arn:aws:iam::111122223333:role/member", RoleSessionName: "session" };
  const calls: [string, () => Promise<unknown>][] = [
    ["sts", () => clients.sts.send(new AssumeRoleCommand(role))],
    ["iam", () => clients.iam.send(new GenerateCredentialReportCommand({}))],
    ["organizations", () => clients.organizations.send(new ListRootsCommand({}))],
    ["s3", () => clients.s3.send(new HeadBucketCommand({ Bucket: "evidence" }))],
  ];
  for (const [, call] of calls) await call().catch(() => undefined);
  clients.destroy();
  return Object.fromEntries(calls.map(([name], index) => [name, seen[index] ?? ""]));
}

describe("a Region", () => {
  it("tells its partition by its name, or that it is of none that is known", () => {
    const names = [
      "eu-central-1",
      "me-central-1",
      "us-gov-east-1",
      "cn-northwest-1",
      "us-iso-east-1",
      "eusc-de-east-1",
    ];
    expect(names.map((region) => partitionOf(region)?.name)).to.deep.equal([
      "aws",
      "aws",
      "aws-us-gov",
      "aws-cn",
      undefined,
      undefined,
    ]);
    expect(["aws", "aws-us-gov", "aws-cn"].map(homeRegionOf)).to.deep.equal([
      "us-east-1",
      "us-gov-west-1",
      "cn-north-1",
    ]);
  });

  it("has to be enabled if it came after those that every account has", () => {
    expect(
      ["eu-south-1", "me-central-1", "ap-east-1", "ca-west-1", "mx-central-1"].filter((r) => !isOptIn(r)),
    ).to.deep.equal([]);
    expect(["eu-central-1", "us-west-2", "us-gov-west-1", "cn-north-1", "us-iso-east-1"].filter(isOptIn)).to.deep.equal(
      [],
    );
  });

  it("gives way to one of every account only where it has to", () => {
    const regions = ["eu-south-1", "eu-central-1", "us-gov-east-1", "cn-northwest-1"];
    expect(regions.map(regionOfEveryAccount)).to.deep.equal([
      "us-east-1",
      "eu-central-1",
      "us-gov-east-1",
      "cn-northwest-1",
    ]);
  });
});

describe("the collector's calls", () => {
  for (const [region, ...expected] of [
    [
      "eu-central-1",
      "sts.eu-central-1.amazonaws.com eu-central-1",
      "iam.amazonaws.com us-east-1",
      "organizations.us-east-1.amazonaws.com us-east-1",
      "evidence.s3.eu-central-1.amazonaws.com eu-central-1",
    ],
    [
      "eu-south-1",
      "sts.us-east-1.amazonaws.com us-east-1",
      "iam.amazonaws.com us-east-1",
      "organizations.us-east-1.amazonaws.com us-east-1",
      "evidence.s3.eu-south-1.amazonaws.com eu-south-1",
    ],
    [
      "us-gov-east-1",
      "sts.us-gov-east-1.amazonaws.com us-gov-east-1",
      "iam.us-gov.amazonaws.com us-gov-west-1",
      "organizations.us-gov-west-1.amazonaws.com us-gov-west-1",
      "evidence.s3.us-gov-east-1.amazonaws.com us-gov-east-1",
    ],
    [
      "cn-northwest-1",
      "sts.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
      "iam.cn-north-1.amazonaws.com.cn cn-north-1",
      "organizations.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
      "evidence.s3.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
    ],
  ] as const) {
    it(`from ${region} go to STS of a Region that every account has, and to IAM and Organizations where the partition has them`, async () => {
      expect(Object.values(await destinations(region))).to.deep.equal(expected);
    });
  }
});
