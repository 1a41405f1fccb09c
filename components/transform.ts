import * as pulumi from "@pulumi/pulumi";

/*
 * The last word of whoever uses a component: each of its child resources can be had with other arguments, or other options, than
 * the component gives it.
 */

/** Looks at the arguments and options that a child is about to be made with; what it returns is laid over the arguments. */
export type TransformFunction<Args> = (
  args: Args,
  opts: pulumi.CustomResourceOptions,
  name: string,
) => Partial<Args> | void;

/**
 * How one child resource is to differ.
 *
 * An object is laid over the component's arguments: each argument that it has stands whole in place of the component's, nested
 * values included, and one that is `undefined` is taken away.
 * @example { description: "Evidence of the audit department" }
 *
 * A function gets the final arguments (Inputs, so an Output among them is still one) and options, which are its own to change, and
 * the child's name. What it returns, if anything, is laid over in the same way.
 * @example (args, opts) => { args.deletionWindowInDays = 30; opts.protect = true; }
 */
export type Transform<Args> = Partial<Args> | TransformFunction<Args>;

/** Transforms of a component's children, each optional, by the role that the child has in it. */
export type Transforms<Children> = { readonly [Role in keyof Children]?: Transform<Children[Role]> };

/**
 * Makes a child resource as `new type(name, args, opts)` would, with what the component's user wants otherwise. It is the type of a
 * method, so that a maker of more children serves where some of them are made.
 */
export type MakeChild<Children> = {
  make<Role extends keyof Children, Child>(
    role: Role,
    type: new (name: string, args: Children[Role], opts: pulumi.CustomResourceOptions) => Child,
    name: string,
    args: Children[Role],
    opts: pulumi.CustomResourceOptions,
  ): Child;
}["make"];

/**
 * Checks a component's transforms and gives the function that makes its children, transformed.
 *
 * @param component Its class and name, for errors. @example "ReportKey report-key"
 * @param roles All members that the transforms may have.
 * @throws if a member is of no child, or neither an object nor a function; when a child is made, if a function gives anything but
 * arguments.
 * @example const make = childMaker<ReportKeyChildren>(`ReportKey ${name}`, ["key", "alias"], args.transform);
 *   const key = make("key", aws.kms.Key, name, { policy }, { parent: this });
 */
export function childMaker<Children>(
  component: string,
  roles: readonly (keyof Children & string)[],
  transforms: Transforms<Children> = {},
): MakeChild<Children> {
  const refuse = (what: string): never => {
    throw new Error(`${component}: ${what}`);
  };
  if (!isArguments(transforms)) refuse(`transform must be an object with any of ${roles.join(", ")}`);
  for (const [role, transform] of Object.entries(transforms)) {
    if (!roles.some((known) => known === role)) {
      refuse(`transform has no member ${role}, only ${roles.join(", ")}`);
    }
    if (transform !== undefined && typeof transform !== "function" && !isArguments(transform)) {
      refuse(`transform.${role} must be an object of arguments, or a function`);
    }
  }
  return (role, type, name, args, opts) => {
    const transform = transforms[role];
    if (typeof transform !== "function") return new type(name, { ...args, ...transform }, opts);
    const own = { args: { ...args }, opts: { ...opts } };
    const over: unknown = transform(own.args, own.opts, name);
    if (over !== undefined && !isArguments(over)) {
      refuse(
        `transform.${String(role)} must return an object of arguments, or nothing; it cannot be asynchronous, ` +
          "but an argument may be an Output or a promise",
      );
    }
    return new type(name, { ...own.args, ...(over as Partial<typeof args> | undefined) }, own.opts);
  };
}

/** Whether a value can be laid over arguments: promises and Outputs are objects too, and hold none. */
function isArguments(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Promise) &&
    !pulumi.Output.isInstance(value)
  );
}
