import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { expect } from "chai";
import type { Values } from "../../emulation/provider/types";
import { fromStruct, toStruct } from "../../emulation/provider/wire";
import { ProviderStack } from "./providerStack";

const ACCOUNT = "111122223333";

/** The plug-in as the engine would start it, without an engine. */
class RunningPlugin {
  private constructor(
    readonly process: ChildProcess,
    private readonly client: ResourceProviderClient,
  ) {}

  static async start(provider: ProviderStack): Promise<RunningPlugin> {
    const child = spawn(join(provider.pluginFolder, "pulumi-resource-aws"), ["127.0.0.1:1"], {
      env: { ...process.env, ...provider.environment },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    return new RunningPlugin(child, new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure()));
  }

  configure(args: Values): Promise<grpc.ServiceError | undefined> {
    return new Promise((resolve) => {
      const request = new proto.ConfigureRequest().setArgs(toStruct({ region: "eu-central-1", ...args }));
      this.client.configure(request, (error) => resolve(error ?? undefined));
    });
  }

  check(type: string, inputs: Values): Promise<{ error?: grpc.ServiceError; failures: string[] }> {
    return new Promise((resolve) => {
      const request = new proto.CheckRequest().setUrn(urn(type)).setNews(toStruct(inputs));
      this.client.check(request, (error, response) => {
        const failures = (response?.getFailuresList() ?? []).map((one) => `${one.getProperty()}: ${one.getReason()}`);
        resolve({ ...(error && { error }), failures });
      });
    });
  }

  create(type: string, inputs: Values): Promise<{ error?: grpc.ServiceError; id?: string }> {
    return new Promise((resolve) => {
      const request = new proto.CreateRequest().setUrn(urn(type)).setProperties(toStruct(inputs));
      this.client.create(request, (error, response) => resolve(error ? { error } : { id: response?.getId() }));
    });
  }

  diff(type: string, recorded: Values, inputs: Values): Promise<proto.DiffResponse.AsObject> {
    return new Promise((resolve, reject) => {
      const request = new proto.DiffRequest().setUrn(urn(type)).setOlds(toStruct(recorded)).setNews(toStruct(inputs));
      this.client.diff(request, (error, response) => (error ? reject(error) : resolve(response.toObject())));
    });
  }

  read(type: string, id: string): Promise<{ id: string; inputs: Values }> {
    return new Promise((resolve, reject) => {
      const request = new proto.ReadRequest().setUrn(urn(type)).setId(id);
      this.client.read(request, (error, response) =>
        error ? reject(error) : resolve({ id: response.getId(), inputs: fromStruct(response.getInputs()) }),
      );
    });
  }

  /** Closes the plug-in's standard input, as happens when the engine is gone, and waits for its end. */
  async end(): Promise<number | null> {
    this.client.close();
    const exit = once(this.process, "exit") as Promise<[number | null]>;
    this.process.stdin?.end();
    return (await exit)[0];
  }
}

const urn = (type: string): string => `urn:pulumi:stack::project::component$${type}::thing`;

describe("errors and answers of the stand-in for the AWS provider", function () {
  this.timeout(120_000);
  let provider: ProviderStack;
  let plugin: RunningPlugin;

  before(async () => {
    provider = await ProviderStack.start();
  });
  after(() => provider.stop());
  beforeEach(async () => {
    plugin = await RunningPlugin.start(provider);
  });
  afterEach(async () => {
    expect(await plugin.end(), "the plug-in ends with its standard input").to.equal(0);
  });

  it("refuses an account that the configuration does not allow", async () => {
    const error = await plugin.configure({ allowedAccountIds: JSON.stringify(["999999999999"]) });
    expect(error?.details)
      .to.include(`AWS account ID not allowed: ${ACCOUNT}`)
      .and.include("999999999999")
      .and.include("aws:allowedAccountIds");
  });

  it("names the role that it cannot assume, and the cause", async () => {
    const roleArn = "arn:aws:iam::222233334444:role/absent";
    const error = await plugin.configure({ assumeRoles: JSON.stringify([{ roleArn }]) });
    expect(error?.details)
      .to.include(`IAM Role (${roleArn}) cannot be assumed: STS AssumeRole: AccessDenied`)
      .and.include("trust policy");
  });

  it("says what it covers when it is asked for another resource type", async () => {
    const { error } = await plugin.check("aws:ec2/vpc:Vpc", {});
    expect(error?.details)
      .to.include("does not cover the resource type aws:ec2/vpc:Vpc")
      .and.include("aws:kms/key:Key")
      .and.include("pulumi plugin install resource aws");
  });

  it("refuses properties that it does not cover, and misses those that are required", async () => {
    const { failures } = await plugin.check("aws:iam/rolePolicy:RolePolicy", { namePrefix: "a", role: "r" });
    expect(failures).to.deep.equal([
      "namePrefix: the stand-in for the AWS provider does not cover it",
      "policy: it is required",
    ]);
  });

  it("names operation, resource, code and message of AWS when a resource cannot be made", async () => {
    await plugin.configure({});
    const { error } = await plugin.create("aws:iam/rolePolicy:RolePolicy", { name: "n", role: "absent", policy: "{}" });
    expect(error?.details).to.match(
      /^creating aws:iam\/rolePolicy:RolePolicy "thing": IAM PutRolePolicy: NoSuchEntity/,
    );
  });

  it("hands over the id of what was made before a later setting failed", async () => {
    await plugin.configure({});
    const inputs: Values = { name: "half", retentionInDays: 12345 };
    const { error } = await plugin.create("aws:cloudwatch/logGroup:LogGroup", inputs);
    expect(error?.details).to.include('LogGroup "thing": made as half, but not completed: CloudWatchLogs PutRetention');
    const [details] = error?.metadata.get("grpc-status-details-bin") ?? [];
    const [packed] = Status.deserializeBinary(details as Buffer).getDetailsList();
    const failure = packed?.unpack(
      (bytes: Uint8Array) => proto.ErrorResourceInitFailed.deserializeBinary(bytes),
      "pulumirpc.ErrorResourceInitFailed",
    );
    expect(failure?.getId()).to.equal("half");
    expect(fromStruct(failure?.getProperties())).to.deep.equal(inputs);
  });

  it("answers an empty id for what is gone", async () => {
    await plugin.configure({});
    expect((await plugin.read("aws:iam/role:Role", "absent")).id).to.equal("");
    expect((await plugin.read("aws:kms/key:Key", "5a6f4d1e-0000-4000-8000-000000000000")).id).to.equal("");
    expect((await plugin.read("aws:s3/bucketPolicy:BucketPolicy", "absent-bucket")).id).to.equal("");
  });

  it("imports what exists: its inputs are those that differ from what AWS does by itself", async () => {
    await plugin.configure({ assumeRoles: "[]" });
    const name = "OrganizationAccountAccessRole";
    const roleArn = `arn:aws:iam::${provider.memberAccountId}:role/${name}`;
    await plugin.configure({ assumeRoles: JSON.stringify([{ roleArn }]) });
    const { id, inputs } = await plugin.read("aws:iam/role:Role", name);
    expect(id).to.equal(name);
    expect(inputs).to.include({ name }).and.to.have.property("assumeRolePolicy");
    expect(inputs).not.to.have.any.keys("maxSessionDuration", "path", "tags", "permissionsBoundary");
  });

  it("deletes before it replaces where the name stays, and not where it changes", async () => {
    const recorded: Values = { name: "one", path: "/", assumeRolePolicy: "{}" };
    const moved = await plugin.diff("aws:iam/role:Role", recorded, { ...recorded, path: "/two/" });
    expect(moved)
      .to.include({ deletebeforereplace: true })
      .and.to.deep.include({ replacesList: ["path"] });
    const renamed = await plugin.diff("aws:iam/role:Role", recorded, { ...recorded, name: "two" });
    expect(renamed)
      .to.include({ deletebeforereplace: false })
      .and.to.deep.include({ replacesList: ["name"] });
  });
});
