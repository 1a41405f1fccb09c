/** The gRPC side of the stand-in: https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/providers */
import type * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { connect, type Aws } from "./clients";
import { readConfiguration, type ProviderConfiguration } from "./configuration";
import { sameJson } from "./compare";
import { invokeFunction, resourceType } from "./coverage";
import { isNotFound } from "./errors";
import {
  changesBetween,
  checkInputs,
  mustDeleteFirst,
  previewOutputs,
  recordedOutputs,
  refreshedInputs,
  type PropertyChange,
} from "./lifecycle";
import { HalfMade, reply } from "./reply";
import type { ResourceType, Values } from "./types";
import { fromStruct, toStruct, withoutSecrets } from "./wire";

/** A provider process serves one configured provider: the engine starts one for each. */
export class StandIn {
  #configuration: ProviderConfiguration | undefined;
  #aws: Aws | undefined;

  /** `version` is that of the package whose plug-in this stands in for. */
  constructor(private readonly version: string) {}

  /** Adds the methods to a server; what is left out answers UNIMPLEMENTED. */
  addTo(server: grpc.Server): void {
    server.addService(ResourceProviderService, {
      handshake: reply("starting", () => new proto.ProviderHandshakeResponse()),
      getPluginInfo: reply("starting", () => new plugin.PluginInfo().setVersion(this.version)),
      checkConfig: reply("checking the configuration", checkConfig),
      diffConfig: reply("comparing the configuration", diffConfig),
      configure: reply("configuring the AWS provider", (request: proto.ConfigureRequest) => this.configure(request)),
      invoke: reply("calling", (request: proto.InvokeRequest) => this.invoke(request)),
      check: reply("checking", (request: proto.CheckRequest) => this.check(request)),
      diff: reply("comparing", (request: proto.DiffRequest) => diff(request, this.#aws?.region)),
      create: reply("creating", (request: proto.CreateRequest) => this.create(request)),
      read: reply("reading", (request: proto.ReadRequest) => this.read(request)),
      update: reply("updating", (request: proto.UpdateRequest) => this.update(request)),
      delete: reply("deleting", (request: proto.DeleteRequest) => this.delete(request)),
      cancel: reply("cancelling", () => new Empty()),
    });
  }

  private async configure(request: proto.ConfigureRequest): Promise<proto.ConfigureResponse> {
    this.#configuration = readConfiguration(withoutSecrets(fromStruct(request.getArgs())), process.env);
    this.#aws = await connect(this.#configuration);
    return new proto.ConfigureResponse().setSupportspreview(true);
  }

  private async invoke(request: proto.InvokeRequest): Promise<proto.InvokeResponse> {
    const args = fromStruct(request.getArgs());
    const result = await invokeFunction(request.getTok())(this.aws(args), args);
    return new proto.InvokeResponse().setReturn(toStruct(result));
  }

  private check(request: proto.CheckRequest): proto.CheckResponse {
    const { inputs, failures } = checkInputs(
      typeOf(request),
      { name: nameOf(request), seed: request.getRandomseed_asU8() },
      fromStruct(request.getOlds()),
      fromStruct(request.getNews()),
      this.#configuration?.defaultTags ?? {},
    );
    return new proto.CheckResponse()
      .setInputs(toStruct(inputs))
      .setFailuresList(
        failures.map(({ property, reason }) => new proto.CheckFailure().setProperty(property).setReason(reason)),
      );
  }

  private async create(request: proto.CreateRequest): Promise<proto.CreateResponse> {
    const type = typeOf(request);
    const inputs = fromStruct(request.getProperties());
    if (request.getPreview()) {
      return new proto.CreateResponse().setProperties(toStruct(previewOutputs(type, inputs)));
    }
    const aws = this.aws(inputs);
    const id = await type.create(aws, inputs);
    try {
      await type.configure?.(aws, id, inputs, undefined);
      return new proto.CreateResponse()
        .setId(id)
        .setProperties(toStruct(await this.outputs(type, aws, id, inputs, inputs)));
    } catch (error) {
      throw new HalfMade(id, inputs, error);
    }
  }

  private async update(request: proto.UpdateRequest): Promise<proto.UpdateResponse> {
    const type = typeOf(request);
    const [inputs, before] = [fromStruct(request.getNews()), fromStruct(request.getOlds())];
    if (request.getPreview()) {
      return new proto.UpdateResponse().setProperties(toStruct(previewOutputs(type, inputs, before)));
    }
    const aws = this.aws(inputs);
    await type.configure?.(aws, request.getId(), inputs, before);
    // What was recorded of outputs that the update may have changed says nothing of AWS now.
    const stale = Object.fromEntries((type.volatile ?? []).map((output) => [output, undefined]));
    const outputs = await this.outputs(type, aws, request.getId(), inputs, { ...before, ...inputs, ...stale });
    return new proto.UpdateResponse().setProperties(toStruct(outputs));
  }

  private async read(request: proto.ReadRequest): Promise<proto.ReadResponse> {
    const type = typeOf(request);
    const recorded = fromStruct(request.getProperties());
    const inputs = fromStruct(request.getInputs());
    const aws = this.aws(recorded);
    const actual = await type.read(aws, request.getId(), recorded);
    if (!actual) return new proto.ReadResponse();
    const outputs = recordedOutputs(type, { ...recorded, ...inputs }, regional(type, aws, actual));
    return new proto.ReadResponse()
      .setId(request.getId())
      .setProperties(toStruct(outputs))
      .setInputs(toStruct(refreshedInputs(type, inputs, outputs)));
  }

  private async delete(request: proto.DeleteRequest): Promise<Empty> {
    const recorded = fromStruct(request.getProperties());
    try {
      await typeOf(request).delete(this.aws(recorded), request.getId(), recorded);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return new Empty();
  }

  private async outputs(type: ResourceType, aws: Aws, id: string, inputs: Values, recorded: Values): Promise<Values> {
    const actual = await type.read(aws, id, recorded);
    if (!actual) throw new Error(`AWS does not show ${id} after it was made`);
    return recordedOutputs(type, inputs, regional(type, aws, actual));
  }

  /** The clients for a resource: in its own Region if it names one. */
  private aws({ region }: Values): Aws {
    if (!this.#aws) throw new Error("the engine has not configured the provider");
    return typeof region === "string" ? this.#aws.inRegion(region) : this.#aws;
  }
}

/** Nothing of a configuration is refused before it is used: `configure` says what is wrong with it. */
function checkConfig(request: proto.CheckRequest): proto.CheckResponse {
  return new proto.CheckResponse().setInputs(request.getNews());
}

/** A changed configuration never replaces resources: the account check of `configure` guards them. */
function diffConfig(request: proto.DiffRequest): proto.DiffResponse {
  const [olds, news] = [fromStruct(request.getOldInputs() ?? request.getOlds()), fromStruct(request.getNews())];
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const diffs = keys.filter((key) => !sameJson(olds[key] ?? null, news[key] ?? null));
  return new proto.DiffResponse()
    .setChanges(diffs.length > 0 ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE)
    .setDiffsList(diffs);
}

/** @param here Region of the provider: a resource that is in another one has to be made anew, as with the real provider. */
function diff(request: proto.DiffRequest, here: string | undefined): proto.DiffResponse {
  const type = typeOf(request);
  const recorded = fromStruct(request.getOlds());
  const program = fromStruct(request.getNews());
  const moves = type.regional && recorded.region !== undefined && program.region === undefined && here !== undefined;
  const inputs = moves ? { ...program, region: here } : program;
  const ignored = new Set(request.getIgnorechangesList());
  const changes = changesBetween(type, recorded, inputs).filter(({ property }) => !ignored.has(property));
  const response = new proto.DiffResponse()
    .setChanges(
      changes.length > 0 ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE,
    )
    .setDiffsList(changes.map(({ property }) => property))
    .setReplacesList(changes.filter(({ replaces }) => replaces).map(({ property }) => property))
    .setDeletebeforereplace(mustDeleteFirst(type, changes, inputs))
    .setHasdetaileddiff(true);
  for (const change of changes) {
    response.getDetaileddiffMap().set(change.property, new proto.PropertyDiff().setKind(kindOf(change)));
  }
  return response;
}

function kindOf({ kind, replaces }: PropertyChange): proto.PropertyDiff.Kind {
  const { Kind } = proto.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  return kinds[kind][replaces ? 1 : 0];
}

function regional(type: ResourceType, aws: Aws, actual: Values): Values {
  return type.regional ? { ...actual, region: aws.region } : actual;
}

/** `urn:pulumi:stack::project::parent$type::name`: the last of the types is the resource's own. */
function typeOf(request: { getUrn(): string }): ResourceType {
  return resourceType(request.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
}

function nameOf(request: { getUrn(): string }): string {
  return request.getUrn().split("::").slice(3).join("::");
}
