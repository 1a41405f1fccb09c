import { createHash } from "node:crypto";
import { Contrib, Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";
import parseExpression from "spdx-expression-parse";
import { identityOf, type BundledPackage, type Composition } from "./composition";

/** The project itself, as its package.json has it. */
export interface Described {
  name: string;
  version: string;
  description: string;
  license: string;
}

/** Name space of the properties that are this project's own. */
const OWN = "iam-credential-reports";

/**
 * The software bill of materials of the function's bundle: CycloneDX 1.6 in JSON. It follows from the bundle alone: no time, and a serial
 * number made of the bundle's hash.
 *
 * https://cyclonedx.org/docs/1.6/json/
 *
 * @param tools What built the bundle, by name and version.
 * @param facts More numbers about the bundle, which become properties of it.
 */
export function cycloneDx(
  composition: Composition,
  project: Described,
  tools: Readonly<Record<string, string>>,
  facts: Readonly<Record<string, number>> = {},
): string {
  const licenses = new Contrib.License.Factories.LicenseFactory(parseExpression);
  const licensed = (license: string): Models.LicenseRepository =>
    new Models.LicenseRepository(license === "" ? [] : [licenses.makeFromString(license)]);
  const properties = (values: Record<string, number>): Models.PropertyRepository =>
    new Models.PropertyRepository(
      Object.entries(values).map(([name, value]) => new Models.Property(`${OWN}:${name}`, String(value))),
    );

  const components = new Map(
    composition.packages.map((one) => [
      identityOf(one),
      componentOf(one, licensed(one.license), properties({ bytesInBundle: one.bytes })),
    ]),
  );
  const refs = (identities: readonly string[]): Models.BomRefRepository =>
    new Models.BomRefRepository(identities.flatMap((identity) => components.get(identity)?.bomRef ?? []));
  for (const one of composition.packages) {
    const component = components.get(identityOf(one));
    if (component) component.dependencies = refs(one.uses);
  }

  const root = new Models.Component(Enums.ComponentType.Application, project.name, {
    bomRef: identityOf(project),
    version: project.version,
    description: project.description,
    licenses: licensed(project.license),
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm["SHA-256"], composition.sha256]]),
    properties: properties({ bundleBytes: composition.bytes, packagesInBundle: composition.packages.length, ...facts }),
    dependencies: refs(composition.uses),
  });
  const bom = new Models.Bom({
    serialNumber: serialNumber(composition.sha256),
    components: new Models.ComponentRepository(components.values()),
    metadata: new Models.Metadata({ component: root, tools: toolsOf(tools) }),
  });
  const normalizer = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(normalizer).serialize(bom, { sortLists: true, space: 2 });
}

function componentOf(
  { name, version, integrity }: BundledPackage,
  licenses: Models.LicenseRepository,
  properties: Models.PropertyRepository,
): Models.Component {
  const [scope, bare] = name.startsWith("@") ? (name.split("/") as [string, string]) : [undefined, name];
  const [algorithm = "", digest = ""] = integrity.split("-");
  return new Models.Component(Enums.ComponentType.Library, bare, {
    bomRef: identityOf({ name, version }),
    group: scope,
    version,
    purl: new PackageURL("npm", scope, bare, version, undefined, undefined).toString(),
    hashes: new Models.HashDictionary([
      [
        algorithm.toUpperCase().replace("SHA", "SHA-") as Enums.HashAlgorithm,
        Buffer.from(digest, "base64").toString("hex"),
      ],
    ]),
    licenses,
    properties,
  });
}

function toolsOf(tools: Readonly<Record<string, string>>): Models.Tools {
  const components = Object.entries(tools).map(
    ([name, version]) => new Models.Component(Enums.ComponentType.Application, name, { version }),
  );
  return new Models.Tools({ components: new Models.ComponentRepository(components) });
}

/** A UUID made of a hash, of the version that RFC 9562 leaves to the maker. */
function serialNumber(sha256: string): string {
  const bytes = createHash("sha256").update(`${OWN}:${sha256}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `urn:uuid:${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")}`;
}
