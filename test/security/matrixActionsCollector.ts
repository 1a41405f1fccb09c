import { EVENT_SOURCE } from "../../report/events/eventTypes";
import type { Asset, Site, SiteRole } from "./matrixSite";
import { policyDocument } from "../../components/policyDocument";
import { actingFor, ALARM, inAccount, LAMBDA, on, single, type Context, type MatrixAction } from "./matrixRequests";
import { auditorArn, ELSEWHERE, type ServiceActor } from "./matrixCallers";

const role =
  (name: SiteRole) =>
  (site: Site): Asset =>
    site.roles[name];
const collector = (site: Site): Asset => site.function;
const machine = (site: Site): Asset => site.machine;
const topic = (site: Site): Asset => site.topic;
const queue = (site: Site): Asset => site.queue;

/** A role of somebody else in an account of the organization: the one that Organizations makes, which trusts the management account. */
const organizationRole =
  (account: "logArchive" | "member") =>
  (site: Site): Asset => ({
    arn: `arn:aws:iam::${site.accounts[account]}:role/OrganizationAccountAccessRole`,
    accountId: site.accounts[account],
    policy: policyDocument({
      Sid: "ManagementAccount",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${site.accounts.management}:root` },
      Action: "sts:AssumeRole",
    }),
  });

/** A role of the member role's name in an account of another organization, which lets the management account in. */
const namesake = (site: Site): Asset => ({
  ...organizationRole("member")(site),
  arn: site.roles.member.arn.replace(site.accounts.member, ELSEWHERE.accountId),
  accountId: ELSEWHERE.accountId,
  organizationId: ELSEWHERE.organizationId,
});

const assume = (asset: (site: Site) => Asset, actor?: MatrixAction["actor"], context: Context = {}): MatrixAction => ({
  ...single(asset, "sts:AssumeRole", context),
  ...(actor && { actor }),
});

/** CodeBuild, for the project that has the role's name. */
const codeBuild =
  (step: "deploy" | "preview") =>
  (site: Site): ServiceActor => ({
    service: "codebuild.amazonaws.com",
    sourceArn: `arn:aws:codebuild:${site.region}:${site.accounts.management}:project/iam-credential-reports-delivery-${step}`,
    sourceAccount: site.accounts.management,
  });

const scheduleGroup = (site: Site): Asset => ({
  ...site.schedule,
  arn: site.schedule.arn.replace(":schedule/", ":schedule-group/").split("/").slice(0, 2).join("/"),
});

const failedRuns = (site: Site): Asset => ({
  ...site.machine,
  arn: `arn:aws:events:${site.region}:${site.accounts.management}:rule/${site.machine.arn.split(":").at(-1)}-failed`,
});

const alarm = (site: Site): Asset => ({
  ...site.topic,
  arn: `arn:aws:cloudwatch:${site.region}:${site.accounts.management}:alarm:iam-credential-reports-collector-failed`,
});

const execution = (site: Site): Asset => ({
  ...site.machine,
  arn: `${site.machine.arn.replace(":stateMachine:", ":execution:")}:run`,
});

/** The hub of an account: what a finding is imported into. */
const hub =
  (account: "management" | "member") =>
  (site: Site): Asset => ({
    arn: `arn:aws:securityhub:${site.region}:${site.accounts[account]}:product/${site.accounts[account]}/default`,
    accountId: site.accounts[account],
  });

const publish: MatrixAction = {
  requests: (site) => [
    on(site, site.topic, "sns:Publish"),
    ...["kms:GenerateDataKey", "kms:Decrypt"].map((action) =>
      on(site, site.alertsKey, action, { "kms:ViaService": `sns.${site.region}.amazonaws.com` }),
    ),
  ],
  actor: ALARM,
};

/** EventBridge says neither to SNS nor to KMS for which rule it acts. */
const eventBridge = (): ServiceActor => ({
  service: "events.amazonaws.com",
  sourceArn: undefined,
  sourceAccount: undefined,
});

const events = (context: Context): MatrixAction => single((site) => site.bus, "events:PutEvents", context);

/** What is done to roles, to what collects, to its messages and to what rolls it out. */
export const COLLECTOR_ACTIONS: Record<string, Record<string, MatrixAction>> = {
  Roles: {
    "assume the collector role": assume(role("collector"), LAMBDA),
    "assume the member role": assume(role("member"), LAMBDA, { "sts:ExternalId": "audit-2026" }),
    "assume the member role without the external id": assume(role("member"), LAMBDA),
    "assume a role of that name in another organization": assume(namesake, LAMBDA, { "sts:ExternalId": "audit-2026" }),
    "assume another role in a member account": assume(organizationRole("member")),
    "assume the schedule role": assume(role("schedule"), actingFor("scheduler.amazonaws.com", scheduleGroup)),
    "assume the state machine role": assume(role("machine"), actingFor("states.amazonaws.com", machine)),
    "assume the role of alerts for streams": assume(role("streams"), actingFor("sns.amazonaws.com", topic)),
    "assume the deploy role of the pipeline": assume(role("deploy"), codeBuild("deploy")),
    "assume the preview role of the pipeline": assume(role("preview"), codeBuild("preview")),
    "assume a deploy role of the log-archive account": assume(organizationRole("logArchive")),
    "change whom the collector role trusts": single(role("collector"), "iam:UpdateAssumeRolePolicy"),
    "change what the collector role may": single(role("collector"), "iam:PutRolePolicy"),
    "change whom an auditor's role in the archive trusts": single(
      (site) => ({ arn: auditorArn(site), accountId: site.accounts.logArchive }),
      "iam:UpdateAssumeRolePolicy",
    ),
    "change whom the member role trusts": single(role("member"), "iam:UpdateAssumeRolePolicy"),
  },
  Reports: {
    "list the organization's accounts": {
      requests: (site) => [inAccount(site, site.accounts.management, "organizations:ListAccounts")],
    },
    "get the credential report of a member account": {
      requests: (site) => [inAccount(site, site.accounts.member, "iam:GetCredentialReport")],
    },
    "get that of the collector's account": {
      requests: (site) => [inAccount(site, site.accounts.management, "iam:GetCredentialReport")],
    },
    "make users in a member account": {
      requests: (site) => [
        on(
          site,
          { arn: `arn:aws:iam::${site.accounts.member}:user/newcomer`, accountId: site.accounts.member },
          "iam:CreateUser",
        ),
      ],
    },
  },
  Collector: {
    "invoke the function": {
      ...single(collector, "lambda:InvokeFunction"),
      actor: actingFor("events.amazonaws.com", failedRuns),
    },
    "update the function's code": single(collector, "lambda:UpdateFunctionCode"),
    "give the function another role": single(collector, "lambda:UpdateFunctionConfiguration"),
    "let others invoke the function": single(collector, "lambda:AddPermission"),
    "stop or change the schedule": single((site) => site.schedule, "scheduler:UpdateSchedule"),
    "start an execution": {
      ...single(machine, "states:StartExecution"),
      actor: actingFor("scheduler.amazonaws.com", scheduleGroup),
    },
    "stop an execution": single(execution, "states:StopExecution"),
    "change the state machine": single(machine, "states:UpdateStateMachine"),
    "write log lines": single((site) => site.logGroup, "logs:PutLogEvents", {}, ":log-stream:collector"),
    "delete the log group": single((site) => site.logGroup, "logs:DeleteLogGroup"),
    "silence the alarms": single(alarm, "cloudwatch:DisableAlarmActions"),
    "change the StackSet of member roles": single((site) => site.stackSet, "cloudformation:UpdateStackSet"),
  },
  Messages: {
    "publish an alert": publish,
    "publish an alert by a rule of EventBridge": { ...publish, actor: eventBridge },
    "publish an alert over plain HTTP": single(topic, "sns:Publish", { "aws:SecureTransport": "false" }),
    "subscribe to the alerts": single(topic, "sns:Subscribe", {
      "sns:Protocol": "https",
      "sns:Endpoint": "https://example.com/",
    }),
    "change the topic's policy": single(topic, "sns:SetTopicAttributes"),
    "send to the dead-letter queue": { ...single(queue, "sqs:SendMessage"), actor: LAMBDA },
    "send to the dead-letter queue over plain HTTP": single(queue, "sqs:SendMessage", {
      "aws:SecureTransport": "false",
    }),
    "read the dead-letter queue": single(queue, "sqs:ReceiveMessage"),
    "empty the dead-letter queue": single(queue, "sqs:PurgeQueue"),
    "send events with the collector's source": events({
      "events:source": EVENT_SOURCE,
      "events:detail-type": "RunCompleted",
    }),
    "send events in the name of others": events({ "events:source": "example", "events:detail-type": "RunCompleted" }),
    "import findings into a member's Security Hub": single(hub("member"), "securityhub:BatchImportFindings"),
    "import findings into that of the collector's account": single(
      hub("management"),
      "securityhub:BatchImportFindings",
    ),
  },
  Rollout: {
    "read Pulumi's state": single((site) => site.state, "s3:GetObject", {}, "/.pulumi/stacks/management.json"),
    "write Pulumi's state": single((site) => site.state, "s3:PutObject", {}, "/.pulumi/stacks/management.json"),
  },
};
