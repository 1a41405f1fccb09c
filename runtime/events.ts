import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";

import { EVENT_SOURCE, type CollectorEvent } from "../report/events/eventTypes";
import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import { CallError, errorMessage } from "./errors";
import { withRetry } from "./retry";

/** What became of events. */
export interface SentEvents {
  sent: number;
  /** Why the others were not, in words; absent if all were. */
  problem?: string;
}

/** Sends events, in their order, until the time `endsAt` in milliseconds since 1970. Never throws. */
export type EventSender = (events: readonly CollectorEvent[], endsAt: number) => Promise<SentEvents>;

/**
 * What one request takes. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
const REQUEST = { entries: 10, bytes: 256 * 1024 };

/** Bytes that an entry's time takes. */
const TIME_BYTES = 14;

/**
 * Sends to a bus of EventBridge, which is asked in its own Region.
 *
 * Needs `events:PutEvents` on the bus; for a bus of another account, its policy has to allow it too.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function eventSender(busArn: string, clients: Pick<AwsClients, "sts">, clock: Clock): EventSender {
  const { credentials, requestHandler, endpoint } = clients.sts.config;
  const client = new EventBridgeClient({
    region: busArn.split(":")[3] ?? "",
    credentials,
    requestHandler,
    // `withRetry` does
    maxAttempts: 1,
    ...(endpoint ? { endpoint } : {}),
  });

  /** Sends what may go in one request; entries that were refused, alone, again. */
  async function put(entries: readonly PutEventsRequestEntry[], endsAt: number): Promise<SentEvents> {
    let rest = [...entries];
    try {
      await withRetry(
        async () => {
          const { Entries: answers = [] } = await client.send(new PutEventsCommand({ Entries: rest }));
          const refused = answers.find(({ ErrorCode }) => ErrorCode);
          rest = rest.filter((_, index) => answers[index]?.ErrorCode);
          if (refused) throw refusal(refused.ErrorCode ?? "", refused.ErrorMessage ?? "");
        },
        { clock, endsAt },
      );
      return { sent: entries.length };
    } catch (error) {
      const code = error instanceof CallError ? `${error.code}: ` : "";
      return { sent: entries.length - rest.length, problem: `${code}${errorMessage(error)}` };
    }
  }

  return async (events, endsAt) => {
    let sent = 0;
    const requests = inRequests(events.map((event) => entryOf(event, busArn)));
    for (const entries of requests) {
      if (clock.now() >= endsAt) return { sent, problem: "there was no time left" };
      const answer = await put(entries, endsAt);
      sent += answer.sent;
      // What refuses one request refuses the next: a bus that is gone, a right that is missing.
      if (answer.problem !== undefined) return { sent, problem: answer.problem };
    }
    return { sent };
  };
}

function entryOf({ name, time, detail }: CollectorEvent, busArn: string): PutEventsRequestEntry {
  return {
    EventBusName: busArn,
    Source: EVENT_SOURCE,
    DetailType: name,
    Time: new Date(time),
    Detail: JSON.stringify(detail),
  };
}

/** The error of one entry, as the SDK would throw it: errors within the service pass. */
function refusal(code: string, message: string): Error {
  const error = Object.assign(new Error(message), /^Internal/.test(code) && { $metadata: { httpStatusCode: 500 } });
  error.name = code;
  return error;
}

/** Cuts entries, in their order, into what single requests take. */
export function inRequests(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const requests: PutEventsRequestEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const size = sizeOf(entry);
    const last = requests.at(-1);
    if (last && last.length < REQUEST.entries && bytes + size <= REQUEST.bytes) {
      last.push(entry);
      bytes += size;
    } else {
      requests.push([entry]);
      bytes = size;
    }
  }
  return requests;
}

/** Bytes of an entry as EventBridge counts them. */
function sizeOf({ Source = "", DetailType = "", Detail = "" }: PutEventsRequestEntry): number {
  return TIME_BYTES + [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
