package upstream

import (
	"encoding/base64"
	"regexp"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// publisherKinds are the registries of those who sell or host what is in them,
// and of products that people run themselves.
var publisherKinds = []*Kind{
	{
		ID:    "ngc",
		Title: "NVIDIA NGC",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("nvcr.io", ".nvcr.io") },
		User: User{
			Proposal: "$oauthtoken",
			Help: text.New("Always $oauthtoken, with the dollar sign. In a shell, put it in single quotes, " +
				"or it gets lost."),
			Check: func(username string) []check.Finding {
				if username == "oauthtoken" || username == `\$oauthtoken` {
					return []check.Finding{{
						ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
						Says: text.New("The user name for NVIDIA NGC is %q, with a dollar sign in front", "$oauthtoken"),
						Why: text.New("A shell or a YAML file replaces $NAME by the value of a variable, " +
							"unless it is in single quotes"),
						Remedy: &check.Hint{Says: text.New("Use %q", "$oauthtoken"), Use: &check.Correction{Username: "$oauthtoken"}},
					}}
				}
				return onlyUser("NVIDIA NGC", "$oauthtoken")(username)
			},
		},
		TokenHelp: text.New("A personal key with the service NGC Catalog, or a service key of the organization: " +
			"https://org.ngc.nvidia.com/setup/api-keys. You choose its expiration date when you create it."),
		Shapes: []Shape{
			{Name: text.New("an NVIDIA NGC key"), Prefix: "nvapi-", Whole: regexp.MustCompile(`^nvapi-[\w-]{40,}$`)},
			{Name: text.New("an older NVIDIA NGC key"), Like: isOldNGC},
		},
		Otherwise: text.New("It may be a key for another NVIDIA service"),
		Seen: text.New("Image names start with organization and team: REPOSITORY/ORG/TEAM/IMAGE. Public " +
			"ones are REPOSITORY/nvidia/IMAGE."),
		Trial: byRegistry,
	},
	{
		ID:    "redhat",
		Title: "Red Hat's registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && t.on("registry.redhat.io", "registry.connect.redhat.com")
		},
		User: User{
			Help: text.New("The user name of a registry service account with its number, as in 1234567|ci. In a " +
				"shell, put it in single quotes, because | is a pipe."),
			Check: func(username string) []check.Finding {
				if number, name, ok := strings.Cut(username, "|"); ok && number != "" && name != "" {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("This isn't a registry service account: its name starts with a number and a " +
						"|, as in 1234567|ci"),
					Why: text.New("A person's own sign-in works until the password changes. A shell cuts the " +
						"name at the | unless it is in quotes"),
				}}
			},
		},
		TokenHelp: text.New("The token of a registry service account: " +
			"https://access.redhat.com/terms-based-registry/. It works until you regenerate it there."),
		Passwords: true,
		Seen:      text.New("Image names start with their product: REPOSITORY/ubi9/ubi."),
		Trial:     byRegistry,
	},
	{
		ID:    "chainguard",
		Title: "Chainguard",
		Match: func(t Target) bool { return t.on("cgr.dev", "libraries.cgr.dev", "apk.cgr.dev") },
		User: User{
			Help: text.New("The user name of a pull token, as in ORGANIZATION-ID/TOKEN-ID. Chainguard shows both " +
				"when you create one."),
			Check: func(username string) []check.Finding {
				if strings.Contains(username, "/") || username == "_token" {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("The user name of a pull token has a slash in it, as in ORGANIZATION-ID/TOKEN-ID"),
					Why:  text.New("`chainctl auth configure-docker --pull-token` shows it next to the token"),
				}}
			},
		},
		TokenHelp: text.New("A pull token: `chainctl auth configure-docker --pull-token --save=false " +
			"--ttl=8760h`, or `chainctl auth pull-token` for language libraries. It expires after 30 days unless " +
			"you set --ttl."),
		Otherwise: text.New("Chainguard's pull tokens are JSON web tokens"),
		Shapes:    []Shape{{Name: text.New("a JSON web token"), Prefix: "eyJ", Common: true}},
		Seen: text.New("Image names start with the organization: REPOSITORY/ORGANIZATION/IMAGE. The " +
			"upstream address is the host alone."),
		Trial: byProtocol,
	},
	{
		ID:    "docker-hardened",
		Title: "Docker Hardened Images",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("dhi.io") },
		User: User{
			Help: text.New("Your Docker ID, as for Docker Hub. For an organization access token, the " +
				"organization's name."),
			Check: noMail(text.New("Docker identifies people by their Docker ID")),
		},
		TokenHelp: text.New("A Docker personal access token with the permission Public Repo Read-only: " +
			"https://app.docker.com/settings/personal-access-tokens. Images that an organization mirrored are on " +
			"Docker Hub, under its name."),
		Shapes: dockerShapes,
		Otherwise: text.New("It may be an account password, which Docker rejects for accounts with two-factor " +
			"authentication or single sign-on"),
		Passwords:  true,
		Companions: []string{"auth.docker.io"},
		Seen:       text.New("Image names have nothing in front: REPOSITORY/IMAGE."),
		Trial:      byRegistry,
	},
	{
		ID:    "github-enterprise",
		Title: "GitHub Enterprise",
		Match: func(t Target) bool { return t.on(".ghe.com") || strings.HasPrefix(t.path(), "/_registry/") },
		User: User{
			Help: text.New("Your user name on that GitHub. If the enterprise manages its users, it ends in _ " +
				"and a short code, as in jane_acme."),
			Check: noMail(text.New("GitHub identifies people by their user name")),
		},
		TokenHelp: text.New("A personal access token (classic) with the scope read:packages, created on that " +
			"GitHub: https://SUBDOMAIN.ghe.com/settings/tokens. A token from github.com doesn't work there. If " +
			"the enterprise uses single sign-on, authorize the token for it."),
		Shapes:    gitHubShapes,
		Otherwise: text.New("It may be an account password, which GitHub accepts only on its sign-in page"),
		Seen: text.New("Container images, npm and Maven packages have separate hosts: " +
			"containers.SUBDOMAIN.ghe.com, npm.SUBDOMAIN.ghe.com and maven.SUBDOMAIN.ghe.com."),
		Trial: byProtocol,
	},
	{
		ID:    "gitea",
		Title: "Gitea or Forgejo",
		Match: func(t Target) bool {
			return t.on("codeberg.org") || t.named("gitea") || t.named("forgejo") || strings.HasPrefix(t.path(), "/api/packages/")
		},
		User: User{
			Help:  text.New("The user name of the account that the token belongs to."),
			Check: noMail(text.New("Gitea and Forgejo identify people by their user name")),
		},
		TokenHelp: text.New("An access token with the permission package: read (the scope read:package): " +
			"Settings, Applications, Manage Access Tokens. It works until you delete it."),
		Passwords: true,
		Seen: text.New("Packages have an address for each owner and format. Image names start with the " +
			"owner: REPOSITORY/OWNER/IMAGE."),
		Trial: byProtocol,
	},
	{
		ID:    "cloudsmith",
		Title: "Cloudsmith",
		Match: func(t Target) bool { return t.on(".cloudsmith.io", ".cloudsmith.com", "docker.cloudsmith.io") },
		User: User{
			Help:  text.New("token for an entitlement token; your user name or a service account's for an API key."),
			Check: noMail(text.New("Cloudsmith identifies people by their user name")),
		},
		TokenHelp: text.New("An entitlement token of the repository (Tokens on its page), which may only read, " +
			"or the API key of a service account: https://cloudsmith.io/user/settings/api/. Use the address that " +
			"asks for a password, as in https://dl.cloudsmith.io/basic/OWNER/REPOSITORY/…"),
		Passwords: true,
		Seen: text.New("Image names start with owner and repository: REPOSITORY/OWNER/REPOSITORY/IMAGE. " +
			"Packages have an address for each repository."),
		Trial: byProtocol,
	},
	{
		ID:    "jitpack",
		Title: "JitPack",
		Match: func(t Target) bool { return t.on("jitpack.io", "www.jitpack.io") },
		User: User{
			Secret: true,
			Help: text.New("JitPack uses the token as user name, as in jp_…. Everybody who can see the " +
				"repository can see it."),
		},
		TokenHelp: text.New("A dot: JitPack checks only the user name. Its token is at https://jitpack.io/w/user " +
			"and can read every private repository that it has access to."),
		Passwords: true,
		Seen:      text.New("The user name is the secret here, and everybody who can see the repository can see it."),
		Shapes:    []Shape{{Name: text.New("a JitPack token"), Prefix: "jp_", Whole: regexp.MustCompile(`^jp_[a-z0-9]{26}$`)}},
		Trial:     byProtocol,
	},
	{
		ID:    "elastic",
		Title: "Elastic",
		Match: func(t Target) bool { return t.on("docker.elastic.co", "artifacts.elastic.co") },
		User: User{
			Help: text.New("Elastic's images and packages are public and need no user name."),
		},
		TokenHelp:  text.New("Reading needs no token. Elastic's support provides credentials for private images."),
		Passwords:  true,
		Companions: []string{"docker-auth.elastic.co"},
		Seen:       text.New("A remote repository without credentials can pull everything that is public."),
		Trial:      byProtocol,
	},
	{
		ID:    "font-awesome",
		Title: "Font Awesome",
		Match: func(t Target) bool { return t.on("npm.fontawesome.com", "dl.fontawesome.com") },
		User: User{
			Proposal: "token",
			Help:     text.New("Always the word token, in lower case."),
			Check:    onlyUser("Font Awesome", "token"),
		},
		TokenHelp: text.New("A package token of the account that has the Pro plan: " +
			"https://fontawesome.com/account/general. It works as long as the plan does."),
		Shapes: []Shape{
			{Name: text.New("a Font Awesome package token"), Like: regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$`).Match, Common: true},
		},
		Otherwise: text.New("A package token is a UUID in capital letters"),
		Seen:      text.New("Artifact Registry signs in by basic authentication; npm sends only the token."),
		Trial:     byProtocol,
	},
	{
		ID:    "gemfury",
		Title: "Gemfury",
		Match: func(t Target) bool { return t.on(".fury.io", ".fury.site") },
		User: User{
			Help: text.New("Gemfury uses the token as user name, and everybody who can see the repository can " +
				"see it. Use a deploy token, which may only read."),
		},
		TokenHelp: text.New("NOPASS: Gemfury checks only the user name. Deploy tokens are at " +
			"https://manage.fury.io/manage/USER/tokens/deploy."),
		Passwords: true,
		Seen:      text.New("The user name is the secret here, and everybody who can see the repository can see it."),
		Trial:     byProtocol,
	},
}

// isOldNGC reports whether b is a key as NVIDIA NGC made them until 2024: the
// base64 of 26 characters, a colon and a UUID. It is used as it is.
func isOldNGC(b []byte) bool {
	if len(b) != 84 {
		return false
	}
	given := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	defer clear(given)
	n, err := base64.StdEncoding.Decode(given, b)
	return err == nil && oldNGC.Match(given[:n])
}

var oldNGC = regexp.MustCompile(`^[0-9a-z]{26}:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
