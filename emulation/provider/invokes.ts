import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import {
  DescribeOrganizationCommand,
  ListParentsCommand,
  paginateListAccounts,
  paginateListRoots,
  type Account,
} from "@aws-sdk/client-organizations";
import type { InvokeFunction, Values } from "./types";

/** The functions of the provider that the stand-in answers. */
export const INVOKES: Record<string, InvokeFunction> = {
  "aws:index/getCallerIdentity:getCallerIdentity": (aws) =>
    Promise.resolve({
      id: aws.caller.accountId,
      accountId: aws.caller.accountId,
      arn: aws.caller.arn,
      userId: aws.caller.userId,
    }),

  "aws:index/getPartition:getPartition": (aws) =>
    Promise.resolve({
      id: aws.partition,
      partition: aws.partition,
      dnsSuffix: aws.dnsSuffix,
      reverseDnsPrefix: aws.dnsSuffix.split(".").reverse().join("."),
    }),

  "aws:index/getRegion:getRegion": (aws, args) => {
    const asked = args.region ?? args.name;
    const region = typeof asked === "string" ? asked : aws.region;
    const endpoint = `ec2.${region}.${aws.dnsSuffix}`;
    return Promise.resolve({ id: region, region, name: region, description: region, endpoint });
  },

  "aws:index/getArn:getArn": (_aws, args) => {
    const arn = typeof args.arn === "string" ? args.arn : "";
    const [prefix, partition, service, region, account, ...resource] = arn.split(":");
    if (prefix !== "arn" || resource.length === 0) throw new Error(`"${arn}" is no ARN`);
    return Promise.resolve({ id: arn, arn, partition, service, region, account, resource: resource.join(":") });
  },

  "aws:kms/getPublicKey:getPublicKey": async (aws, args) => {
    const keyId = typeof args.keyId === "string" ? args.keyId : "";
    const answer = await aws.kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
    const publicKey = Buffer.from(answer.PublicKey ?? []).toString("base64");
    const lines = publicKey.match(/.{1,64}/g) ?? [];
    return {
      id: answer.KeyId,
      arn: answer.KeyId,
      keyId,
      region: aws.region,
      customerMasterKeySpec: answer.KeySpec,
      keyUsage: answer.KeyUsage,
      publicKey,
      publicKeyPem: ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n"),
      signingAlgorithms: answer.SigningAlgorithms ?? [],
      encryptionAlgorithms: answer.EncryptionAlgorithms ?? [],
    };
  },

  "aws:organizations/getEntityPath:getEntityPath": async (aws, args) => {
    const entityId = typeof args.entityId === "string" ? args.entityId : "";
    const { Organization: found } = await aws.organizations.send(new DescribeOrganizationCommand({}));
    const path = [entityId];
    while (!path[0]?.startsWith("r-")) {
      const { Parents = [] } = await aws.organizations.send(new ListParentsCommand({ ChildId: path[0] }));
      path.unshift(Parents[0]?.Id ?? "");
    }
    return { entityId, entityPath: [found?.Id, ...path].join("/") };
  },

  "aws:organizations/getOrganization:getOrganization": async (aws, args) => {
    const { Organization: found } = await aws.organizations.send(new DescribeOrganizationCommand({}));
    const only = args.returnOrganizationOnly === true;
    const accounts: Values[] = [];
    const roots: Values[] = [];
    if (!only) {
      for await (const page of paginateListAccounts({ client: aws.organizations }, {})) {
        accounts.push(...(page.Accounts ?? []).map(accountValues));
      }
      for await (const page of paginateListRoots({ client: aws.organizations }, {})) {
        roots.push(...(page.Roots ?? []).map((root) => ({ id: root.Id, arn: root.Arn, name: root.Name })));
      }
    }
    const managementId = found?.MasterAccountId;
    return {
      id: found?.Id,
      arn: found?.Arn,
      featureSet: found?.FeatureSet,
      masterAccountId: managementId,
      masterAccountArn: found?.MasterAccountArn,
      masterAccountEmail: found?.MasterAccountEmail,
      masterAccountName: accounts.find((account) => account.id === managementId)?.name ?? "",
      accounts,
      nonMasterAccounts: accounts.filter((account) => account.id !== managementId),
      roots,
      awsServiceAccessPrincipals: [],
      enabledPolicyTypes: [],
      returnOrganizationOnly: only,
    };
  },
};

/** `State` takes the place of `Status`; where there is one of them only, it stands for both. */
function accountValues(account: Account): Values {
  return {
    id: account.Id,
    arn: account.Arn,
    name: account.Name,
    email: account.Email,
    state: account.State ?? account.Status,
    status: account.Status ?? account.State,
    joinedMethod: account.JoinedMethod,
    joinedTimestamp: account.JoinedTimestamp?.toISOString(),
  };
}
