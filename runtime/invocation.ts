import { RunAnnouncer } from "./announcement";
import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import { reportDelivery, type DeliverReport } from "./delivery";
import { eventSender, type EventSender } from "./events";
import type { FailureContext } from "./failure";
import { findingsImport, type ImportFindings } from "./findingsImport";
import type { LoggedInvocation } from "./lambdaLog";
import type { Log } from "./log";
import { kmsSigner, type ManifestSigner } from "./manifestSignature";
import { snsPublisher } from "./publish";
import type { Means } from "./means";
import type { MetricsSink } from "./runMetrics";
import { securityHubImport } from "./securityHub";
import type { CollectorSettings } from "./settings";
import type { Store } from "./store";

/** What the collector needs of a Lambda invocation. */
export interface InvocationContext extends LoggedInvocation {
  getRemainingTimeInMillis(): number;
}

/** What one invocation works with, and what of it lives no longer than that. */
export interface Invocation {
  settings: CollectorSettings;
  context: InvocationContext;
  clients: AwsClients;
  clock: Clock;
  log: Log;
  metrics: MetricsSink;
}

/**
 * Kept back to end calls under way, to consolidate what is fixed in cost, and to write the manifest: a fifth of the time there is, at
 * most 45 s. What grows with the rows is kept back as they arrive.
 */
const RESERVE = { share: 0.2, mostMs: 45_000 };

/** Left at the end of the invocation when the report is delivered. */
const SPARE_MS = 5_000;

/** Until when an invocation asks accounts, in milliseconds since 1970. */
export function asksUntil({ clock, context }: Invocation): number {
  const remainingMs = context.getRemainingTimeInMillis();
  return clock.now() + remainingMs - Math.min(RESERVE.mostMs, remainingMs * RESERVE.share);
}

/** Signs the manifest, where there is a key for that. */
export function signing({ settings, clients, clock }: Invocation): { sign?: ManifestSigner } {
  return settings.signingKeyArn ? { sign: kmsSigner(settings.signingKeyArn, clients, clock) } : {};
}

/**
 * Delivers the report of a run by way of the store that it is in, where it is to be delivered.
 *
 * @param announcer Announced the run before, and may know what changed.
 */
export function delivering(invocation: Invocation, store: Store, announcer: RunAnnouncer): { deliver?: DeliverReport } {
  const { settings, clients, clock, log } = invocation;
  const { alertsTopicArn } = settings;
  if (!alertsTopicArn) return {};
  const deliver = reportDelivery({
    settings,
    store,
    ...meansOf(invocation),
    publish: snsPublisher(alertsTopicArn, clients, clock),
    log,
    compared: () => announcer.difference,
  });
  return { deliver };
}

/** Time and memory of the invocation for what comes after the evidence. */
function meansOf({ context, clock }: Invocation): Means {
  const endsAt = clock.now() + context.getRemainingTimeInMillis() - SPARE_MS;
  return { clock, endsAt, memoryMiB: Number(context.memoryLimitInMB) };
}

/** Sends events, where there are any. */
function sending({ settings: { events }, clients, clock }: Invocation): { send?: EventSender } {
  return events ? { send: eventSender(events.busArn, clients, clock) } : {};
}

/** Tells of a run whose evidence stands in the store, whichever engine collected it. */
export function announcing(invocation: Invocation, store: Store): RunAnnouncer {
  const { settings, log, metrics } = invocation;
  return new RunAnnouncer({ ...meansOf(invocation), ...sending(invocation), settings, store, log, metrics });
}

/** Imports findings into Security Hub, where that is asked for, in what is left of the invocation. */
export function importing(invocation: Invocation): { importFindings?: ImportFindings } {
  const { settings, clients, log } = invocation;
  if (!settings.securityHub) return {};
  const { region } = settings.securityHub;
  const { clock, endsAt } = meansOf(invocation);
  const importing = securityHubImport(settings.securityHub, clients);
  return { importFindings: findingsImport({ settings, region, clients, importing, clock, log, endsAt }) };
}

/** What telling of a run that failed works with. */
export function failing(invocation: Invocation): FailureContext {
  const { log, metrics } = invocation;
  return { ...meansOf(invocation), ...sending(invocation), log, metrics };
}
