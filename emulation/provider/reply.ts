import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { describeError } from "./errors";
import type { Values } from "./types";
import { toStruct } from "./wire";

/** A resource that AWS made but that did not get all its settings: it stays in the stack, and the next update mends it. */
export class HalfMade extends Error {
  constructor(
    readonly id: string,
    readonly inputs: Values,
    override readonly cause: unknown,
  ) {
    super(`made as ${id}, but not completed: ${describeError(cause)}`);
    this.name = "HalfMade";
  }
}

/**
 * Turns a function into a gRPC method. What it throws becomes the error that Pulumi shows: what was tried, on which
 * resource, the AWS operation, its code and its message.
 */
export function reply<Request extends object, Response>(
  doing: string,
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void (async () => {
      try {
        callback(null, await answer(call.request));
      } catch (error) {
        callback(asStatus(`${[doing, ...subject(call.request)].join(" ")}: ${describeError(error)}`, error));
      }
    })();
  };
}

/** Type, name and id of the resource, or the function, that a request is about. */
function subject(request: object): string[] {
  const { getUrn, getId, getTok } = request as Partial<Record<"getUrn" | "getId" | "getTok", () => string>>;
  if (getTok) return [getTok.call(request)];
  if (!getUrn) return [];
  const [, , types = "", ...name] = getUrn.call(request).split("::");
  // The provider itself: its generated name and id tell people nothing.
  if (types.startsWith("pulumi:providers:")) return [];
  const id = getId?.call(request);
  return [types.split("$").at(-1) ?? "", `"${name.join("::")}"`, ...(id ? [`(${id})`] : [])];
}

function asStatus(details: string, error: unknown): Partial<grpc.StatusObject> {
  const code = grpc.status.UNKNOWN;
  if (!(error instanceof HalfMade)) return { code, details };
  const failure = new ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toStruct(error.inputs))
    .setInputs(toStruct(error.inputs))
    .setReasonsList([details]);
  const packed = new Any();
  packed.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(code).setMessage(details).setDetailsList([packed]);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code, details, metadata };
}
