import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { manifestSigningKeyPolicy } from "./manifestSigningKeyPolicy";
import { providerContext } from "./providerContext";
import type { ReportKeyArgs } from "./reportKey";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link ManifestSigningKey}, with their arguments. */
export interface ManifestSigningKeyChildren {
  key: aws.kms.KeyArgs;
  alias: aws.kms.AliasArgs;
}

/** Arguments of {@link ManifestSigningKey}. */
export interface ManifestSigningKeyArgs extends Pick<
  ReportKeyArgs,
  "collectorAccountId" | "collectorRoleName" | "collectorRolePath" | "readerRoleArns" | "deletionWindowInDays" | "tags"
> {
  /** Name of the alias, without `alias/`. @example "iam-credential-reports-signing" */
  alias: pulumi.Input<string>;
  /**
   * Leave the key in AWS when it is taken out of the stack: the signatures that it made are checked with it as long as the
   * evidence is kept.
   */
  retain: boolean;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<ManifestSigningKeyChildren>;
}

/**
 * The asymmetric key of the security account that signs manifests: whoever could write to the bucket, and its owner too, still
 * cannot make a manifest that passes for the collector's.
 *
 * @example new ManifestSigningKey("signing-key", { alias: "iam-credential-reports-signing", … })
 */
export class ManifestSigningKey extends pulumi.ComponentResource {
  /** ARN of the key, for the collector. */
  readonly signingKeyArn: pulumi.Output<string>;
  /** The public key in PEM, to be saved and to verify with when there is no AWS. */
  readonly publicKey: pulumi.Output<string>;

  constructor(name: string, args: ManifestSigningKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:ManifestSigningKey", name, {}, opts);
    const make = childMaker<ManifestSigningKeyChildren>(`ManifestSigningKey ${name}`, ["key", "alias"], args.transform);
    const context = pulumi.output(providerContext({ parent: this }));
    const policy = pulumi
      .all([context, args.collectorAccountId, args.collectorRoleName, args.collectorRolePath, args.readerRoleArns])
      .apply(([where, collectorAccountId, collectorRoleName, collectorRolePath, readerRoleArns]) =>
        JSON.stringify(
          manifestSigningKeyPolicy({
            partition: where.partition,
            securityAccountId: where.accountId,
            collectorAccountId,
            collectorRoleName,
            collectorRolePath,
            readerRoleArns,
          }),
        ),
      );
    const key = make(
      "key",
      aws.kms.Key,
      name,
      {
        description: "Signs the manifests of the IAM credential reports of the organization",
        customerMasterKeySpec: "ECC_NIST_P256",
        keyUsage: "SIGN_VERIFY",
        deletionWindowInDays: args.deletionWindowInDays,
        policy,
        tags: args.tags,
      },
      { parent: this, retainOnDelete: args.retain },
    );
    make(
      "alias",
      aws.kms.Alias,
      name,
      { name: pulumi.interpolate`alias/${args.alias}`, targetKeyId: key.keyId },
      { parent: this },
    );
    this.signingKeyArn = key.arn;
    this.publicKey = aws.kms.getPublicKeyOutput({ keyId: key.arn }, { parent: this }).publicKeyPem;
    this.registerOutputs({ signingKeyArn: this.signingKeyArn, publicKey: this.publicKey });
  }
}
