import path from "node:path";
import ts from "typescript";
import type { ComponentSchema, ObjectSchema, PackageSchema, PropertySchema } from "./schema";

/** Arguments that only TypeScript programs can give: functions are of no other language. */
const TYPESCRIPT_ONLY = new Set(["transform"]);
const LANGUAGES = ["nodejs", "python", "csharp", "java", "go"];

/** What the schema says besides the components. */
export type PackageFacts = Pick<PackageSchema, "name" | "version" | "description" | "license">;

/**
 * Reads the schema off the types and doc comments of the components: each class that a module exports, the interface of its
 * arguments, and its Outputs.
 *
 * Pulumi's own analyzer (`@pulumi/pulumi/provider/experimental`) refuses what makes the components pleasant in TypeScript: functions,
 * unions, `rate(…)` as a type. And it works whenever the package is started, for seconds and with some 700 MB, because it reads the
 * declarations of `@pulumi/aws` too.
 *
 * @param file The module, which exports nothing but components and types.
 * @throws if a type cannot be expressed, naming component and property
 */
export function schemaOf(file: string, facts: PackageFacts): PackageSchema {
  const program = programOf(file);
  const source = program.getSourceFile(file);
  const checker = program.getTypeChecker();
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is no module`);
  const reader = new TypeReader(checker, facts.name);
  const resources: Record<string, ComponentSchema> = {};
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declaration = symbol.valueDeclaration;
    if (!declaration || !ts.isClassDeclaration(declaration)) continue;
    resources[`${facts.name}:index:${symbol.name}`] = reader.component(symbol, declaration);
  }
  return {
    ...facts,
    resources,
    types: Object.fromEntries([...reader.types].sort(([a], [b]) => (a < b ? -1 : 1))),
    language: Object.fromEntries(LANGUAGES.map((language) => [language, { respectSchemaVersion: true }])),
  };
}

/** A program of the module that leaves the declarations of packages aside, but those of Pulumi's SDK. */
function programOf(file: string): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: [],
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const sdk = `${path.sep}@pulumi${path.sep}pulumi${path.sep}`.replaceAll(path.sep, "/");
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) =>
      text === "@pulumi/pulumi" || (text.startsWith(".") && (!from.includes("/node_modules/") || from.includes(sdk)))
        ? ts.resolveModuleName(text, from, options, host)
        : { resolvedModule: undefined },
    );
  return ts.createProgram([file], options, host);
}

/** Puts types into the schema's words. */
class TypeReader {
  /** Objects that properties refer to, by token. */
  readonly types = new Map<string, ObjectSchema>();

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly packageName: string,
  ) {}

  component(symbol: ts.Symbol, declaration: ts.ClassDeclaration): ComponentSchema {
    const [parameter] = declaration.members.filter(ts.isConstructorDeclaration).map(({ parameters }) => parameters[1]);
    if (!parameter?.type) throw new Error(`${symbol.name} has no constructor with arguments`);
    const inputs = this.checker.getTypeFromTypeNode(parameter.type).getProperties();
    const taken = this.object(
      symbol.name,
      inputs.filter(({ name }) => !TYPESCRIPT_ONLY.has(name)),
    );
    const outputs = declaration.members
      .filter(ts.isPropertyDeclaration)
      .flatMap(({ name }) => this.checker.getSymbolAtLocation(name) ?? []);
    return {
      isComponent: true,
      ...this.described(symbol),
      inputProperties: taken.properties,
      requiredInputs: taken.required,
      ...this.object(symbol.name, outputs),
    };
  }

  private object(owner: string, members: ts.Symbol[]): ObjectSchema {
    const properties: Record<string, PropertySchema> = {};
    const required: string[] = [];
    for (const member of members) {
      const [declaration] = member.declarations ?? [];
      if (!declaration || !(ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration))) continue;
      if (!declaration.type) throw new Error(`${owner}.${member.name} declares no type`);
      const of = `${owner}.${member.name}`;
      properties[member.name] = {
        ...this.property(of, this.checker.getTypeFromTypeNode(declaration.type)),
        ...this.described(this.checker.getSymbolAtLocation(declaration.name) ?? member),
      };
      if (!(member.flags & ts.SymbolFlags.Optional)) required.push(member.name);
    }
    return { type: "object", properties, required: required.sort() };
  }

  private described(symbol: ts.Symbol): { description?: string } {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
    const description = text
      .replace(/\{@link (\S+?)\s*\}/g, "`$1`")
      .replace(/\s+/g, " ")
      .trim();
    return description ? { description } : {};
  }

  /** @param plain Whether the value has to be known when the component is made. */
  private property(of: string, type: ts.Type, plain = true): PropertySchema {
    const later = innerOf(type, "Input") ?? innerOf(type, "Output");
    if (later) return this.property(of, later, false);
    const known = plain ? { plain } : {};
    if (type.isUnion() && !(type.flags & ts.TypeFlags.Boolean)) {
      const some = type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
      if (some.every(({ flags }) => flags & ts.TypeFlags.StringLike)) return { type: "string", ...known };
      throw new Error(`${of} is a union, which the schema does not know: ${this.checker.typeToString(type)}`);
    }
    if (type.flags & ts.TypeFlags.StringLike) return { type: "string", ...known };
    if (type.flags & ts.TypeFlags.NumberLike) return { type: "number", ...known };
    if (type.flags & ts.TypeFlags.BooleanLike) return { type: "boolean", ...known };
    if (this.checker.isArrayType(type)) {
      const [item] = this.checker.getTypeArguments(type as ts.TypeReference);
      if (item) return { type: "array", items: this.property(`${of}[]`, item), ...known };
    }
    const values = type.getStringIndexType();
    if (values) return { type: "object", additionalProperties: this.property(`${of}.*`, values), ...known };
    if (type.flags & ts.TypeFlags.Object && type.getCallSignatures().length === 0 && type.getProperties().length > 0) {
      return { $ref: this.reference(of, type), ...known };
    }
    throw new Error(`${of} cannot be expressed in the schema: ${this.checker.typeToString(type)}`);
  }

  /** Objects are named as their interface, or else after the property that takes them. */
  private reference(of: string, type: ts.Type): string {
    const symbol = type.getSymbol();
    const name = symbol && type.isClassOrInterface() ? symbol.name : of.split(".").map(capitalized).join("");
    const token = `${this.packageName}:index:${name.replaceAll("[]", "Item")}`;
    if (!this.types.has(token)) this.types.set(token, this.object(name, type.getProperties()));
    return `#/types/${token}`;
  }
}

/** `T` of `Input<T>` or `Output<T>`. */
function innerOf(type: ts.Type, alias: "Input" | "Output"): ts.Type | undefined {
  return type.aliasSymbol?.name === alias ? type.aliasTypeArguments?.[0] : undefined;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
