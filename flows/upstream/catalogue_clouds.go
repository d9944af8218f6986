package upstream

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// cloudKinds are the registries that cloud providers rent out, besides the two
// in dockerKinds.
var cloudKinds = []*Kind{
	{
		ID:    "ecr-public",
		Title: "Amazon ECR Public",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("public.ecr.aws", "ecr-public.aws.com") },
		User: User{
			Proposal: "AWS",
			Help:     text.New("Always AWS, in capital letters."),
			Check:    onlyUser("Amazon ECR Public", "AWS"),
		},
		TokenHelp: text.New("Run `aws ecr-public get-login-password --region us-east-1`. The password works for " +
			"12 hours. Images can also be pulled without one, at a lower rate."),
		Check: func(_ string, token []byte, c clock) []check.Finding {
			if until, ok := ecrExpiry(token); ok {
				return []check.Finding{c.ends(until)}
			}
			return []check.Finding{c.lives(text.New("an Amazon ECR password"), 12*time.Hour)}
		},
		Seen:  text.New("When the stored password expires, pulls fail; Artifact Registry doesn't go on without one."),
		Trial: byRegistry,
	},
	{
		ID:    "codeartifact",
		Title: "AWS CodeArtifact",
		Match: func(t Target) bool {
			return strings.Contains(t.host(), ".d.codeartifact.") && t.on(".amazonaws.com", ".amazonaws.com.cn", ".on.aws")
		},
		User: User{
			Proposal: "aws",
			Help:     text.New("Always aws, in lower case."),
			Check:    onlyUser("AWS CodeArtifact", "aws"),
		},
		TokenHelp: text.New("Run `aws codeartifact get-authorization-token --domain DOMAIN --domain-owner " +
			"ACCOUNT --region REGION --query authorizationToken --output text` with the permissions " +
			"codeartifact:GetAuthorizationToken, codeartifact:ReadFromRepository and " +
			"sts:GetServiceBearerToken. The token works for 12 hours at most; pulls fail after that " +
			"unless something renews it."),
		Check: func(_ string, token []byte, c clock) []check.Finding {
			if _, ok := jwtExpiry(token); ok {
				return nil // its own date says more
			}
			return []check.Finding{c.lives(text.New("an AWS CodeArtifact token"), 12*time.Hour)}
		},
		Seen: text.New("One remote repository reads one CodeArtifact repository in one format, until the stored " +
			"token expires."),
		Trial: byProtocol,
	},
	{
		ID:    "azure-artifacts",
		Title: "Azure Artifacts",
		Match: func(t Target) bool { return t.on("pkgs.dev.azure.com", ".pkgs.visualstudio.com") },
		User: User{
			Help: text.New("Any name, such as your organization's. Azure Artifacts checks only the token."),
		},
		TokenHelp: text.New("A personal access token with the scope Packaging (Read): " +
			"https://dev.azure.com/ORGANIZATION/_usersSettings/tokens. It lasts a year at most. Give it as Azure " +
			"DevOps showed it, not in base64 as in .npmrc."),
		Shapes: []Shape{
			{Name: text.New("an Azure DevOps personal access token"), Like: regexp.MustCompile(`^([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[a-z2-7]{52})$`).Match, Common: true},
		},
		Otherwise: text.New("It may be a password, which Azure Artifacts no longer accepts"),
		Seen:      text.New("One remote repository reads one feed in one format. Connect to feed shows its address."),
		Trial:     byProtocol,
	},
	{
		ID:    "oracle-ocir",
		Title: "Oracle Cloud Infrastructure Registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && t.on("ocir.io", ".ocir.io", ".oci.oraclecloud.com")
		},
		User: User{
			Help: text.New("TENANCY-NAMESPACE/USER, or TENANCY-NAMESPACE/oracleidentitycloudservice/MAIL for a " +
				"federated user. In another identity domain, its name goes in the middle."),
			Check: func(username string) []check.Finding {
				if strings.Contains(username, "/") {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("The user name needs the tenancy's namespace in front, as in acme/jane or " +
						"acme/oracleidentitycloudservice/jane@example.com"),
					Why: text.New("Oracle's registry identifies users by tenancy and identity domain"),
				}}
			},
		},
		TokenHelp: text.New("An auth token, not the password: in Oracle's console, open your profile, Auth " +
			"tokens, Generate token. It works until you delete it, and a user can have two. The user needs " +
			"REPOSITORY_READ on the repositories (allow group … to read repos in tenancy)."),
		Passwords: true,
		Seen:      text.New("Image names start with the tenancy's namespace: REPOSITORY/NAMESPACE/IMAGE."),
		Trial:     byRegistry,
	},
	{
		ID:    "oracle-container-registry",
		Title: "Oracle Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("container-registry.oracle.com") },
		User: User{
			Help: text.New("The email address of your Oracle account."),
		},
		TokenHelp: text.New("An auth token, not the password: sign in at https://container-registry.oracle.com, " +
			"open the menu with your name and choose Auth Token. Accept the license of each repository there, too."),
		Passwords: true,
		Trial:     byRegistry,
	},
	{
		ID:    "ibm-entitled",
		Title: "IBM Entitled Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("cp.icr.io", "cp.stg.icr.io") },
		User: User{
			Proposal: "cp",
			Help:     text.New("Always cp, whoever has the entitlement."),
			Check:    onlyUser("IBM Entitled Registry", "cp"),
		},
		TokenHelp: text.New("An entitlement key: https://myibm.ibm.com/products-services/containerlibrary, " +
			"Entitlement keys. It belongs to the person whose IBMid has the entitlement."),
		Trial: byRegistry,
	},
	{
		ID:    "ibm",
		Title: "IBM Cloud Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("icr.io", ".icr.io") },
		User: User{
			Proposal: "iamapikey",
			Help: text.New("iamapikey for an API key, which lasts; iambearer for an IAM token, which expires " +
				"after an hour."),
			Check: func(username string) []check.Finding {
				switch username {
				case "iamapikey":
					return nil
				case "iambearer":
					return []check.Finding{{
						ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
						Says: text.New("This user name is for an IAM token, which works for an hour"),
						Why:  text.New("Use iamapikey and an API key, which last"),
					}}
				}
				return onlyUser("IBM Cloud Container Registry", "iamapikey")(username)
			},
		},
		TokenHelp: text.New("An API key of a service ID that has the role Reader on Container Registry: " +
			"https://cloud.ibm.com/iam/apikeys, or `ibmcloud iam service-api-key-create`. It works until you " +
			"delete it."),
		Seen:  text.New("Image names start with their namespace: REPOSITORY/NAMESPACE/IMAGE."),
		Trial: byRegistry,
	},
	{
		ID:    "yandex",
		Title: "Yandex Container Registry",
		Match: func(t Target) bool { return t.on("cr.yandex", "registry.yandexcloud.net", ".cr.cloud.yandex.net") },
		User: User{
			Proposal: "json_key",
			Help: text.New("json_key for a service account's key, api_key for its API key. oauth and iam go " +
				"with tokens that expire."),
			Check: func(username string) []check.Finding {
				switch username {
				case "json_key", "api_key":
					return nil
				case "oauth", "iam":
					return []check.Finding{{
						ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
						Says: text.New("This user name is for a token that expires: an IAM token after 12 hours, " +
							"an OAuth token after a year"),
						Why: text.New("Use json_key and a service account's key, which last"),
					}}
				}
				return onlyUser("Yandex Container Registry", "json_key")(username)
			},
		},
		TokenHelp: text.New("The whole JSON file of an authorized key: `yc iam key create --service-account-name " +
			"NAME --output key.json`. The service account needs the role container-registry.images.puller. Give " +
			"the file with --token-file key.json."),
		Shapes: []Shape{
			{Name: text.New("a Yandex IAM token"), Prefix: "t1.", Whole: regexp.MustCompile(`^t1\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_=-]{40,}$`), Lives: 12 * time.Hour},
		},
		Check: func(username string, token []byte, _ clock) []check.Finding {
			if username != "json_key" || bytes.HasPrefix(bytes.TrimSpace(token), []byte("{")) {
				return nil
			}
			return []check.Finding{{
				ID: "token", Code: check.TokenUnusual, Level: check.Warning,
				Says: text.New("With the user name json_key, the token is the whole JSON file of an authorized key"),
				Why:  text.New("This isn't JSON"),
			}}
		},
		Passwords: true,
		Seen:      text.New("Image names start with the registry's ID: REPOSITORY/REGISTRY-ID/IMAGE."),
		Trial:     byProtocol,
	},
	{
		ID:    "scaleway",
		Title: "Scaleway Container Registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && strings.HasPrefix(t.host(), "rg.") && t.on(".scw.cloud")
		},
		User: User{
			Proposal: "nologin",
			Help:     text.New("nologin. Scaleway checks only the secret key."),
		},
		TokenHelp: text.New("The secret key of an API key whose application has ContainerRegistryReadOnly: " +
			"https://console.scaleway.com/iam/api-keys. Choose No expiry, or renew it in time."),
		Passwords: true,
		Seen:      text.New("Image names start with their namespace: REPOSITORY/NAMESPACE/IMAGE."),
		Trial:     byRegistry,
	},
	{
		ID:    "digitalocean",
		Title: "DigitalOcean Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("registry.digitalocean.com") },
		User: User{
			Help: text.New("The email address of the account. DigitalOcean also accepts the token as user name, " +
				"but user names are stored in the clear."),
		},
		TokenHelp: text.New("A personal access token with the scope registry (read): " +
			"https://cloud.digitalocean.com/account/api/tokens. Or the output of `doctl registry docker-config " +
			"--expiry-seconds N`."),
		Shapes: []Shape{
			{Name: text.New("a DigitalOcean token"), Prefix: "dop_v1_", Whole: regexp.MustCompile(`^dop_v1_[0-9a-f]{64}$`)},
		},
		Passwords:  true,
		Companions: []string{"api.digitalocean.com"},
		Seen:       text.New("Image names start with the registry's name: REPOSITORY/REGISTRY/IMAGE."),
		Trial:      byRegistry,
	},
	{
		ID:    "alibaba",
		Title: "Alibaba Cloud Container Registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && (t.on(".cr.aliyuncs.com") || t.on(".aliyuncs.com") && strings.HasPrefix(t.host(), "registry"))
		},
		User: User{
			Help: text.New("The full name of the Alibaba Cloud account or RAM user, as in " +
				"jane@1234567890.onaliyun.com."),
			Check: func(username string) []check.Finding {
				if username != "cr_temp_user" {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
					Says: text.New("The user name %q is for a temporary password, which works for an hour", username),
					Why:  text.New("Set a permanent password for a RAM user instead"),
				}}
			},
		},
		TokenHelp: text.New("The registry's own password, not the account's: in the Container Registry console, " +
			"open the instance, Access Credential, Set Password."),
		Passwords: true,
		Trial:     byRegistry,
	},
	{
		ID:    "tencent",
		Title: "Tencent Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on(".ccs.tencentyun.com", ".tencentcloudcr.com") },
		User: User{
			Help: text.New("The account's number (UIN) on a personal instance. On an enterprise instance, the " +
				"user name of a long-term access credential, as in tcr$NAME."),
		},
		TokenHelp: text.New("A long-term access credential: in the TCR console, open Access Control, Access " +
			"Credential. On a personal instance, the password that you set for it. A temporary credential works " +
			"for an hour."),
		Passwords: true,
		Trial:     byRegistry,
	},
	{
		ID:    "huawei",
		Title: "Huawei Cloud SWR",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && strings.HasPrefix(t.host(), "swr.") && t.on(".myhuaweicloud.com", ".myhuaweicloud.eu")
		},
		User: User{
			Help: text.New("REGION@ACCESS-KEY, as in eu-west-101@ABCDEFGH."),
			Check: func(username string) []check.Finding {
				if strings.Contains(username, "@") {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("The user name is the region and the access key with an @ between them, as in " +
						"eu-west-101@ABCDEFGH"),
				}}
			},
		},
		TokenHelp: text.New("A long-term login key, made from the access key and its secret key: " +
			"https://support.huaweicloud.com/intl/en-us/usermanual-swr/swr_01_1000.html. The login command that " +
			"the console shows works for only 6 to 24 hours."),
		Passwords: true,
		Trial:     byRegistry,
	},
}

// onlyUser warns of a user name where an upstream takes only one.
func onlyUser(title, name string) func(string) []check.Finding {
	return func(username string) []check.Finding {
		if username == name {
			return nil
		}
		return []check.Finding{{
			ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
			Says:   text.New("%s accepts only the user name %q", title, name),
			Remedy: &check.Hint{Says: text.New("Use %q", name), Use: &check.Correction{Username: name}},
		}}
	}
}
