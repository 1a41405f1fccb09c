import path from "node:path";
import { expect } from "chai";
import { engineStatus } from "../../rollout/commands/engineStatus";
import { readOrganizationConfig } from "../../rollout/configuration/organizationConfig";
import { callerIdentity, withCannedAws, type CannedAnswer } from "../support/cannedAws";

describe("the engine that status tells of", () => {
  const lines: string[] = [];
  const told = (engine: string, ListExecutions?: CannedAnswer) => {
    const config = readOrganizationConfig(path.join(__dirname, "../.."));
    config.management.settings.collectorEngine = engine;
    return withCannedAws({ GetCallerIdentity: callerIdentity("111122223333"), ListExecutions }, () =>
      engineStatus({ config, log: (line) => lines.push(line) }, true),
    );
  };

  it("is lambda, of which nothing more is asked", async () => {
    expect(await told("lambda")).to.deep.equal({ engine: "lambda" });
  });

  it("is a state machine, with its last execution", async () => {
    const executions = [{ executionArn: "arn:x:one", status: "FAILED", startDate: 1, stopDate: 61 }];
    expect(await told("stepfunctions", { status: 200, body: JSON.stringify({ executions }) })).to.deep.equal({
      engine: "stepfunctions",
      lastExecution: {
        execution: "arn:x:one",
        status: "FAILED",
        startedAt: "1970-01-01T00:00:01.000Z",
        endedAt: "1970-01-01T00:01:01.000Z",
      },
    });
    expect(lines.at(-1)).to.equal("Engine: stepfunctions; last execution one FAILED, started 1970-01-01T00:00:01.000Z");
  });

  it("is told even where its executions may not be listed", async () => {
    const refused = { status: 400, body: '{"__type":"AccessDeniedException","message":"no"}' };
    expect(await told("stepfunctions", refused)).to.deep.equal({ engine: "stepfunctions" });
    expect(lines.at(-1)).to.contain("cannot be listed");
  });
});
