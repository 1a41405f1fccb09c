import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { credentials } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest, type GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { expect } from "chai";
import { SCHEMA_FILE } from "../../package/provider";
import { outcomeOf, ProviderStack } from "../emulation/providerStack";
import { PROJECT } from "../support/commandLine";

const NAME = "iam-credential-reports";
const VERSION = (JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as { version: string }).version;
/** What the language host runs for a plug-in that is a folder of sources. */
const RUN_PLUGIN = require.resolve("@pulumi/pulumi/cmd/run-plugin");

/** A component of the package, as the SDK that `pulumi package add` writes has it. */
class Packaged extends pulumi.ComponentResource {
  constructor(component: string, name: string, args: pulumi.Inputs, outputs: readonly string[]) {
    const none = Object.fromEntries(outputs.map((output) => [output, undefined]));
    super(`${NAME}:index:${component}`, name, { ...none, ...args }, { version: VERSION }, true);
  }

  output(name: string): pulumi.Output<string> {
    return (this as unknown as Record<string, pulumi.Output<string>>)[name] ?? pulumi.output("");
  }
}

describe("the components as a package", function () {
  this.timeout(240_000);

  it("give their schema to the engine, from whatever folder it starts them", async () => {
    const plugin = spawn(process.execPath, [RUN_PLUGIN, PROJECT, "127.0.0.1:1"], {
      cwd: tmpdir(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = (await once(plugin.stdout, "data")) as [Buffer];
      const client = new ResourceProviderClient(`127.0.0.1:${line.toString().trim()}`, credentials.createInsecure());
      const response = await new Promise<GetSchemaResponse>((resolve, reject) => {
        client.getSchema(new GetSchemaRequest(), (error, answer) => (error ? reject(error) : resolve(answer)));
      });
      client.close();
      expect(response.getSchema()).to.equal(readFileSync(SCHEMA_FILE, "utf8"));
    } finally {
      plugin.kill();
    }
  });

  describe("in a program of somebody else, by the real engine", () => {
    let provider: ProviderStack;
    const deploy = async (collector: pulumi.Inputs) => {
      const outputs: Record<string, unknown> = {};
      const stack = await provider.stack("packaged", () => {
        const role = new Packaged(
          "MemberRole",
          "member-role",
          { roleName: "packaged-member", collectorAccountId: "111122223333", collectorRoleName: "packaged-collector" },
          ["roleArn"],
        );
        const made = new Packaged("Collector", "collector", collector, ["functionArn", "logGroupName"]);
        return Promise.resolve({
          roleArn: role.output("roleArn"),
          functionArn: made.output("functionArn"),
          logGroupName: made.output("logGroupName"),
        });
      });
      const outcome = await outcomeOf(async (onEvent) => {
        for (const [key, { value }] of Object.entries((await stack.up({ onEvent })).outputs)) outputs[key] = value;
      });
      return { ...outcome, outputs };
    };
    const COLLECTOR = {
      functionName: "packaged-collector",
      roleName: "packaged-collector",
      organizationId: "o-exampleorgid",
      memberRoleName: pulumi.output("packaged-member"),
      bucketName: "packaged-evidence",
      bucketOwner: "111122223333",
      keyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    };

    before(async () => {
      provider = await ProviderStack.start();
      const folder = path.join(path.dirname(provider.pluginFolder), `resource-${NAME}-v${VERSION}`);
      const launcher = path.join(folder, `pulumi-resource-${NAME}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${RUN_PLUGIN}' '${PROJECT}' "$@"\n`);
      chmodSync(launcher, 0o755);
    });
    after(() => provider?.stop());

    it("name what is wrong with their arguments before anything is made", async () => {
      const { keyArn, ...others } = COLLECTOR;
      const { errors, changes } = await deploy({ ...others, keyArm: keyArn, functionName: pulumi.secret("audit") });
      const said = errors.join("\n");
      expect(said)
        .to.match(/keyArn[^\n]*is missing/)
        .and.match(/keyArm[^\n]*is not known; there are functionName/);
      expect(said).to.match(/functionName[^\n]*has to be known before anything is made/);
      expect(Object.keys(changes)).not.to.include("collector");
    });

    it("make their resources, the function with its runtime and settings among them", async () => {
      const { errors, outputs } = await deploy(COLLECTOR);
      expect(errors).to.deep.equal([]);
      expect(outputs).to.deep.include({
        roleArn: "arn:aws:iam::111122223333:role/packaged-member",
        functionArn: "arn:aws:lambda:eu-central-1:111122223333:function:packaged-collector",
        logGroupName: "/aws/lambda/packaged-collector",
      });
      const lambda = new LambdaClient({
        endpoint: provider.emulator.endpoint,
        region: "eu-central-1",
        credentials: { accessKeyId: "111122223333", secretAccessKey: "test" },
      });
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "packaged-collector" }));
      expect(Configuration).to.include({ Handler: "__index.handler", MemorySize: 1024, Timeout: 900 });
      expect(Configuration?.CodeSize).to.be.greaterThan(200_000);
    });

    it("are as well classes: the example with its transforms is deployed", async () => {
      const outputs: Record<string, unknown> = {};
      const program = async (): Promise<Record<string, unknown>> => {
        // of its own: another test has this program run with mocks
        const file = path.join(PROJECT, "docs/examples/components/index.ts");
        return { ...((await import(`${pathToFileURL(file).href}?deployed`)) as Record<string, unknown>) };
      };
      const stack = await provider.stack("example", program, { organizationId: "o-exampleorgid" });
      const { errors, changes } = await outcomeOf(async (onEvent) => {
        for (const [key, { value }] of Object.entries((await stack.up({ onEvent })).outputs)) outputs[key] = value;
      });
      expect(errors).to.deep.equal([]);
      expect(changes).to.deep.include({ evidence: "create", collector: "create" });
      expect(outputs).to.include({ evidence: "audit-evidence-111122223333-eu-central-1" });
    });

    it("change nothing when nothing changed", async () => {
      expect(await deploy(COLLECTOR)).to.deep.include({ errors: [], changes: {} });
    });
  });
});
