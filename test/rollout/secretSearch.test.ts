import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import { parquetWriteBuffer } from "hyparquet-writer";
import { zipOf } from "../../emulation/provider/archive";
import { ARCHIVE_SIGNATURE, SIGNATURE_KEY } from "../../emulation/provider/wire";
import { findSecrets } from "../support/secretSearch";

const VALUE = 'Marked/secret+"value"=<1>&';
const SECRET = { name: "password", value: VALUE };
const around = (text: string): string => `before ${text} after`;
const json = (value: unknown): string => JSON.stringify({ message: value });

/** The tests that nothing secret leaks are worth as much as what this finds. */
describe("the search for secrets", () => {
  const zip = async (text: string): Promise<Buffer> => {
    const asset = { [SIGNATURE_KEY]: "asset", text };
    return zipOf({ [SIGNATURE_KEY]: ARCHIVE_SIGNATURE, assets: { "a/b.txt": asset, "c.txt": asset } }, ".");
  };
  const base64 = (offset: number): string => Buffer.from(`${"x".repeat(offset)}${VALUE} and more`).toString("base64");
  const leaks: Record<string, () => string | Uint8Array | Promise<string | Uint8Array>> = {
    "as it is": () => around(VALUE),
    "in JSON": () => json(VALUE),
    "in JSON within JSON": () => json(json(VALUE)),
    "in JSON within JSON within JSON": () => json(json(json(VALUE))),
    "in a URL": () => `https://example.com/?q=${encodeURIComponent(VALUE)}`,
    "in a URL with small letters": () => encodeURIComponent(VALUE).replace(/%../g, (code) => code.toLowerCase()),
    "in a form": () => new URLSearchParams({ q: VALUE }).toString(),
    "in HTML": () =>
      `<p>${VALUE.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c] ?? "&quot;")}</p>`,
    "in HTML by numbers": () => VALUE.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`),
    "in base64": () => around(base64(0)),
    "in base64, one byte on": () => around(base64(1)),
    "in base64, two bytes on": () => around(base64(2)),
    "in base64 for URLs": () => Buffer.from(`?>${VALUE}?>`).toString("base64url"),
    "in base64 of base64": () => Buffer.from(base64(1)).toString("base64"),
    "in base64 of JSON": () => Buffer.from(json(VALUE)).toString("base64"),
    "in hexadecimal": () => around(Buffer.from(VALUE).toString("hex")),
    "in sixteen bits a character": () => Buffer.from(VALUE, "utf16le"),
    "in gzip": () => gzipSync(json(VALUE)),
    "in gzip, twice": () => gzipSync(gzipSync(VALUE)),
    "in zlib": () => deflateSync(around(VALUE)),
    "in a page, packed": () =>
      `<script>const rows = "${deflateRawSync(json(VALUE).repeat(3)).toString("base64")}"</script>`,
    "in a zip": () => zip(around(VALUE)),
    "in Parquet": () =>
      new Uint8Array(
        parquetWriteBuffer({ columnData: [{ name: "user", data: Array(50).fill(VALUE), type: "STRING" }] }),
      ),
  };
  for (const [how, leak] of Object.entries(leaks)) {
    it(`finds one ${how}`, async () => {
      expect(await findSecrets([{ where: "there", bytes: await leak() }], [SECRET])).to.deep.equal([
        "password in there",
      ]);
    });
  }

  it("finds nothing where there is nothing, in whatever it is packed", async () => {
    const innocent = 'Marked/secret+"value"=<2>&';
    const places = [
      around(innocent),
      json(json(innocent)),
      base64(0).slice(8),
      gzipSync(innocent),
      await zip(innocent),
    ];
    const named = places.map((bytes, index) => ({ where: String(index), bytes }));
    expect(await findSecrets(named, [SECRET])).to.deep.equal([]);
  });

  it("refuses to look for what stands in any text", async () => {
    const error: unknown = await findSecrets([], [{ name: "short", value: "ab" }]).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(Error);
  });
});
