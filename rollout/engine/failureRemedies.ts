/** What to do about a failure, told by what the engine, its plug-in or AWS said. */
interface Rule {
  says: RegExp;
  remedy: string | ((match: RegExpExecArray) => string);
}

const SIGN_IN = "Sign in again (aws sso login, or AWS_PROFILE), and check who you are: aws sts get-caller-identity";
const AGAIN = "then run it again; it goes on where it stopped";

/** The first that fits counts: special cases first. */
const RULES: readonly Rule[] = [
  {
    says: /policy pack "?[^\n]*failed to start[^\n]*not supported|no analyzer plugin 'policy-/,
    remedy:
      "This engine has no language host that runs policy packs: install the Pulumi CLI, which brings one (https://www.pulumi.com/docs/install/), " +
      "or give --policy an executable that serves the pack",
  },
  {
    says: /policy pack's dependencies are not installed|failed to start[\s\S]*Cannot find module/,
    remedy: "Install the packages of the pack: npm ci, in its folder",
  },
  {
    says: /validating policy config|reconciling policy config|does not support config/,
    remedy: "Correct the file of --policy-config; the settings of this project's rules are in docs/policy.md",
  },
  {
    says: /failed to load Pulumi policy project|policy pack [^\n]*failed to start|policy pack not found/,
    remedy:
      "Check that the pack runs by itself (pulumi preview --policy-pack DIR), and that its packages are installed",
  },
  {
    says: /service control policy/i,
    remedy: `A service control policy of the organization forbids it: except the role that deploys there, ${AGAIN}`,
  },
  {
    says: /permissions boundary/i,
    remedy: `The permissions boundary of the role that deploys forbids it: widen it, ${AGAIN}`,
  },
  {
    says: /IAM Role \((arn:[^)]+)\) cannot be assumed|sts:AssumeRole on resource: (arn:\S+)|role (arn:\S+) [^\n]*AssumeRole/,
    remedy: ([, ...roles]) =>
      `Check that the role ${roles.find(Boolean)} exists, and that its trust policy lets your credentials in (aws sts get-caller-identity). ` +
      "It is the role of aws:assumeRoles in Pulumi.STACK.yaml, in member accounts that of deployRoleName",
  },
  {
    says: /\bAssumeRole\b/,
    remedy:
      "Check that the roles of aws:assumeRoles (in member accounts that of deployRoleName) exist, and that each trusts the one before it",
  },
  {
    says: /account ID not allowed|not among (the )?allowed|allowedAccountIds/i,
    remedy:
      "The credentials lead to another account than aws:allowedAccountIds of the stack: correct that, or aws:assumeRoles",
  },
  {
    says: /BucketAlreadyOwnedByYou/,
    remedy:
      "The account has a bucket of that name, which is not this stack's: choose another bucketName (in Pulumi.security.yaml and Pulumi.logarchive.yaml), or import it (pulumi import)",
  },
  {
    says: /BucketAlreadyExists/,
    remedy:
      "Names of buckets are shared by all of AWS, and somebody has this one: choose another bucketName, the same in Pulumi.security.yaml and Pulumi.logarchive.yaml",
  },
  { says: /BucketNotEmpty/, remedy: `Empty the bucket, all versions included, ${AGAIN}` },
  {
    says: /kms[\s\S]*AlreadyExistsException|AlreadyExistsException[\s\S]*alias\//i,
    remedy:
      "Choose another keyAlias in Pulumi.security.yaml, or delete the alias if nothing uses it (aws kms delete-alias --alias-name NAME)",
  },
  {
    says: /MalformedPolicy(Document)?(Exception)?|invalid principal/i,
    remedy:
      "Most often a policy names a role or an account that does not exist: check readerRoleArns and the account ids in Pulumi.*.yaml",
  },
  {
    says: /EntityAlreadyExists/,
    remedy:
      "A role of that name is there, which is not this stack's: remove it, or choose another collectorRoleName or memberRoleName, the same in every Pulumi.*.yaml",
  },
  {
    says: /ReservedConcurrentExecutions|UnreservedConcurrentExecution/,
    remedy: `Raise the quota of concurrent executions in that account (Service Quotas, AWS Lambda), ${AGAIN}`,
  },
  {
    says: /ResourceConflictException|ResourceAlreadyExistsException|AlreadyExistsException|is already (created|taken)/,
    remedy:
      "Something of that name is there, which is not this stack's: remove it, import it (pulumi import), or choose another name (functionName, analysisDatabase, analysisWorkgroup, stackSetName)",
  },
  {
    says: /ConcurrentModification|OperationAborted|OperationInProgress|TooManyUpdates|ConcurrentUpdate/,
    remedy: "Something else is changing the same thing: wait until that is done, then run it again",
  },
  {
    says: /LimitExceeded|QuotaExceeded|TooManyBuckets/,
    remedy: `Raise the quota in that account (Service Quotas), or remove what is not needed there, ${AGAIN}`,
  },
  {
    says: /Throttl|TooManyRequests|SlowDown|Rate exceeded|RequestLimitExceeded/i,
    remedy: "Run it again, with fewer stacks at the same time: --parallel 2",
  },
  {
    says: /ExpiredToken|token[^\n]* (is|has) expired|SSO session|RequestExpired/i,
    remedy: `Your credentials have expired. ${SIGN_IN}`,
  },
  {
    says: /InvalidClientTokenId|UnrecognizedClient|AuthFailure|security token included in the request is invalid|RegionDisabled|not enabled/i,
    remedy: `AWS does not know your credentials there. Where the Region is one that has to be enabled, do that in the account first (aws account enable-region). Else: ${SIGN_IN}`,
  },
  {
    says: /no valid credential sources|NoCredentialProviders|failed to refresh cached credentials|could not (load|find) credentials|no EC2 IMDS role/i,
    remedy: SIGN_IN,
  },
  {
    says: /KMSInvalidState|is pending deletion|DisabledException/,
    remedy: "Enable the key, or cancel its deletion (aws kms cancel-key-deletion), in the account of the key",
  },
  {
    says: /not authorized to perform:? ([\w-]+:\w+)/,
    remedy: ([, action]) =>
      `Allow ${action} to the role that deploys (the last of aws:assumeRoles of the stack), or deploy with another`,
  },
  {
    says: /AccessDenied|Forbidden|not authorized|UnauthorizedOperation/i,
    remedy: "Allow it to the role that deploys (the last of aws:assumeRoles of the stack), or deploy with another",
  },
  {
    says: /(marked for protection|is protected|resource .* cannot be deleted)/i,
    remedy:
      "The key and the bucket that hold the evidence are protected, and were left as they are. To have others made, see docs/rollout.md (Replacing the evidence store); " +
      "to remove them with all evidence: destroy --delete-evidence",
  },
  {
    says: /no resource plugin|(could not|failed to) (find|download|install|load)[^\n]* plugin|plugin[^\n]* (not found|not installed)/i,
    remedy:
      "Let the engine fetch its plug-in (get.pulumi.com and github.com, through HTTPS_PROXY where there is one), or install it: pulumi plugin install",
  },
  {
    says: /incorrect passphrase|passphrase must be set|PULUMI_CONFIG_PASSPHRASE/,
    remedy: "Set PULUMI_CONFIG_PASSPHRASE (or _FILE) to the passphrase that the stack was made with",
  },
  {
    says: /stack is (currently )?locked|another update of this stack/i,
    remedy:
      "Wait for it; if there is none, let go of the stack: pulumi cancel NAME, in the folder of the project, then run it again",
  },
  {
    says: /no such host|dial tcp|i\/o timeout|TLS handshake|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|connection re(fused|set)|request send failed|x509/i,
    remedy:
      "AWS cannot be reached: check the network, the proxy (HTTPS_PROXY) and the name of the Region (aws:region), then run it again",
  },
];

/** What to do, or undefined where nobody knows better than the message. */
export function remedyOf(text: string): string | undefined {
  for (const { says, remedy } of RULES) {
    const match = says.exec(text);
    if (match) return typeof remedy === "string" ? remedy : remedy(match);
  }
  return undefined;
}
