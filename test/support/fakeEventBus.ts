import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { onLoopback } from "./onLoopback";

/** An event as PutEvents takes it. */
export interface PutEntry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  /** Seconds since 1970. */
  Time: number;
  Detail: string;
}

/** What a bus says to an entry: nothing where it takes it. */
export type Refuse = (entry: PutEntry, request: number) => { code: string; message: string } | undefined;

/** A bus that speaks the protocol of PutEvents. */
export interface FakeEventBus {
  endpoint: string;
  /** Entries of each request, those that were refused included. */
  requests: PutEntry[][];
  /** What the bus took, in order. */
  taken: PutEntry[];
  close(): Promise<void>;
}

/**
 * Serves a bus on a free port of the loopback interface.
 *
 * @param refuse Refuses single entries, by the entry and the number of the request from 1; takes all by default.
 * @param deny The error with which every request as a whole is refused.
 */
export async function startFakeEventBus(
  refuse: Refuse = () => undefined,
  deny?: { status: number; code: string; message: string },
): Promise<FakeEventBus> {
  const requests: PutEntry[][] = [];
  const taken: PutEntry[] = [];
  const answer = (body: string): { status: number; body: unknown } => {
    const { Entries: entries } = JSON.parse(body) as { Entries: PutEntry[] };
    requests.push(entries);
    if (deny) return { status: deny.status, body: { __type: deny.code, message: deny.message } };
    const answers = entries.map((entry) => {
      const refusal = refuse(entry, requests.length);
      if (refusal) return { ErrorCode: refusal.code, ErrorMessage: refusal.message };
      taken.push(entry);
      return { EventId: `event-${taken.length}` };
    });
    const FailedEntryCount = answers.filter((each) => "ErrorCode" in each).length;
    return { status: 200, body: { FailedEntryCount, Entries: answers } };
  };
  const server = createServer((request, response) => {
    void text(request).then((text) => {
      const { status, body } = answer(text);
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    });
  });
  return {
    ...(await onLoopback(server)),
    requests,
    taken,
  };
}
