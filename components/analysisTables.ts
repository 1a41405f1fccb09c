import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { PARTITION_KEY, projection, type TableDefinition } from "../report/queries/tables";

/** Days that are projected where evidence is kept for ever: ten years. */
const FOR_EVER_DAYS = 3653;

/**
 * A table of the Glue Data Catalog over one folder of the bucket.
 *
 * @param retentionDays As of the evidence: older days hold nothing, so none is projected; 0 is for ever.
 */
export function glueTable(
  table: TableDefinition,
  databaseName: pulumi.Input<string>,
  bucketName: pulumi.Input<string>,
  retentionDays: number,
): aws.glue.CatalogTableArgs {
  const location = pulumi.interpolate`s3://${bucketName}/${table.folder}/`;
  const { format } = table;
  return {
    name: table.name,
    databaseName,
    description: table.description,
    tableType: "EXTERNAL_TABLE",
    parameters: location.apply((found) => ({
      EXTERNAL: "TRUE",
      classification: format.classification,
      ...format.parameters,
      ...projection(found, retentionDays || FOR_EVER_DAYS),
    })),
    partitionKeys: [{ name: PARTITION_KEY.name, type: PARTITION_KEY.type }],
    storageDescriptor: {
      location,
      inputFormat: format.inputFormat,
      outputFormat: format.outputFormat,
      columns: table.columns.map(({ name, type }) => ({ name, type })),
      serDeInfo: { serializationLibrary: format.serde, parameters: { ...format.serdeParameters } },
    },
  };
}
