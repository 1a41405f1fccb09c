import path from "node:path";
import { factsFrom, type AccountView, type CentralName, type DoctorFacts } from "../../rollout/doctor/facts";
import { readOrganizationConfig, type OrganizationConfig } from "../../rollout/configuration/organizationConfig";
import type { StackSummary } from "../../rollout/engine/stackEngine";

/** Answers of AWS by the name of the command, as in `DescribeOrganizationCommand`. */
export type Answers = Record<string, (input: Record<string, unknown>) => unknown>;

/** What differs from an organization in which all is well and nothing is deployed. */
export interface FactChanges {
  answers?: Answers;
  /** In the place of the client of Organizations. */
  organizations?: object;
  engine?: Partial<DoctorFacts["engine"]>;
  env?: NodeJS.ProcessEnv;
  config?: (config: OrganizationConfig) => void;
  readConfig?: () => Promise<OrganizationConfig>;
  callerAt?: DoctorFacts["callerAt"];
  /** Called before a stack's account is entered; what it throws is what AWS says. */
  entering?: (stack: CentralName) => void;
  /** Account that the roles of a stack lead into. */
  leadsInto?: Partial<Record<CentralName, string>>;
  stacks?: StackSummary[];
}

/** Ids of the accounts of the example organization. */
export const ACCOUNTS: Record<CentralName, string> = {
  security: "222233334444",
  logarchive: "333344445555",
  management: "111122223333",
};

/** An error as the SDK throws it. */
export function awsError(name: string, message = "refused", httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

/** A client that knows these answers and refuses all else. */
export function fakeClient<T>(answers: Answers): T {
  const send = (command: { constructor: { name: string }; input: Record<string, unknown> }): Promise<unknown> => {
    const answer = answers[command.constructor.name];
    return new Promise((resolve) => {
      if (!answer) throw awsError("UnknownOperationException", command.constructor.name);
      resolve(answer(command.input));
    });
  };
  return { send } as T;
}

const refuse = (name: string, status?: number) => (): never => {
  throw awsError(name, "refused", status);
};

const FULL_ACCESS = { Statement: { Effect: "Allow", Action: "*", Resource: "*" } };

const HEALTHY: Answers = {
  DescribeOrganizationCommand: () => ({
    Organization: { Id: "o-exampleorgid", MasterAccountId: ACCOUNTS.management, FeatureSet: "ALL" },
  }),
  DescribeAccountCommand: ({ AccountId }) => ({
    Account: { Id: AccountId, Name: `name-${String(AccountId)}`, State: "ACTIVE" },
  }),
  ListAWSServiceAccessForOrganizationCommand: () => ({
    EnabledServicePrincipals: [{ ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com" }],
  }),
  ListDelegatedAdministratorsCommand: () => ({ DelegatedAdministrators: [] }),
  ListParentsCommand: ({ ChildId }) => ({
    Parents: [{ Id: String(ChildId).startsWith("ou-") ? "r-root" : "ou-root-unit" }],
  }),
  ListPoliciesForTargetCommand: () => ({ Policies: [{ Id: "p-FullAWSAccess", Name: "FullAWSAccess" }] }),
  DescribePolicyCommand: () => ({ Policy: { Content: JSON.stringify(FULL_ACCESS) } }),
  SimulatePrincipalPolicyCommand: ({ ActionNames }) => ({
    EvaluationResults: (ActionNames as string[]).map((EvalActionName) => ({ EvalActionName, EvalDecision: "allowed" })),
  }),
  DescribeKeyCommand: refuse("NotFoundException"),
  HeadBucketCommand: refuse("NotFound", 404),
  GetRoleCommand: ({ RoleName }) => {
    if (RoleName !== "deployer") throw awsError("NoSuchEntityException", "no such role", 404);
    return { Role: { Arn: "arn:aws:iam::111122223333:role/path/deployer" } };
  },
  GetFunctionCommand: refuse("ResourceNotFoundException", 404),
  GetFunctionConcurrencyCommand: refuse("ResourceNotFoundException", 404),
  GetAccountSettingsCommand: () => ({
    AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 },
  }),
  GetAccountSummaryCommand: () => ({ SummaryMap: { Roles: 12, RolesQuota: 1000 } }),
  DescribeLogGroupsCommand: () => ({ logGroups: [] }),
  DescribeAlarmsCommand: () => ({ MetricAlarms: [] }),
  GetDashboardCommand: refuse("ResourceNotFound", 404),
  GetScheduleGroupCommand: refuse("ResourceNotFoundException", 404),
  GetQueueUrlCommand: refuse("QueueDoesNotExist", 400),
  GetTopicAttributesCommand: refuse("NotFoundException", 404),
  DescribeStackSetCommand: refuse("StackSetNotFoundException", 404),
  GetDatabaseCommand: refuse("EntityNotFoundException", 400),
  GetWorkGroupCommand: () => {
    throw awsError("InvalidRequestException", "WorkGroup iam-credential-reports is not found.");
  },
};

/** Facts of the example organization, in which all is well but for the changes. */
export function doctorFacts(changes: FactChanges = {}): DoctorFacts {
  const read = (): OrganizationConfig => {
    const config = readOrganizationConfig(path.join(__dirname, "../.."));
    changes.config?.(config);
    return config;
  };
  const client = fakeClient({ ...HEALTHY, ...changes.answers });
  const view = (stack: CentralName): AccountView => {
    const accountId = changes.leadsInto?.[stack] ?? ACCOUNTS[stack];
    const arn = `arn:aws:sts::${accountId}:assumed-role/deployer/session`;
    const clients = {
      organizations: changes.organizations ?? client,
      iam: client,
      kms: client,
      lambda: client,
      s3: client,
      logs: client,
      cloudwatch: client,
      scheduler: client,
      events: client,
      states: client,
      sqs: client,
      sns: client,
      cloudformation: client,
      glue: client,
      athena: client,
    };
    return { caller: { accountId, partition: "aws", arn }, region: "eu-central-1", ...clients } as AccountView;
  };
  const enter: DoctorFacts["enter"] = (stack) =>
    new Promise((resolve) => {
      changes.entering?.(stack);
      resolve(view(stack));
    });
  return factsFrom({
    env: { PULUMI_CONFIG_PASSPHRASE: "secret", ...changes.env },
    engine: {
      version: () => Promise.resolve("3.259.0"),
      plugins: () => Promise.resolve([]),
      backendUrl: () => Promise.resolve("s3://state"),
      stacks: () => Promise.resolve(changes.stacks ?? []),
      tryWriting: () => Promise.resolve(),
      ...changes.engine,
    },
    file: (stack) => Promise.resolve(read()[stack].file),
    readConfig: changes.readConfig ?? (() => Promise.resolve(read())),
    callerAt: changes.callerAt ?? (() => Promise.resolve(view("management").caller)),
    enter,
  });
}
