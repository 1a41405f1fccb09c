import {
  CloudFormationClient,
  CreateStackSetCommand,
  DescribeStackSetCommand,
  type CallAs,
} from "@aws-sdk/client-cloudformation";
import {
  CreateOrganizationalUnitCommand,
  DeregisterDelegatedAdministratorCommand,
  DescribeOrganizationCommand,
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  ListAccountsCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  ListDelegatedServicesForAccountCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  RegisterDelegatedAdministratorCommand,
  type OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { expect } from "chai";
import { emulatedAws, errorName, type Credentials, type EmulatedAws } from "./emulatedAws";

const [MANAGEMENT, DELEGATED, OTHER, OUTSIDE] = ["111122223333", "222233334444", "333344445555", "999988887777"];
const STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com";
const SERVICE = "access-analyzer.amazonaws.com";

// The steps of one story: each goes on from what the one before it left.
describe("emulated delegated administrators", function () {
  this.timeout(60_000);
  let aws: EmulatedAws;
  let management: OrganizationsClient;
  let delegated: OrganizationsClient;
  const root = (accountId: string): Credentials => ({ accessKeyId: accountId, secretAccessKey: "test" });
  const registering = (AccountId: string, ServicePrincipal: string): Promise<string> =>
    errorName(management.send(new RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal })));
  const listed = async (ServicePrincipal?: string): Promise<(string | undefined)[]> => {
    const answer = await delegated.send(new ListDelegatedAdministratorsCommand({ ServicePrincipal }));
    return (answer.DelegatedAdministrators ?? []).map(({ Id }) => Id);
  };
  const stackSet = (accountId: string, CallAs: CallAs): Promise<string> => {
    const { endpoint } = aws.emulator;
    const client = new CloudFormationClient({ endpoint, region: aws.plan.region, credentials: root(accountId) });
    const TemplateBody = JSON.stringify({ Resources: {} });
    const PermissionModel = "SERVICE_MANAGED";
    const request = { StackSetName: `of-${accountId}`, PermissionModel, TemplateBody, CallAs } as const;
    return errorName(client.send(new CreateStackSetCommand(request)));
  };

  before(async () => {
    aws = await emulatedAws(5);
    management = aws.organizations(aws.deployer);
    delegated = aws.organizations(root(DELEGATED));
  });
  after(() => aws.remove());

  it("are none at first, and no member may list the organization", async () => {
    expect(await errorName(delegated.send(new ListAccountsCommand({})))).to.equal("AccessDeniedException");
    expect(await errorName(delegated.send(new DescribeOrganizationCommand({})))).to.equal("none");
    expect(await stackSet(DELEGATED, "DELEGATED_ADMIN")).to.equal("ValidationError");
  });

  it("are registered by the management account alone, for services with trusted access, and not itself", async () => {
    expect(await registering(DELEGATED, SERVICE)).to.equal("ConstraintViolationException");
    await management.send(new EnableAWSServiceAccessCommand({ ServicePrincipal: SERVICE }));
    const command = new RegisterDelegatedAdministratorCommand({ AccountId: DELEGATED, ServicePrincipal: SERVICE });
    expect(await errorName(delegated.send(command))).to.equal("AccessDeniedException");
    expect(await registering(MANAGEMENT, SERVICE)).to.equal("ConstraintViolationException");
    expect(await registering(OUTSIDE, SERVICE)).to.equal("AccountNotFoundException");
    expect(await registering(DELEGATED, SERVICE)).to.equal("none");
    expect(await registering(DELEGATED, SERVICE)).to.equal("AccountAlreadyRegisteredException");
  });

  it("may read the organization, whatever the service, and change nothing", async () => {
    const { Accounts } = await delegated.send(new ListAccountsCommand({}));
    expect(Accounts).to.have.length(5);
    for (const read of [
      new ListRootsCommand({}),
      new ListParentsCommand({ ChildId: DELEGATED }),
      new ListOrganizationalUnitsForParentCommand({ ParentId: "r-exam" }),
      new ListTagsForResourceCommand({ ResourceId: DELEGATED }),
      new ListAWSServiceAccessForOrganizationCommand({}),
    ]) {
      expect(await errorName(delegated.send(read as ListRootsCommand)), read.constructor.name).to.equal("none");
    }
    const change = new CreateOrganizationalUnitCommand({ ParentId: "r-exam", Name: "Mine" });
    expect(await errorName(delegated.send(change))).to.equal("AccessDeniedException");
    const other = aws.organizations(root(OTHER));
    expect(await errorName(other.send(new ListAccountsCommand({})))).to.equal("AccessDeniedException");
  });

  it("work on StackSets if they are of StackSets, as delegated administrators only", async () => {
    expect(await stackSet(DELEGATED, "DELEGATED_ADMIN")).to.equal("ValidationError");
    expect(await listed(STACK_SETS)).to.deep.equal([]);
    expect(await registering(DELEGATED, STACK_SETS)).to.equal("none");
    expect(await listed(STACK_SETS)).to.deep.equal([DELEGATED]);
    expect(await listed()).to.deep.equal([DELEGATED]);
    expect(await stackSet(DELEGATED, "SELF")).to.equal("ValidationError");
    expect(await stackSet(MANAGEMENT, "DELEGATED_ADMIN")).to.equal("ValidationError");
    expect(await stackSet(DELEGATED, "DELEGATED_ADMIN")).to.equal("none");
    const owner = new CloudFormationClient({
      endpoint: aws.emulator.endpoint,
      region: aws.plan.region,
      credentials: root(MANAGEMENT),
    });
    const found = await owner.send(new DescribeStackSetCommand({ StackSetName: `of-${DELEGATED}` }));
    expect(found.StackSet?.StackSetARN, "it is the management account's").to.contain(`:${MANAGEMENT}:stackset/`);
  });

  it("are kept across restarts, until they are deregistered", async () => {
    aws = await aws.restarted();
    management = aws.organizations(aws.deployer);
    delegated = aws.organizations(root(DELEGATED));
    const services = await delegated.send(new ListDelegatedServicesForAccountCommand({ AccountId: DELEGATED }));
    expect(services.DelegatedServices?.map(({ ServicePrincipal }) => ServicePrincipal)).to.have.members([
      SERVICE,
      STACK_SETS,
    ]);
    for (const ServicePrincipal of [SERVICE, STACK_SETS]) {
      await management.send(new DeregisterDelegatedAdministratorCommand({ AccountId: DELEGATED, ServicePrincipal }));
    }
    expect(await errorName(listed())).to.equal("AccessDeniedException");
    await management.send(new DisableAWSServiceAccessCommand({ ServicePrincipal: STACK_SETS }));
    expect(await stackSet(MANAGEMENT, "SELF"), "without trusted access").to.equal("ValidationError");
  });

  it("are not for an account outside: Organizations is not in use there", async () => {
    const outside = aws.organizations(root(OUTSIDE));
    for (const command of [new DescribeOrganizationCommand({}), new ListAccountsCommand({})]) {
      expect(await errorName(outside.send(command))).to.equal("AWSOrganizationsNotInUseException");
    }
  });
});
