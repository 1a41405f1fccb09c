import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { startEmulator, type Emulator } from "../../emulation/emulator";
import { emulatedOrganization, type EmulatedOrganization } from "../../emulation/organization";
import { seedOrganization } from "../../emulation/seed";

/** Credentials of a caller, as the SDK takes them. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** A statement of a policy in a test. */
export type Statement = Record<string, unknown>;

/** A policy document of `statements`. */
export const policy = (...statements: Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Takes log lines, and keeps them from the test's output. */
export const silent = (): void => undefined;

/** Clients of one emulator, each for a caller of the test's choice. */
export class EmulatedAws {
  constructor(
    readonly emulator: Emulator,
    readonly plan: EmulatedOrganization,
    private readonly stateDir: string,
  ) {}

  /** The administrator of the management account. */
  get deployer(): Credentials {
    return this.plan.deployer;
  }

  private settings(credentials: Credentials) {
    return { endpoint: this.emulator.endpoint, region: this.plan.region, credentials, maxAttempts: 1 };
  }

  s3 = (caller: Credentials, region = this.plan.region): S3Client =>
    new S3Client({ ...this.settings(caller), region, forcePathStyle: true });
  sns = (caller: Credentials): SNSClient => new SNSClient(this.settings(caller));
  events = (caller: Credentials): EventBridgeClient => new EventBridgeClient(this.settings(caller));
  states = (caller: Credentials): SFNClient => new SFNClient(this.settings(caller));
  kms = (caller: Credentials): KMSClient => new KMSClient(this.settings(caller));
  iam = (caller: Credentials): IAMClient => new IAMClient(this.settings(caller));
  sts = (caller: Credentials): STSClient => new STSClient(this.settings(caller));
  scheduler = (caller: Credentials): SchedulerClient => new SchedulerClient(this.settings(caller));
  sqs = (caller: Credentials): SQSClient => new SQSClient(this.settings(caller));
  lambda = (caller: Credentials): LambdaClient => new LambdaClient(this.settings(caller));
  organizations = (caller: Credentials): OrganizationsClient => new OrganizationsClient(this.settings(caller));

  /** Credentials of a role session. */
  async assume(caller: Credentials, roleArn: string, externalId?: string): Promise<Credentials> {
    const request = { RoleArn: roleArn, RoleSessionName: "session", ...(externalId && { ExternalId: externalId }) };
    const { Credentials: found } = await this.sts(caller).send(new AssumeRoleCommand(request));
    return {
      accessKeyId: found?.AccessKeyId ?? "",
      secretAccessKey: found?.SecretAccessKey ?? "",
      sessionToken: found?.SessionToken ?? "",
    };
  }

  /** An administrator of an account, by its OrganizationAccountAccessRole. */
  administrator(accountId: string): Promise<Credentials> {
    return this.assume(this.deployer, `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`);
  }

  /**
   * Puts the clock of what waits for time forward (`emulation/ministack/clock.py`): what is due by then has begun when this ends.
   *
   * @returns the new time, in seconds since 1970
   */
  async advance(seconds: number): Promise<number> {
    const request = { method: "POST", body: JSON.stringify({ seconds }) };
    const response = await fetch(new URL("/_emulated/advance", this.emulator.endpoint), request);
    const answer = (await response.json()) as { now?: number; error?: string };
    if (answer.now === undefined) throw new Error(`the clock was not put forward: ${answer.error ?? response.status}`);
    return answer.now;
  }

  /** Every credential that the emulator knows: sessions since its start, and access keys of users. */
  async credentials(): Promise<(Credentials & { of: string })[]> {
    const response = await fetch(new URL("/_emulated/credentials", this.emulator.endpoint), {
      method: "POST",
      body: "{}",
    });
    return ((await response.json()) as { credentials: (Credentials & { of: string })[] }).credentials;
  }

  /** Another emulator with the state of this one, which is stopped first. */
  async restarted(): Promise<EmulatedAws> {
    await this.emulator.stop();
    return new EmulatedAws(await startEmulator({ stateDir: this.stateDir, log: silent }), this.plan, this.stateDir);
  }

  /** Stops the emulator and removes its state. */
  async remove(): Promise<void> {
    await this.emulator.stop();
    await rm(this.stateDir, { recursive: true, force: true });
  }
}

/** A seeded emulator with a state folder of its own. */
export async function emulatedAws(accounts?: number): Promise<EmulatedAws> {
  const stateDir = await mkdtemp(join(tmpdir(), "emulated-state-"));
  const plan = emulatedOrganization({ accounts });
  const emulator = await startEmulator({ stateDir, log: silent });
  await seedOrganization(emulator.endpoint, plan, silent);
  return new EmulatedAws(emulator, plan, stateDir);
}

/** The SDK's name of the error that `call` ends in; `none` when it succeeds. */
export async function errorName(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "none";
  } catch (error) {
    return (error as Error).name;
  }
}
