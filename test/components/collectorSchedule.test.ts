import { expect } from "chai";
import { CollectorSchedule, type CollectorScheduleArgs } from "../../components/collectorSchedule";
import { schedulePolicy, scheduleTrustPolicy } from "../../components/collectorSchedulePolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf, type Registered } from "../support/pulumiMocks";

const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:111122223333:function:reports";
const QUEUE_ARN = "arn:aws:sqs:eu-central-1:111122223333:reports-dead-letters";
const GROUP_ARN = "arn:aws:scheduler:eu-central-1:111122223333:schedule-group/reports";
const ARGS: CollectorScheduleArgs = {
  scheduleName: "reports",
  roleName: "reports-schedule",
  target: { arn: FUNCTION_ARN, kind: "function" },
};

async function registeredBy(args: Partial<CollectorScheduleArgs>): Promise<Registered[]> {
  const registered = mockPulumi({ accountId: "111122223333" });
  await valueOf(new CollectorSchedule("schedule", { ...ARGS, ...args }).scheduleArn);
  await settled();
  return registered;
}

const scheduleBy = async (args: Partial<CollectorScheduleArgs>): Promise<Record<string, unknown>> =>
  only(await registeredBy(args), "aws:scheduler/schedule:Schedule");

describe("CollectorSchedule", () => {
  it("starts the collector every night at 3:15 UTC, to the minute, unless told otherwise", async () => {
    const times = { schedule: undefined, scheduleTimeZone: undefined, scheduleWindowMinutes: undefined };
    for (const args of [{}, { ...times, scheduleEnabled: undefined }]) {
      expect(await scheduleBy(args)).to.deep.include({
        scheduleExpression: "cron(15 3 * * ? *)",
        scheduleExpressionTimezone: "UTC",
        flexibleTimeWindow: { mode: "OFF" },
        state: "ENABLED",
      });
    }
  });

  it("starts it when it is told, in the time zone and within the window that are given", async () => {
    const schedule = await scheduleBy({
      schedule: "cron(0 6,18 * * ? *)",
      scheduleTimeZone: "Europe/Berlin",
      scheduleWindowMinutes: 30,
    });
    expect(schedule).to.deep.include({
      scheduleExpression: "cron(0 6,18 * * ? *)",
      scheduleExpressionTimezone: "Europe/Berlin",
      flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 30 },
    });
  });

  it("turns the schedule off where it should be off", async () => {
    expect((await scheduleBy({ scheduleEnabled: false }))["state"]).to.equal("DISABLED");
  });

  it("gives up within the hour what cannot be started, and leaves it in the queue where there is one", async () => {
    const target = async (args: Partial<CollectorScheduleArgs>) => {
      return (await scheduleBy(args))["target"] as { deadLetterConfig?: object; retryPolicy: Record<string, number> };
    };
    expect((await target({})).retryPolicy["maximumEventAgeInSeconds"]).to.be.within(60, 3600);
    expect((await target({})).deadLetterConfig).to.equal(undefined);
    expect((await target({ deadLetterQueueArn: QUEUE_ARN })).deadLetterConfig).to.deep.equal({ arn: QUEUE_ARN });
  });

  it("has a group and a role of its own, so that no other schedule of the account can start the collector", async () => {
    const registered = await registeredBy({ rolePath: "/audit/", permissionsBoundary: "limits" });
    expect(only(registered, "aws:scheduler/schedule:Schedule")).to.include({ name: "reports", groupName: "reports" });
    const role = only(registered, "aws:iam/role:Role");
    expect(role).to.include({
      name: "reports-schedule",
      path: "/audit/",
      permissionsBoundary: "arn:aws:iam::111122223333:policy/limits",
    });
    const trust = JSON.parse(role["assumeRolePolicy"] as string) as PolicyDocument;
    expect(trust).to.deep.equal(scheduleTrustPolicy({ accountId: "111122223333", groupArn: GROUP_ARN }));
  });

  it("may start its one target, and nothing else", async () => {
    const policy = async (args: Partial<CollectorScheduleArgs>): Promise<PolicyDocument> => {
      const registered = await registeredBy(args);
      expect(registered.filter(({ type }) => type.includes("RolePolicyAttachment"))).to.deep.equal([]);
      return JSON.parse(only(registered, "aws:iam/rolePolicy:RolePolicy")["policy"] as string) as PolicyDocument;
    };
    const machine = "arn:aws:states:eu-central-1:111122223333:stateMachine:reports";
    const granted = async (args: Partial<CollectorScheduleArgs>) =>
      (await policy(args)).Statement.map(({ Action, Resource }) => [Action, Resource]);
    expect(await granted({})).to.deep.equal([["lambda:InvokeFunction", FUNCTION_ARN]]);
    expect(await granted({ target: { arn: machine, kind: "stateMachine" } })).to.deep.equal([
      ["states:StartExecution", machine],
    ]);
    expect(await granted({ deadLetterQueueArn: QUEUE_ARN })).to.deep.equal([
      ["lambda:InvokeFunction", FUNCTION_ARN],
      ["sqs:SendMessage", QUEUE_ARN],
    ]);
  });
});

describe("the role of a schedule", () => {
  it("trusts EventBridge Scheduler only, for the one group of its own account", () => {
    const { Statement } = scheduleTrustPolicy({ accountId: "111122223333", groupArn: GROUP_ARN });
    expect(Statement).to.have.length(1);
    expect(Statement[0]).to.deep.include({
      Principal: { Service: "scheduler.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": "111122223333", "aws:SourceArn": GROUP_ARN } },
    });
  });

  it("has no wildcard", () => {
    for (const kind of ["function", "stateMachine"] as const) {
      const policy = schedulePolicy({ target: { arn: FUNCTION_ARN, kind }, deadLetterQueueArn: QUEUE_ARN });
      expect(allowedActions(policy).filter((action) => action.includes("*"))).to.deep.equal([]);
      expect(JSON.stringify(policy)).not.to.contain("*");
    }
  });
});
