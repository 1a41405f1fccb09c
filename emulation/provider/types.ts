import type { Aws } from "./clients";
import type { Json, Tags, Values } from "./values";

export type { Json, Tags, Values } from "./values";

/** How one input property behaves; the names are those of `@pulumi/aws`. */
export interface PropertyRule {
  /** The program has to set it. */
  required?: true;
  /** Another value means another resource. */
  replaces?: true;
  /** What AWS does when the program says nothing. Without it, silence accepts whatever AWS has. */
  fallback?: Json;
  /** Whether two values mean the same to AWS; equality of JSON unless given. */
  same?: (one: Json, other: Json) => boolean;
}

/**
 * One resource type of the stand-in: its properties and its conversation with AWS.
 *
 * The properties `region` and `tags` are added by `regional` and `tagged`.
 */
export interface ResourceType<Inputs extends Values = Values> {
  properties: { [property in keyof Inputs]-?: PropertyRule };
  /** Takes the optional `region` of version 7 of the provider; its outputs always say the Region. */
  regional: boolean;
  /** Takes `tags`; its outputs say `tagsAll` too. */
  tagged: boolean;
  /** What the emulator cannot hold twice: a replacement that keeps these has to delete first. */
  identity: readonly (string & keyof Inputs)[];
  /** The property that gets a name of its own when the program gives none, and the longest name that AWS takes. */
  naming?: { property: string & keyof Inputs; maxLength: number };
  /** Outputs that are known only once the resource exists. */
  computed: readonly string[];
  /** Outputs among `computed` that an update may change. */
  volatile?: readonly string[];
  /** Makes the resource and answers its id. */
  create(aws: Aws, inputs: Tagged<Inputs>): Promise<string>;
  /**
   * Brings the settings of an existing resource to the inputs. Runs after `create`, where `before` is undefined, and at
   * every update. A failure after `create` leaves the resource in the stack, to be mended by the next update.
   */
  configure?(aws: Aws, id: string, inputs: Tagged<Inputs>, before: Tagged<Inputs> | undefined): Promise<void>;
  /**
   * What AWS has now, or undefined when the resource is gone. A property that is left out keeps its recorded value; one
   * that is present but undefined is gone.
   */
  read(aws: Aws, id: string, recorded: Tagged<Inputs> & Values): Promise<Values | undefined>;
  /** Deletes the resource; an error that says "not found" counts as done. */
  delete(aws: Aws, id: string, recorded: Tagged<Inputs> & Values): Promise<void>;
}

/** Inputs with the two properties that the core adds. */
export type Tagged<Inputs> = Inputs & { tags?: Tags; region?: string };

/** A function of the provider, such as `getCallerIdentity`. */
export type InvokeFunction = (aws: Aws, args: Values) => Promise<Values>;
