import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfirmSubscriptionCommand, SubscribeCommand, type SNSClient } from "@aws-sdk/client-sns";

/** A message as SNS posts it to a subscriber. */
export interface DeliveredMessage {
  Type: string;
  TopicArn: string;
  Subject?: string;
  Message: string;
  Token?: string;
}

/** A subscriber of a topic, at a free port of the loopback interface. */
export interface TopicSubscriber {
  /** The messages so far, waiting until there are `count`. */
  messages(count: number): Promise<DeliveredMessage[]>;
  close(): Promise<void>;
}

/** Subscribes to a topic and confirms it, as whoever owns an address has to. */
export async function subscribe(sns: SNSClient, topicArn: string): Promise<TopicSubscriber> {
  const arrived: DeliveredMessage[] = [];
  let arrival = (): void => undefined;
  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) await new Promise<void>((resolve) => (arrival = resolve));
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      arrived.push(JSON.parse(Buffer.concat(chunks).toString()) as DeliveredMessage);
      response.end();
      arrival();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const Endpoint = `http://127.0.0.1:${port}/`;
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "http", Endpoint }));
  await until(() => arrived.length > 0);
  await sns.send(new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token: arrived.shift()?.Token ?? "" }));
  return {
    async messages(count) {
      await until(() => arrived.length >= count);
      return arrived;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
