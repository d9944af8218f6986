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
			Help:     text.New("Always $oauthtoken, with the dollar sign. In a shell write it in single quotes, or it is lost."),
			Check: func(username string) []check.Finding {
				if username == "oauthtoken" || username == `\$oauthtoken` {
					return []check.Finding{{
						ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
						Says:   text.New("the user name for NVIDIA NGC is $oauthtoken, with a dollar sign in front and nothing else"),
						Why:    text.New("a shell or a YAML file takes $NAME for a variable of its own, unless it stands in single quotes"),
						Remedy: &check.Hint{Says: text.New("use $oauthtoken"), Use: &check.Correction{Username: "$oauthtoken"}},
					}}
				}
				return onlyUser("NVIDIA NGC", "$oauthtoken")(username)
			},
		},
		TokenHelp: text.New("A personal key with the service NGC Catalog, or a service key of the organisation: https://org.ngc.nvidia.com/setup/api-keys. Its expiry is chosen when it is made."),
		Shapes: []Shape{
			{Name: text.New("an NVIDIA NGC key"), Prefix: "nvapi-", Whole: regexp.MustCompile(`^nvapi-[\w-]{40,}$`)},
			{Name: text.New("an older NVIDIA NGC key"), Like: isOldNGC},
		},
		Otherwise:   text.New("a key of another service of NVIDIA's"),
		Seen:        "images are named with organisation and team in front: REPOSITORY/ORG/TEAM/IMAGE, public ones as REPOSITORY/nvidia/IMAGE",
		Trial:       Trial{text.New("asks the registry's own token realm /proxy_auth for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that the key's organisation may pull a certain image, unless one is named"),
	},
	{
		ID:    "redhat",
		Title: "Red Hat's registry",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && t.on("registry.redhat.io", "registry.connect.redhat.com")
		},
		User: User{
			NoProposal: text.New("it is the name of a registry service account"),
			Help:       text.New("The user name of a registry service account, number and all, as in 1234567|ci. In a shell write it in single quotes: | is a pipe."),
			Check: func(username string) []check.Finding {
				if number, name, ok := strings.Cut(username, "|"); ok && number != "" && name != "" {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("this is no registry service account: such a name has a number and a | in front, as in 1234567|ci"),
					Why:  text.New("a person's own sign-in works, but ends with its password; a shell cuts the name at the | unless it stands in quotes"),
				}}
			},
		},
		TokenHelp:   text.New("The token of a registry service account: https://access.redhat.com/terms-based-registry/. It works until it is made anew there."),
		Passwords:   true,
		Seen:        "images are named with their product in front: REPOSITORY/ubi9/ubi",
		Trial:       Trial{text.New("asks the registry's own token realm for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a subscription covers a certain image, unless one is named"),
	},
	{
		ID:    "chainguard",
		Title: "Chainguard",
		Match: func(t Target) bool { return t.on("cgr.dev", "libraries.cgr.dev", "apk.cgr.dev") },
		User: User{
			NoProposal: text.New("it names a pull token"),
			Help:       text.New("The user name of a pull token, as in ORGANIZATION-ID/TOKEN-ID; both are shown when it is made."),
			Check: func(username string) []check.Finding {
				if strings.Contains(username, "/") || username == "_token" {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameUnusual, Level: check.Warning,
					Says: text.New("the user name of a pull token has a slash in it, as in ORGANIZATION-ID/TOKEN-ID"),
					Why:  text.New("`chainctl auth configure-docker --pull-token` shows it next to the token"),
				}}
			},
		},
		TokenHelp:   text.New("A pull token: `chainctl auth configure-docker --pull-token --save=false --ttl=8760h`, or for language libraries `chainctl auth pull-token`. It ends after 30 days unless --ttl says otherwise."),
		Otherwise:   text.New("another text than a pull token, which is a JSON web token"),
		Shapes:      []Shape{{Name: text.New("a JSON web token"), Prefix: "eyJ", Common: true}},
		Seen:        "images are named with the organisation in front: REPOSITORY/ORGANIZATION/IMAGE; the upstream's address is the host alone",
		Trial:       Trial{text.New("asks the registry's own token realm /token for a token with it, and compares with a made-up credential"), tryProtocol},
		CannotProve: text.New("that the organisation has a certain image, unless one is named: the public ones are given to everybody"),
	},
	{
		ID:    "docker-hardened",
		Title: "Docker Hardened Images",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on("dhi.io") },
		User: User{
			NoProposal: text.New("everybody has a Docker ID of their own"),
			Help:       text.New("Your Docker ID, as for Docker Hub; for an organisation access token the organisation's name."),
			Check:      noMail(text.New("Docker knows people by their Docker ID")),
		},
		TokenHelp:   text.New("A Docker personal access token with the permission Public Repo Read-only: https://app.docker.com/settings/personal-access-tokens. Images that an organisation has mirrored are on Docker Hub, under its own name."),
		Shapes:      dockerShapes,
		Otherwise:   text.New("an account password, which Docker refuses for accounts with two-factor or single sign-on"),
		Passwords:   true,
		Companions:  []string{"auth.docker.io"},
		Seen:        "images are named without anything in front: REPOSITORY/IMAGE",
		Trial:       Trial{text.New("asks the registry's token realm for a token with it, and compares with a made-up credential"), dockerTrial{}.run},
		CannotProve: text.New("that a certain image may be pulled, unless one is named"),
	},
	{
		ID:    "github-enterprise",
		Title: "GitHub Enterprise",
		Match: func(t Target) bool { return t.on(".ghe.com") || strings.HasPrefix(t.path(), "/_registry/") },
		User: User{
			NoProposal: text.New("everybody has a user name of their own there"),
			Help:       text.New("Your user name on that GitHub; where the enterprise manages its users it ends in _ and a short code, as in jane_acme."),
			Check:      noMail(text.New("GitHub knows people by their user name")),
		},
		TokenHelp:   text.New("A personal access token (classic) with the scope read:packages, made on that GitHub itself: https://SUBDOMAIN.ghe.com/settings/tokens. One of github.com is another one's. Where the enterprise uses single sign-on, authorise the token for it."),
		Shapes:      gitHubShapes,
		Otherwise:   text.New("an account password, which GitHub takes nowhere but in its own sign-in page"),
		Seen:        "container images, npm and Maven packages have a host each: containers.SUBDOMAIN.ghe.com, npm.SUBDOMAIN.ghe.com, maven.SUBDOMAIN.ghe.com",
		Trial:       Trial{text.New("asks the registry itself by the protocol of its format, with it and with a made-up credential"), tryProtocol},
		CannotProve: text.New("that a container registry that gives a token to anybody lets this one pull, unless an image is named"),
	},
	{
		ID:    "gitea",
		Title: "Gitea or Forgejo",
		Match: func(t Target) bool {
			return t.on("codeberg.org") || t.named("gitea") || t.named("forgejo") || strings.HasPrefix(t.path(), "/api/packages/")
		},
		User: User{
			NoProposal: text.New("everybody has a user name of their own"),
			Help:       text.New("The user name of the account that the token belongs to."),
			Check:      noMail(text.New("Gitea and Forgejo know people by their user name")),
		},
		TokenHelp:   text.New("An access token with the permission package: read (the scope read:package): Settings, Applications, Manage Access Tokens. It works until it is deleted."),
		Passwords:   true,
		Seen:        "packages have an address for each owner and format; images are named with the owner in front: REPOSITORY/OWNER/IMAGE",
		Trial:       Trial{text.New("asks the registry itself by the protocol of its format, with it and with a made-up credential"), tryProtocol},
		CannotProve: text.New("a public owner's packages, which everybody may read"),
	},
	{
		ID:    "cloudsmith",
		Title: "Cloudsmith",
		Match: func(t Target) bool { return t.on(".cloudsmith.io", ".cloudsmith.com", "docker.cloudsmith.io") },
		User: User{
			NoProposal: text.New("it depends on what the token is"),
			Help:       text.New("token for an entitlement token; your user name, or a service account's, for an API key."),
			Check:      noMail(text.New("Cloudsmith knows people by their user name")),
		},
		TokenHelp:   text.New("An entitlement token of the repository (Tokens in its page), which may only read; or the API key of a service account: https://cloudsmith.io/user/settings/api/. Give the address that asks for a password, as in https://dl.cloudsmith.io/basic/OWNER/REPOSITORY/…"),
		Passwords:   true,
		Seen:        "images are named with owner and repository in front: REPOSITORY/OWNER/REPOSITORY/IMAGE; packages have an address for each repository",
		Trial:       Trial{text.New("asks the repository by the protocol of its format, with it and with a made-up credential"), tryProtocol},
		CannotProve: text.New("a public repository, which everybody may read"),
	},
	{
		ID:    "jitpack",
		Title: "JitPack",
		Match: func(t Target) bool { return t.on("jitpack.io", "www.jitpack.io") },
		User: User{
			NoProposal: text.New("it is the token itself"),
			Secret:     true,
			Help:       text.New("JitPack takes the token as user name, as in jp_…; everybody who may see the repository sees it."),
		},
		TokenHelp:   text.New("A dot: JitPack looks at the user name alone. Its token is at https://jitpack.io/w/user, and reads every private repository that it was given access to."),
		Passwords:   true,
		Seen:        "the user name is shown to everybody who may see the repository, and here it is the secret",
		Shapes:      []Shape{{Name: text.New("a JitPack token"), Prefix: "jp_", Whole: regexp.MustCompile(`^jp_[a-z0-9]{26}$`)}},
		Trial:       Trial{text.New("asks for an artifact with it, without it, and with a made-up credential, and compares the answers"), tryProtocol},
		CannotProve: text.New("a public project, which everybody may read"),
	},
	{
		ID:    "elastic",
		Title: "Elastic",
		Match: func(t Target) bool { return t.on("docker.elastic.co", "artifacts.elastic.co") },
		User: User{
			NoProposal: text.New("Elastic knows no readers by name"),
			Help:       text.New("Elastic's images and packages are public and ask nobody's name; it is rarely worth giving one."),
		},
		TokenHelp:   text.New("None is needed to read. Credentials for private images come from Elastic's support."),
		Passwords:   true,
		Companions:  []string{"docker-auth.elastic.co"},
		Seen:        "a remote repository without credentials pulls what is public",
		Trial:       Trial{text.New("asks by the protocol of its format, with it and with a made-up credential"), tryProtocol},
		CannotProve: text.New("a credential for what is public: everybody may read it"),
	},
	{
		ID:    "font-awesome",
		Title: "Font Awesome",
		Match: func(t Target) bool { return t.on("npm.fontawesome.com", "dl.fontawesome.com") },
		User: User{
			Proposal: "token",
			Help:     text.New("Always the word token, in small letters."),
			Check:    onlyUser("Font Awesome", "token"),
		},
		TokenHelp: text.New("A package token of the account that holds the Pro plan: https://fontawesome.com/account/general. It works as long as the plan does."),
		Shapes: []Shape{
			{Name: text.New("a Font Awesome package token"), Like: regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$`).Match, Common: true},
		},
		Otherwise:   text.New("another text than a package token"),
		Seen:        "Artifact Registry signs in by basic authentication, where npm sends the token alone",
		Trial:       Trial{text.New("asks the registry itself by the protocol of its format"), tryProtocol},
		CannotProve: text.New("that the plan covers a certain package, unless one is named"),
	},
	{
		ID:    "gemfury",
		Title: "Gemfury",
		Match: func(t Target) bool { return t.on(".fury.io", ".fury.site") },
		User: User{
			NoProposal: text.New("it is the token itself"),
			Help:       text.New("Gemfury takes the token as user name; everybody who may see the repository sees it. Use a deploy token, which may only read."),
		},
		TokenHelp:   text.New("NOPASS: Gemfury looks at the user name alone. A deploy token is at https://manage.fury.io/manage/USER/tokens/deploy."),
		Passwords:   true,
		Seen:        "the user name is shown to everybody who may see the repository, and here it is the secret",
		Trial:       Trial{text.New("asks the repository by the protocol of its format, with it and with a made-up credential"), tryProtocol},
		CannotProve: text.New("a public package, which everybody may read"),
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
