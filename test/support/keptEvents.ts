import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { policy, type EmulatedAws } from "../emulation/emulatedAws";

/** An event as EventBridge hands it on. */
export interface KeptEvent {
  source: string;
  "detail-type": string;
  detail: Record<string, unknown>;
}

/** Events that a rule put into a queue. */
export interface KeptEvents {
  /** This many of them, of an emulator that may be another than the one that the rule was made in. */
  take(aws: EmulatedAws, count: number): Promise<KeptEvent[]>;
}

/** Has a rule on the default bus of the management account keep what fits `pattern`. */
export async function keepEvents(aws: EmulatedAws, pattern: object): Promise<KeptEvents> {
  const [sqs, events] = [aws.sqs(aws.deployer), aws.events(aws.deployer)];
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: "told",
      Attributes: {
        Policy: policy({
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: "*",
        }),
      },
    }),
  );
  const ofQueue = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  const { Attributes } = await sqs.send(ofQueue);
  await events.send(new PutRuleCommand({ Name: "told", EventPattern: JSON.stringify(pattern) }));
  const Targets = [{ Id: "queue", Arn: Attributes?.["QueueArn"] }];
  await events.send(new PutTargetsCommand({ Rule: "told", Targets }));
  const name = new URL(QueueUrl ?? "").pathname;
  return {
    take: async (now, count) => {
      const queue = new URL(name, now.emulator.endpoint).href;
      const taken: KeptEvent[] = [];
      while (taken.length < count) {
        const request = { QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
        const { Messages = [] } = await now.sqs(now.deployer).send(new ReceiveMessageCommand(request));
        for (const { Body = "" } of Messages) taken.push(JSON.parse(Body) as KeptEvent);
      }
      return taken;
    },
  };
}
