import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { RolloutError } from "../../../rollout/errors";
import type { MemberAccess } from "../../../rollout/members/memberAccess";
import { readOrganizationConfig, type OrganizationConfig } from "../../../rollout/configuration/organizationConfig";
import { memberDocument } from "../../../rollout/members/memberDocument";
import { readSettings } from "../../../rollout/configuration/settings";
import { plainConfigs, type PlainConfig, type RunPulumi } from "../../../rollout/configuration/stackSecrets";
import { ownStacks } from "../../../rollout/engine/workerPool";
import { readDocument, writeWorkFolder, type StackDocument } from "../../../rollout/configuration/stackFiles";

const PROJECT = path.join(__dirname, "../../..");
const EXTERNAL_ID = "iam-credential-reports:externalId";
const KMS = { secretsprovider: "awskms://alias/state?region=eu-central-1", encryptedkey: "a2V5" };
const CIPHER = { secure: "v1:nonce:cipher" };

describe("secrets in the stacks' files", () => {
  let folder: string;
  const workRoot = (): string => path.join(folder, ".rollout");
  const copy = (stack: string, change: (document: StackDocument) => StackDocument): void =>
    writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify(change(readDocument(PROJECT, stack) ?? {})));
  const withSecrets = (more: StackDocument): void =>
    copy("management", ({ config }) => ({
      ...more,
      config: { ...config, [EXTERNAL_ID]: CIPHER, "aws:assumeRoles": [{ roleArn: "arn:x", externalId: CIPHER }] },
    }));

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "secrets-"));
    writeFileSync(path.join(folder, "Pulumi.yaml"), readFileSync(path.join(PROJECT, "Pulumi.yaml")));
    for (const stack of ["security", "logarchive", "management"]) copy(stack, (document) => document);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A CLI that decrypts everything to the same. */
  const cli =
    (calls: { args: readonly string[]; backend?: string }[]): RunPulumi =>
    (args, { env, cwd }) => {
      calls.push({ args, backend: env?.["PULUMI_BACKEND_URL"] });
      expect(cwd).not.to.equal(folder);
      return Promise.resolve(
        args[0] === "config"
          ? JSON.stringify({
              [EXTERNAL_ID]: { value: "the-secret", secret: true },
              "aws:assumeRoles": {
                value: "[]",
                objectValue: [{ roleArn: "arn:x", externalId: "way-in" }],
                secret: true,
              },
            })
          : "",
      );
    };
  const plainOf = (calls: { args: readonly string[]; backend?: string }[] = []): Promise<Record<string, PlainConfig>> =>
    plainConfigs({ projectDir: folder, workRoot: workRoot() }, cli(calls));

  const accessOf = (config: OrganizationConfig): MemberAccess => ({
    partition: "aws",
    way: config.management.file.assumeRoles,
    from: "111122223333",
  });

  it("ask nothing of the CLI where there are none", async () => {
    const calls: { args: readonly string[] }[] = [];
    expect(await plainOf(calls)).to.deep.equal({});
    expect(calls).to.deep.equal([]);
  });

  it("are decrypted by their key or passphrase without the stack's backend, which need not know the stack", async () => {
    withSecrets(KMS);
    const calls: { args: readonly string[]; backend?: string }[] = [];
    const config = readOrganizationConfig(folder, await plainOf(calls));
    expect(calls.map(({ args }) => args.slice(0, 2).join(" "))).to.deep.equal(["stack init", "config --show-secrets"]);
    expect(calls[0]?.args.join(" ")).to.contain(`--secrets-provider ${KMS.secretsprovider}`);
    for (const { backend } of calls) expect(backend).to.match(/^file:\/\/.*stack-secrets-/);
    expect(config.management.settings.externalId).to.equal("the-secret");
    expect(config.management.file.assumeRoles).to.deep.equal([{ roleArn: "arn:x", externalId: "way-in" }]);
  });

  it("of Pulumi Cloud are asked of the stack's own backend", async () => {
    withSecrets({});
    const calls: { args: readonly string[]; backend?: string }[] = [];
    await plainOf(calls);
    expect(calls.map(({ args, backend }) => [args[0], backend])).to.deep.equal([["config", undefined]]);
  });

  it("that cannot be decrypted are named by their file, with what to do", async () => {
    withSecrets({ encryptionsalt: "v1:x" });
    const failing: RunPulumi = () =>
      Promise.reject(Object.assign(new Error("failed"), { stderr: "warning: x\nerror: incorrect passphrase\n" }));
    const failure = await plainConfigs({ projectDir: folder, workRoot: workRoot() }, failing).catch((e: unknown) => e);
    expect(failure).to.be.instanceOf(RolloutError);
    expect((failure as Error).message)
      .to.contain("Pulumi.management.yaml cannot be decrypted: incorrect passphrase. ")
      .and.to.contain("PULUMI_CONFIG_PASSPHRASE");
  });

  it("go into member stacks as they are, with what they are encrypted by, and never in the clear", async () => {
    withSecrets(KMS);
    const config = readOrganizationConfig(folder, await plainOf());
    const document = memberDocument(config, accessOf(config), "444455556666");
    expect(document).to.include(KMS);
    expect(document.config).to.deep.include({ [EXTERNAL_ID]: CIPHER });
    const written = writeWorkFolder(workRoot(), folder, "member-444455556666", document);
    const text = readFileSync(path.join(written, "Pulumi.member-444455556666.yaml"), "utf8");
    expect(text).not.to.match(/the-secret|way-in/);
    expect((parse(text) as StackDocument).config?.["aws:assumeRoles"]).to.deep.include({
      roleArn: "arn:x",
      externalId: CIPHER,
    });
  });

  it("of Pulumi Cloud cannot go into member stacks, which is said with the ways out", async () => {
    withSecrets({});
    const config = readOrganizationConfig(folder, await plainOf());
    expect(() => memberDocument(config, accessOf(config), "444455556666")).to.throw(
      RolloutError,
      /change-secrets-provider/,
    );
  });

  it("are refused where names and policies show the value, and never shown where it is wrong", () => {
    const where = { accountId: "111122223333", region: "eu-central-1" };
    const values = {
      organizationId: "o-exampleorgid",
      managementAccountId: "111122223333",
      logArchiveAccountId: "333344445555",
      externalId: "not an external id",
      functionName: "collector",
    };
    const read = (): unknown => readSettings("management", "management", values, where, ["externalId", "functionName"]);
    expect(read).to.throw(/functionName: cannot be a secret/);
    expect(read).to.throw(/externalId: is a secret whose value cannot be used/);
    expect(read).not.to.throw(/not an external id/);
  });
});

describe("the work folder of a stack", () => {
  let root: string;
  const write = (document: StackDocument): StackDocument => {
    const folder = writeWorkFolder(root, PROJECT, "management", document);
    return parse(readFileSync(path.join(folder, "Pulumi.management.yaml"), "utf8")) as StackDocument;
  };
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "work-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("keeps the salt or the data key of the run before, as long as the provider of secrets is the same", () => {
    write({ encryptionsalt: "salt" });
    expect(write({})).to.deep.equal({ encryptionsalt: "salt" });
    expect(write({ secretsprovider: KMS.secretsprovider })).to.deep.equal({ secretsprovider: KMS.secretsprovider });
    write(KMS);
    expect(write({ secretsprovider: KMS.secretsprovider })).to.deep.equal(KMS);
    expect(write({})).to.deep.equal({});
  });

  it("prefers the file's own, and leaves its environments as they are", () => {
    write({ encryptionsalt: "of an earlier run" });
    const document = { encryptionsalt: "of the file", environment: ["iam-credential-reports/prod"], config: {} };
    expect(write(document)).to.deep.equal(document);
  });
});

describe("the stacks of the backend", () => {
  it("are those of the default organization, where Pulumi Cloud names others too", () => {
    const names = ["security", "colleagues/security", "colleagues/other/dev"].map((name) => ({ name }));
    expect(ownStacks(names)).to.deep.equal([{ name: "security" }]);
  });
});
