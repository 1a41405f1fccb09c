import {
  DescribeStackSetCommand,
  ListStackInstancesCommand,
  ListStackSetOperationsCommand,
  UpdateStackInstancesCommand,
  type CallAs,
  type CloudFormationClient,
  type StackInstanceSummary,
  type StackSetOperationSummary,
} from "@aws-sdk/client-cloudformation";
import type { Clock } from "../../runtime/clock";
import { withRetry } from "../../runtime/retry";
import { remedyOf } from "./remedies";

/** An account that did not get the role. */
export interface InstanceFailure {
  accountId: string;
  region: string;
  /** `FAILED`, `CANCELLED` or `INOPERABLE`, as CloudFormation has it. */
  status: string;
  /** CloudFormation's reason. */
  reason: string;
  /** What to do. */
  remedy: string;
}

/** How a StackSet ended. */
export interface StackSetReport {
  stackSetName: string;
  /** No account failed, and all that was under way has ended. */
  ok: boolean;
  /** Accounts that were tried again, since they had failed before and the StackSet itself had not changed. */
  retried: number;
  /** In order of account id. */
  failures: InstanceFailure[];
  /** Why the StackSet could not be looked at, or is not done. */
  cause?: string;
}

/** The StackSet, and how to talk of it. */
export interface FollowedStackSet {
  client: CloudFormationClient;
  stackSetName: string;
  callAs: CallAs;
}

/** How it is followed. */
export interface FollowOptions {
  clock: Clock;
  /** Aborted: nothing is waited for any more. */
  signal: AbortSignal;
  /** Milliseconds between two looks. */
  poll?: number;
  /** What is under way, for people. */
  onProgress?: (text: string) => void;
}

/** Details of an instance that say that its account did not get what it should. A suspended account is passed over. */
const FAILED = ["FAILED", "INOPERABLE", "CANCELLED"] as const;
const UNDER_WAY = new Set(["RUNNING", "QUEUED", "STOPPING"]);

/** Accounts that one call may name. */
const AT_ONCE = 100;

/**
 * Waits until no operation of the StackSet is under way, then lists the instances that failed. What it asks does not grow with the
 * accounts, but with those that failed.
 */
export async function followToEnd(set: FollowedStackSet, options: FollowOptions): Promise<InstanceFailure[]> {
  for (;;) {
    const running = await underWay(set, options.clock);
    if (running.length === 0) break;
    options.signal.throwIfAborted();
    const [operation] = running;
    const failed = operation?.StatusDetails?.FailedStackInstancesCount;
    options.onProgress?.(
      `StackSet ${set.stackSetName}: ${operation?.Action?.toLowerCase()} ${operation?.Status?.toLowerCase()}` +
        (failed ? `, ${failed} accounts failed so far` : ""),
    );
    await options.clock.sleep(options.poll ?? 5000);
  }
  return failuresOf(set, options.clock);
}

/** Has the accounts tried again that failed, those only. */
export async function tryAgain(
  { client, stackSetName, callAs }: FollowedStackSet,
  failures: readonly InstanceFailure[],
  clock: Clock,
): Promise<void> {
  const regions = [...new Set(failures.map(({ region }) => region))];
  const accounts = [...new Set(failures.map(({ accountId }) => accountId))];
  const described = await withRetry(
    () => client.send(new DescribeStackSetCommand({ StackSetName: stackSetName, CallAs: callAs })),
    { clock },
  );
  for (let first = 0; first < accounts.length; first += AT_ONCE) {
    await withRetry(
      () =>
        client.send(
          new UpdateStackInstancesCommand({
            StackSetName: stackSetName,
            CallAs: callAs,
            DeploymentTargets: {
              // CloudFormation wants accounts named as an intersection with the units that the StackSet is for
              OrganizationalUnitIds: described.StackSet?.OrganizationalUnitIds,
              Accounts: accounts.slice(first, first + AT_ONCE),
              AccountFilterType: "INTERSECTION",
            },
            Regions: regions,
            OperationPreferences: {
              RegionConcurrencyType: "PARALLEL",
              ConcurrencyMode: "SOFT_FAILURE_TOLERANCE",
              FailureTolerancePercentage: 100,
              MaxConcurrentPercentage: 100,
            },
          }),
        ),
      { clock },
    );
  }
}

/** Operations that are under way or wait, the newest first. */
export async function underWay(set: FollowedStackSet, clock: Clock): Promise<StackSetOperationSummary[]> {
  // newest first, and what runs is among the newest
  const { Summaries = [] } = await withRetry(
    () => set.client.send(new ListStackSetOperationsCommand({ StackSetName: set.stackSetName, CallAs: set.callAs })),
    { clock },
  );
  return Summaries.filter(({ Status }) => UNDER_WAY.has(Status ?? ""));
}

/** The instances that failed. */
export async function failuresOf(
  { client, stackSetName, callAs }: FollowedStackSet,
  clock: Clock,
): Promise<InstanceFailure[]> {
  const failures: InstanceFailure[] = [];
  for (const status of FAILED) {
    let NextToken: string | undefined;
    do {
      const page = await withRetry(
        () =>
          client.send(
            new ListStackInstancesCommand({
              StackSetName: stackSetName,
              CallAs: callAs,
              Filters: [{ Name: "DETAILED_STATUS", Values: status }],
              NextToken,
            }),
          ),
        { clock },
      );
      // an endpoint that does not know the filter lists them all
      const failed = (page.Summaries ?? []).filter((each) => each.StackInstanceStatus?.DetailedStatus === status);
      failures.push(...failed.map((summary) => failureOf(status, summary)));
      NextToken = page.NextToken;
    } while (NextToken);
  }
  return failures.sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
}

function failureOf(status: string, { Account, Region, StatusReason }: StackInstanceSummary): InstanceFailure {
  const reason = StatusReason ?? "CloudFormation gives no reason";
  return { accountId: Account ?? "", region: Region ?? "", status, reason, remedy: remedyOf(status, reason) };
}
