import {
  CreateRoleCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { accountRootArn } from "../../../components/arn";
import { policyDocument, type PolicyDocument } from "../../../components/policyDocument";
import { ADMINISTRATOR, ELSEWHERE } from "../../security/matrixCallers";
import type { Site } from "../../security/matrixSite";
import type { Credentials, EmulatedAws } from "../../emulation/emulatedAws";
import { clientsOf, type Actor } from "./world";

/** Roles named in `readerRoleArns`; the second administers its account as well. */
export const READERS = ["Auditor", "AdministratingAuditor"] as const;
/** Path of these. */
export const READER_PATH = "/audit/";

const trusts = (...arns: string[]): string =>
  JSON.stringify(policyDocument({ Sid: "Test", Effect: "Allow", Principal: { AWS: arns }, Action: "sts:AssumeRole" }));

/** Makes principals of the emulated organization: by the roles that are deployed, and by roles of the test's own. */
export class Principals {
  constructor(
    private readonly aws: EmulatedAws,
    private readonly rolePath: string,
  ) {}

  /** Somebody with these credentials. */
  actor(accountId: string | undefined, credentials: Credentials | undefined): Actor {
    return { accountId, clients: clientsOf(this.aws.emulator.endpoint, this.aws.plan.region, credentials) };
  }

  /** The administrator of an account of the organization. */
  async administrator(accountId: string): Promise<Actor> {
    const isManagement = accountId === this.aws.plan.managementAccountId;
    return this.actor(accountId, isManagement ? this.aws.deployer : await this.aws.administrator(accountId));
  }

  /** A session of a role that is deployed. Whom the role trusts is changed for a moment, as its account's administrator can, and put back. */
  async deployed(accountId: string, RoleName: string): Promise<Actor> {
    const { credentials, iam } = await this.owner(accountId);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const before = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    const trust = (PolicyDocument: string) => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await trust(trusts(accountRootArn("aws", accountId)));
    const session = await this.aws.assume(credentials, `arn:aws:iam::${accountId}:role${this.rolePath}${RoleName}`);
    await trust(before);
    return this.actor(accountId, session);
  }

  /** A session of a role that is made here, with these policies. */
  async made(accountId: string, RoleName: string, policies: PolicyDocument[], Path = "/"): Promise<Actor> {
    const owner = accountId === ELSEWHERE.accountId ? this.root(accountId) : await this.owner(accountId);
    const AssumeRolePolicyDocument = trusts(accountRootArn("aws", accountId));
    await owner.iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument }));
    await this.give(owner.iam, RoleName, policies);
    const session = await this.aws.assume(owner.credentials, `arn:aws:iam::${accountId}:role${Path}${RoleName}`);
    return this.actor(accountId, session);
  }

  /** The roles of the pipeline, of which the emulator has no services: with the policies that are rendered, under names of their own. */
  async ofPipeline(site: Site, role: "deploy" | "preview", RoleName: string): Promise<Actor> {
    const accountId = this.aws.plan.managementAccountId;
    const made = await this.made(accountId, RoleName, site.identity[role]);
    const PolicyDocument = JSON.stringify(site.roles[role].policy);
    await this.aws.iam(this.aws.deployer).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    return made;
  }

  private async give(iam: IAMClient, RoleName: string, policies: PolicyDocument[]): Promise<void> {
    for (const [at, document] of policies.entries()) {
      const named = { RoleName, PolicyName: `policy-${at}` };
      await iam.send(new PutRolePolicyCommand({ ...named, PolicyDocument: JSON.stringify(document) }));
    }
  }

  private async owner(accountId: string): Promise<{ credentials: Credentials; iam: IAMClient }> {
    const isManagement = accountId === this.aws.plan.managementAccountId;
    const credentials = isManagement ? this.aws.deployer : await this.aws.administrator(accountId);
    return { credentials, iam: this.aws.iam(credentials) };
  }

  /** The root user of an account: the emulator takes twelve digits for its access key. */
  private root(accountId: string): { credentials: Credentials; iam: IAMClient } {
    const credentials = { accessKeyId: accountId, secretAccessKey: "test" };
    return { credentials, iam: this.aws.iam(credentials) };
  }
}

/** An administrator's one policy. */
export const EVERYTHING = [ADMINISTRATOR];
