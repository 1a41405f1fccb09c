import { IAMClient } from "@aws-sdk/client-iam";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { isStandalone } from "../../components/organization";
import { memberRoleDefinition } from "../../components/memberRolePolicy";
import type { Manifest } from "../../report/manifest";
import { unreadable } from "../../runtime/accounts";
import { awsClients } from "../../runtime/clients";
import { systemClock } from "../../runtime/clock";
import { listScope, type Listing } from "../../runtime/listing";
import { scopeRules } from "../../runtime/scope";
import { listStandalone } from "../../runtime/standalone";
import { lookUpRoles, type RoleState } from "../accounts/memberRoles";
import {
  filtered,
  isWithin,
  overviews,
  totalsOf,
  type AccountOverview,
  type AccountTotals,
} from "../accounts/overview";
import { readPast, unknownPast, type PastCollections } from "../accounts/pastCollections";
import { totalLines, treeLines } from "../accounts/tree";
import { messageOf, RolloutError } from "../errors";
import { LivingLine } from "../progress/livingLine";
import { memberAccess } from "../members/memberAccess";
import { hasOwnStack } from "../members/members";
import { managementSession, type Orchestration } from "../orchestration";
import { openEvidence, type EvidenceOptions } from "../evidence/openEvidence";
import { collectorAccountOf, memberStack } from "../configuration/settings";
import { openSession, type Caller, type Session } from "../session";
import type { StackSummary } from "../engine/stackEngine";
import { knownStacks } from "./existing";
import { stackStates, type StackStatus } from "./status";

/** What of the organization is shown, and what is looked at. */
export interface AccountsOptions {
  /** Path of a unit, as in `Root/Workloads`: its accounts and those below. */
  ou?: string;
  /** Only accounts in scope whose role is missing, or that were not collected in the newest run. */
  problems?: boolean;
  /** Look into the accounts for the member role; true by default. */
  roles?: boolean;
  /** Role to read the bucket with; by default the one that deploys the logarchive stack. `none`: your own credentials. */
  readRole?: EvidenceOptions["readRole"];
}

/** What `accounts` answers; the shape is a promise to scripts. */
export interface AccountsAnswer {
  command: "accounts";
  /** Null where the account is in no organization. */
  organizationId: string | null;
  managementAccountId: string | null;
  /** The newest run with a manifest; null where there is none, or the bucket cannot be read. */
  newestRun: Pick<Manifest, "runId" | "finishedAt" | "complete"> | null;
  /** Manifests that were read for it, thirty at most. */
  runsRead: number;
  /** What could not be looked at, and why. */
  notes: string[];
  /** In order of account id; those that the options leave. */
  accounts: AccountOverview[];
  /** Of these accounts. */
  totals: AccountTotals;
}

/** Accounts that are looked into at the same time. */
const PLACES = 32;

/**
 * Shows the organization as it is now: each account, whether it is in scope and why, and whether it is ready to be collected. Scope is
 * told by the code of the collector. Nothing is changed.
 *
 * @throws RolloutError if the organization cannot be listed
 */
export async function accounts(context: Orchestration, options: AccountsOptions = {}): Promise<AccountsAnswer> {
  const { settings } = context.config.management;
  const notes: string[] = [];
  const doing = new Doing(context.progress);
  try {
    const stacksKnown = knownStacks(context).catch(
      (error: unknown) => void notes.push(`Stacks are unknown: ${messageOf(error)}`),
    );
    const { session, caller } = await managementSession(context.config);
    const around = { ...context, session, caller, doing };
    const listing = await list(around);
    const shown = listing.accounts.filter((account) => isWithin(account, options.ou));
    if (shown.length === 0) {
      throw new RolloutError(
        `No account is in ${options.ou ?? "the organization"}: give a path as accounts shows it, as in Root/Workloads`,
      );
    }
    const outside = new Set(listing.outOfScope.map(({ accountId }) => accountId));
    const inScope = shown.map(({ accountId }) => accountId).filter((accountId) => !outside.has(accountId));
    if (outside.size === listing.accounts.length) {
      notes.push(
        "no account is in scope, so collect would fail: look at include and exclude in Pulumi.management.yaml",
      );
    }
    const collectorAccountId = collectorAccountOf(settings);
    const members = inScope.filter((accountId) => accountId !== collectorAccountId);
    const [roles, past, existing] = await Promise.all([
      options.roles === false ? new Map<string, RoleState>() : look(around, members),
      lookBack(around, inScope, options),
      stacksKnown,
    ]);
    const all = overviews({
      listing,
      collectorAccountId,
      roles,
      stacks:
        existing &&
        memberStacks(
          members.filter((accountId) => hasOwnStack(settings, accountId)),
          existing,
        ),
      past,
    });
    const accounts = filtered(all, options);
    const { organizationId, managementAccountId } = listing;
    const { newestRun, runsRead } = past;
    const answer: AccountsAnswer = {
      command: "accounts",
      organizationId,
      managementAccountId,
      newestRun,
      runsRead,
      notes: [...notes, ...past.notes],
      accounts,
      totals: totalsOf(accounts),
    };
    doing.close();
    tell(answer, options, context.log);
    return answer;
  } catch (cause) {
    doing.close();
    if (context.signal.aborted) throw new RolloutError("Interrupted", 1, { cause });
    throw cause;
  }
}

/** What is going on, in one line. */
class Doing {
  private readonly parts = new Map<string, string>();
  private readonly line: LivingLine;

  constructor(output: Orchestration["progress"]) {
    this.line = new LivingLine(() => [...this.parts.values()].join(" · "), output);
  }

  say(subject: string, text: string): void {
    this.parts.set(subject, text);
  }

  done(subject: string): void {
    this.parts.delete(subject);
  }

  close(): void {
    this.line.close();
  }
}

interface Around extends Pick<Orchestration, "config" | "signal"> {
  session: Session;
  caller: Caller;
  doing: Doing;
}

/** The accounts as the collector would list them now, with the credentials of the management stack. */
async function list({ config, session, caller, doing }: Around): Promise<Listing> {
  const { include, exclude } = config.management.settings;
  const rules = scopeRules({ include, exclude });
  let met = 0;
  doing.say("listing", "listing accounts");
  const events = {
    inScope: () => doing.say("listing", `listing accounts, ${(met += 1)} in scope so far`),
  };
  const organizations = new OrganizationsClient(session);
  const iam = new IAMClient(session);
  try {
    return isStandalone(config.management.settings.organizationId)
      ? await listStandalone(iam, systemClock, caller.accountId, rules, events)
      : await listScope(organizations, systemClock, rules, events, { noneInScope: "isTold" });
  } catch (error) {
    throw new RolloutError(unreadable(error).message, 1, { cause: error });
  } finally {
    doing.done("listing");
    organizations.destroy();
    iam.destroy();
  }
}

/** Looks into the members for the role of the collector. */
async function look(
  { config, session, caller, signal, doing }: Around,
  members: readonly string[],
): Promise<Map<string, RoleState>> {
  const { settings, file } = config.management;
  const access = await memberAccess(config, caller);
  const { credentials } =
    access.from === caller.accountId ? session : await openSession(file.region, access.way, "the member accounts");
  const clients = awsClients({ region: file.region, concurrency: PLACES }, credentials ? { credentials } : {});
  let looked = 0;
  const say = (): void => doing.say("roles", `looked into ${looked} of ${members.length} accounts`);
  say();
  try {
    return await lookUpRoles(members, {
      clients,
      clock: systemClock,
      partition: access.partition,
      from: access.from,
      deployRoleName: settings.deployRoleName,
      memberRoleName: settings.memberRoleName,
      memberRolePath: settings.rolePath,
      permissionsBoundary: settings.permissionsBoundary,
      expected: memberRoleDefinition({
        partition: access.partition,
        collectorAccountId: collectorAccountOf(settings),
        collectorRoleName: settings.collectorRoleName,
        collectorRolePath: settings.rolePath,
        ...(settings.externalId && { externalId: settings.externalId }),
        securityHub: settings.securityHub,
      }),
      places: PLACES,
      stsPerSecond: settings.stsPerSecond,
      signal,
      onLooked: () => {
        looked += 1;
        say();
      },
    });
  } finally {
    doing.done("roles");
    clients.destroy();
  }
}

/** What the newest runs say; where they cannot be read, nothing else suffers. */
async function lookBack(
  { config, signal, doing }: Around,
  inScope: readonly string[],
  options: AccountsOptions,
): Promise<PastCollections> {
  try {
    const evidence = await openEvidence(config, { readRole: options.readRole });
    return await readPast(evidence, inScope, { signal, onRun: (read) => doing.say("runs", `${read} runs read`) });
  } catch (error) {
    signal.throwIfAborted();
    return unknownPast(messageOf(error));
  } finally {
    doing.done("runs");
  }
}

function memberStacks(members: readonly string[], existing: readonly StackSummary[]): Record<string, StackStatus> {
  return stackStates(members.map(memberStack), existing);
}

function tell(answer: AccountsAnswer, options: AccountsOptions, log: (line: string) => void): void {
  for (const line of treeLines(answer.accounts, answer.organizationId === null)) log(line);
  if (answer.accounts.length === 0) log(options.problems ? "No account has a problem" : "No account");
  for (const note of answer.notes) log(`Note: ${note}`);
  const { newestRun } = answer;
  const runs = answer.accounts.some(({ collection }) => collection.state !== "unknown");
  if (newestRun) log(`Newest run: ${newestRun.runId}${newestRun.complete ? "" : ", incomplete"}`);
  for (const line of totalLines(answer.totals, { roles: options.roles !== false, runs })) log(line);
}
