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
			Help:     text.New("Always AWS, in capitals."),
			Check:    onlyUser("Amazon ECR Public", "AWS"),
		},
		TokenHelp: text.New("Made by `aws ecr-public get-login-password --region us-east-1`. It works for 12 hours only. Everybody may pull without one, at a lower rate; it is rarely worth giving one."),
		Check: func(_ string, token []byte, c clock) []check.Finding {
			if until, ok := ecrExpiry(token); ok {
				return []check.Finding{c.ends("an Amazon ECR password", until)}
			}
			return []check.Finding{c.lives("an Amazon ECR password", 12*time.Hour)}
		},
		Seen:        "Artifact Registry uses the stored password until it stops working, and then pulls fail instead of going on without one",
		Trial:       Trial{text.New("asks the registry's own token realm /token for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("anything beyond a token: every image there is public"),
	},
	{
		ID:    "codeartifact",
		Title: "AWS CodeArtifact",
		Match: func(t Target) bool {
			return strings.Contains(t.host(), ".d.codeartifact.") && t.on(".amazonaws.com", ".amazonaws.com.cn", ".on.aws")
		},
		User: User{
			Proposal: "aws",
			Help:     text.New("Always aws, in small letters."),
			Check:    onlyUser("AWS CodeArtifact", "aws"),
		},
		TokenHelp: text.New("Made by `aws codeartifact get-authorization-token --domain DOMAIN --domain-owner ACCOUNT --region REGION --query authorizationToken --output text`, by somebody with codeartifact:GetAuthorizationToken, codeartifact:ReadFromRepository and sts:GetServiceBearerToken. It works for 12 hours at most: without something that renews it, pulls fail after that."),
		Check: func(_ string, token []byte, c clock) []check.Finding {
			if _, ok := jwtExpiry(token); ok {
				return nil // its own date says more
			}
			return []check.Finding{c.lives("an AWS CodeArtifact token", 12*time.Hour)}
		},
		Seen:        "one remote repository reads one repository of CodeArtifact in one format; it uses the stored token until that ends",
		Trial:       Trial{text.New("asks the repository with it, by the protocol of its format"), tryProtocol},
		CannotProve: text.New("that it works for longer than a day, or that each package may be read"),
	},
	{
		ID:    "azure-artifacts",
		Title: "Azure Artifacts",
		Match: func(t Target) bool { return t.on("pkgs.dev.azure.com", ".pkgs.visualstudio.com") },
		User: User{
			NoProposal: text.New("Azure Artifacts takes any name with a personal access token"),
			Help:       text.New("Any name that is not empty, as in your organisation's; Azure Artifacts looks at the token alone."),
		},
		TokenHelp: text.New("A personal access token with the scope Packaging (Read): https://dev.azure.com/ORGANIZATION/_usersSettings/tokens. It ends after a year at most. In .npmrc it stands in base64; give it as Azure DevOps showed it."),
		Shapes: []Shape{
			{Name: text.New("an Azure DevOps personal access token"), Like: regexp.MustCompile(`^([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[a-z2-7]{52})$`).Match, Common: true},
		},
		Otherwise:   text.New("a password, which Azure Artifacts no longer takes"),
		Seen:        "one remote repository reads one feed in one format, whose address is shown under Connect to feed",
		Trial:       Trial{text.New("asks the feed with it, by the protocol of its format"), tryProtocol},
		CannotProve: text.New("a public feed, which everybody may read"),
	},
	{
		ID:    "oracle-ocir",
		Title: "Oracle Cloud Infrastructure Registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && t.on("ocir.io", ".ocir.io", ".oci.oraclecloud.com")
		},
		User: User{
			NoProposal: text.New("it holds the tenancy and the identity domain"),
			Help:       text.New("TENANCY-NAMESPACE/USER, or TENANCY-NAMESPACE/oracleidentitycloudservice/MAIL for a federated user; with another identity domain its name stands in the middle."),
			Check: func(username string) []check.Finding {
				if strings.Contains(username, "/") {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("the tenancy's namespace is missing in front of the user name, as in acme/jane or acme/oracleidentitycloudservice/jane@example.com"),
					Why:  text.New("Oracle's registry knows users by tenancy and identity domain"),
				}}
			},
		},
		TokenHelp:   text.New("An auth token, not the password: in Oracle's console open your profile, Auth tokens, Generate token. It works until it is deleted, and a user has two at most. The user needs REPOSITORY_READ on the repositories (allow group … to read repos in tenancy)."),
		Passwords:   true,
		Seen:        "images are named with the tenancy's namespace in front: REPOSITORY/NAMESPACE/IMAGE",
		Trial:       Trial{text.New("asks the registry's own token realm for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a certain repository may be pulled, unless one is named"),
	},
	{
		ID:    "oracle-container-registry",
		Title: "Oracle Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("container-registry.oracle.com") },
		User: User{
			NoProposal: text.New("everybody has an Oracle account of their own"),
			Help:       text.New("The e-mail address of your Oracle account."),
		},
		TokenHelp:   text.New("An auth token, not the password: sign in at https://container-registry.oracle.com, open your name's menu and choose Auth Token. Accept each repository's licence there as well."),
		Passwords:   true,
		Trial:       Trial{text.New("asks the registry's own token realm /auth for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a repository's licence has been accepted, unless one is named"),
	},
	{
		ID:    "ibm-entitled",
		Title: "IBM Entitled Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("cp.icr.io", "cp.stg.icr.io") },
		User: User{
			Proposal: "cp",
			Help:     text.New("Always cp, whoever the entitlement belongs to."),
			Check:    onlyUser("IBM's entitled registry", "cp"),
		},
		TokenHelp:   text.New("An entitlement key: https://myibm.ibm.com/products-services/containerlibrary, Entitlement keys. It belongs to the person whose IBMid holds the entitlement."),
		Trial:       Trial{text.New("asks the registry's own token realm for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that the entitlement covers a certain image, unless one is named"),
	},
	{
		ID:    "ibm",
		Title: "IBM Cloud Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("icr.io", ".icr.io") },
		User: User{
			Proposal: "iamapikey",
			Help:     text.New("iamapikey for an API key, which lasts; iambearer for an IAM token, which ends after an hour."),
			Check: func(username string) []check.Finding {
				switch username {
				case "iamapikey":
					return nil
				case "iambearer":
					return []check.Finding{{
						ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
						Says: text.New("this user name goes with an IAM token, which works for an hour"),
						Why:  text.New("use iamapikey and an API key for something that lasts"),
					}}
				}
				return onlyUser("IBM Cloud's registry", "iamapikey")(username)
			},
		},
		TokenHelp:   text.New("An API key of a service ID with the role Reader on Container Registry: https://cloud.ibm.com/iam/apikeys, or `ibmcloud iam service-api-key-create`. It works until it is deleted."),
		Seen:        "images are named with their namespace in front: REPOSITORY/NAMESPACE/IMAGE",
		Trial:       Trial{text.New("asks the registry's own token realm /oauth/token for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a certain namespace may be read, unless an image is named"),
	},
	{
		ID:    "yandex",
		Title: "Yandex Container Registry",
		Match: func(t Target) bool { return t.on("cr.yandex", "registry.yandexcloud.net", ".cr.cloud.yandex.net") },
		User: User{
			Proposal: "json_key",
			Help:     text.New("json_key for a service account's key, api_key for its API key; oauth and iam go with tokens that end."),
			Check: func(username string) []check.Finding {
				switch username {
				case "json_key", "api_key":
					return nil
				case "oauth", "iam":
					return []check.Finding{{
						ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
						Says: text.New("this user name goes with a token that ends: an IAM token after 12 hours, an OAuth token after a year"),
						Why:  text.New("use json_key and a service account's key for something that lasts"),
					}}
				}
				return onlyUser("Yandex's registry", "json_key")(username)
			},
		},
		TokenHelp: text.New("The whole JSON file of an authorized key: `yc iam key create --service-account-name NAME --output key.json`; the service account needs the role container-registry.images.puller. Give it with --token-file key.json."),
		Shapes: []Shape{
			{Name: text.New("a Yandex IAM token"), Prefix: "t1.", Whole: regexp.MustCompile(`^t1\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_=-]{40,}$`), Lives: 12 * time.Hour},
		},
		Check: func(username string, token []byte, _ clock) []check.Finding {
			if username != "json_key" || bytes.HasPrefix(bytes.TrimSpace(token), []byte("{")) {
				return nil
			}
			return []check.Finding{{
				ID: "token", Code: check.TokenUnusual, Level: check.Warning,
				Says: text.New("with the user name json_key the token is the whole JSON file of an authorized key"),
				Why:  text.New("this is no JSON"),
			}}
		},
		Passwords:   true,
		Seen:        "images are named with the registry's id in front: REPOSITORY/REGISTRY-ID/IMAGE",
		Trial:       Trial{text.New("asks the registry by the protocol of its format, with it and with a made-up credential"), tryProtocol},
		CannotProve: text.New("that a certain image may be pulled, unless one is named"),
	},
	{
		ID:    "scaleway",
		Title: "Scaleway Container Registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && strings.HasPrefix(t.host(), "rg.") && t.on(".scw.cloud")
		},
		User: User{
			Proposal: "nologin",
			Help:     text.New("nologin; Scaleway looks at the secret key alone."),
		},
		TokenHelp:   text.New("The secret key of an API key whose application has ContainerRegistryReadOnly: https://console.scaleway.com/iam/api-keys. Choose No expiry or renew it in time."),
		Passwords:   true,
		Seen:        "images are named with their namespace in front: REPOSITORY/NAMESPACE/IMAGE",
		Trial:       Trial{text.New("asks the registry's token realm for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a certain namespace may be read, unless an image is named"),
	},
	{
		ID:    "digitalocean",
		Title: "DigitalOcean Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("registry.digitalocean.com") },
		User: User{
			NoProposal: text.New("it is the e-mail address of an account"),
			Help:       text.New("The e-mail address of the account. DigitalOcean takes the token as user name as well, but a user name is stored in the clear."),
		},
		TokenHelp: text.New("A personal access token with the scope registry (read): https://cloud.digitalocean.com/account/api/tokens. Or what `doctl registry docker-config --expiry-seconds N` prints."),
		Shapes: []Shape{
			{Name: text.New("a DigitalOcean token"), Prefix: "dop_v1_", Whole: regexp.MustCompile(`^dop_v1_[0-9a-f]{64}$`)},
		},
		Passwords:   true,
		Companions:  []string{"api.digitalocean.com"},
		Seen:        "images are named with the registry's name in front: REPOSITORY/REGISTRY/IMAGE",
		Trial:       Trial{text.New("asks DigitalOcean's token realm at api.digitalocean.com for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a certain image may be pulled, unless one is named"),
	},
	{
		ID:    "alibaba",
		Title: "Alibaba Cloud Container Registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && (t.on(".cr.aliyuncs.com") || t.on(".aliyuncs.com") && strings.HasPrefix(t.host(), "registry"))
		},
		User: User{
			NoProposal: text.New("it is the full name of an account"),
			Help:       text.New("The full name of the Alibaba Cloud account or RAM user, as in jane@1234567890.onaliyun.com."),
			Check: func(username string) []check.Finding {
				if username != "cr_temp_user" {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
					Says: text.New("cr_temp_user goes with a temporary password, which works for an hour"),
					Why:  text.New("set a permanent password for a RAM user for something that lasts"),
				}}
			},
		},
		TokenHelp:   text.New("The registry's own password, which is not the account's: in the console of Container Registry open the instance, Access Credential, Set Password."),
		Passwords:   true,
		Trial:       Trial{text.New("asks the registry's token realm for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("anything while its token realm, dockerauth.REGION.aliyuncs.com, is not allowed: it is another host than the registry"),
	},
	{
		ID:    "tencent",
		Title: "Tencent Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on(".ccs.tencentyun.com", ".tencentcloudcr.com") },
		User: User{
			NoProposal: text.New("it is an account's number, or an access credential's name"),
			Help:       text.New("The account's number (UIN) on a personal instance; on an enterprise instance the user name of a long-term access credential, as in tcr$NAME."),
		},
		TokenHelp:   text.New("A long-term access credential: in the console of TCR open Access Control, Access Credential; or the password set for a personal instance. A temporary one works for an hour."),
		Passwords:   true,
		Trial:       Trial{text.New("asks the registry's own token realm for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a certain namespace may be read, unless an image is named"),
	},
	{
		ID:    "huawei",
		Title: "Huawei Cloud SWR",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && strings.HasPrefix(t.host(), "swr.") && t.on(".myhuaweicloud.com", ".myhuaweicloud.eu")
		},
		User: User{
			NoProposal: text.New("it holds a region and an access key"),
			Help:       text.New("REGION@ACCESS-KEY, as in eu-west-101@ABCDEFGH."),
			Check: func(username string) []check.Finding {
				if strings.Contains(username, "@") {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("the user name is the region and the access key with an @ between them, as in eu-west-101@ABCDEFGH"),
				}}
			},
		},
		TokenHelp:   text.New("A long-term login key, made from the access key and its secret key: https://support.huaweicloud.com/intl/en-us/usermanual-swr/swr_01_1000.html. The login command that the console shows works for 6 to 24 hours only."),
		Passwords:   true,
		Trial:       Trial{text.New("asks the registry itself with it, and with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a certain organisation's images may be read, unless one is named"),
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
			Says:   text.New("%s takes no user name but %s", title, name),
			Remedy: &check.Hint{Says: text.New("use %s", name), Use: &check.Correction{Username: name}},
		}}
	}
}
