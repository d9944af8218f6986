package upstream

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// dockerKinds serve container images and nothing else.
var dockerKinds = []*Kind{
	{
		ID:    "docker-hub",
		Title: "Docker Hub",
		Match: func(t Target) bool {
			return t.Preset == "DOCKER_HUB" || t.Format == "DOCKER" &&
				(t.on("registry-1.docker.io", "index.docker.io", "registry.hub.docker.com") || t.registry() != "")
		},
		User: User{
			Help: text.New("Your Docker ID, not your email address. For an organization access token, the " +
				"organization's name."),
			Check: noMail(text.New("Docker Hub identifies people by their Docker ID")),
		},
		TokenHelp: text.New("Create one at https://app.docker.com/settings/personal-access-tokens with the " +
			"permission Public Repo Read-only, or Read-only to pull private images. You can't change its " +
			"expiration date later."),
		Shapes: dockerShapes,
		Otherwise: text.New("It may be an account password, which Docker Hub rejects for accounts with " +
			"two-factor authentication or single sign-on"),
		Passwords: true,
		Check: func(username string, token []byte, _ clock) []check.Finding {
			if !bytes.HasPrefix(token, []byte("dckr_oat_")) {
				return nil
			}
			return []check.Finding{{
				ID: "token", Code: check.TokenOfOrganisation, Level: check.Note,
				Says: text.New("This is an organization access token: the user name must be the organization's name"),
				Why:  text.New("Docker Hub rejects it with a personal Docker ID"),
			}}
		},
		Companions: []string{"auth.docker.io"},
		Trial: Trial{
			Says: text.New("To check the token, upstreamauth signs in at auth.docker.io with it and reads how " +
				"many pulls are left."),
			run: dockerTrial{strict: true, limits: "ratelimitpreview/test"}.run,
		},
	},
	{
		ID:    "quay",
		Title: "Quay",
		Match: func(t Target) bool { return t.Format == "DOCKER" && (t.on("quay.io", ".quay.io") || t.named("quay")) },
		User: User{
			Help: text.New("A robot account, as in ORGANIZATION+ROBOT, or your own user name with an encrypted " +
				"password."),
			Check: noMail(text.New("Quay identifies people by their user name and robots as ORGANIZATION+ROBOT")),
		},
		TokenHelp: text.New("On the organization's page, open Robot Accounts, create one, and grant it Read on " +
			"the repositories to pull from. Select the robot's name to see its token."),
		Passwords: true,
		Trial:     byToken,
	},
	{
		ID:    "harbor",
		Title: "Harbor",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.named("harbor") },
		User: User{
			Help: text.New("A robot account, as in robot$NAME or robot$PROJECT+NAME, or a user. In a shell, put " +
				"it in single quotes, or the $ part gets lost."),
			Check: func(username string) []check.Finding {
				if username != "robot" && !strings.HasPrefix(username, "robot+") {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameCut, Level: check.Warning,
					Says: text.New("The $ after robot is missing: a Harbor robot account is called robot$NAME"),
					Why:  text.New("A shell or a YAML file replaces $NAME by the value of a variable"),
				}}
			},
		},
		TokenHelp: text.New("In the project, open Robot Accounts, create one with the permission Pull " +
			"Repository, and copy its secret. Harbor shows it only once."),
		Passwords: true,
		Trial:     byRegistry,
	},
	{
		ID:    "ecr",
		Title: "Amazon ECR",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && strings.Contains(t.host(), ".dkr.ecr") && t.on(".amazonaws.com", ".amazonaws.com.cn", ".on.aws")
		},
		User: User{
			Proposal: "AWS",
			Help:     text.New("Always AWS, in capital letters."),
			Check:    onlyUser("Amazon ECR", "AWS"),
		},
		TokenHelp: text.New("Run `aws ecr get-login-password --region REGION` with the policy " +
			"AmazonEC2ContainerRegistryReadOnly. The password works for 12 hours; pulls fail after that unless " +
			"something renews it."),
		Shapes: []Shape{
			{Name: text.New("an AWS access key ID"), Prefix: "AKIA", Whole: regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`), Wrong: text.New("Amazon ECR accepts the password that `aws ecr get-login-password` prints, not an access key")},
			{Name: text.New("a temporary AWS access key ID"), Prefix: "ASIA", Whole: regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`), Wrong: text.New("Amazon ECR accepts the password that `aws ecr get-login-password` prints, not an access key")},
		},
		Check: func(_ string, token []byte, c clock) []check.Finding {
			if until, ok := ecrExpiry(token); ok {
				return []check.Finding{c.ends(until)}
			}
			return []check.Finding{c.lives(text.New("an Amazon ECR password"), 12*time.Hour)}
		},
		Trial: byToken,
	},
	{
		ID:    "acr",
		Title: "Azure Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on(".azurecr.io", ".azurecr.cn", ".azurecr.us") },
		User: User{
			Help: text.New("The application ID of a service principal, the name of a repository-scoped token, or " +
				"the registry's name for its admin user."),
			Check: func(username string) []check.Finding {
				if username != acrExchange {
					return nil
				}
				return []check.Finding{{
					ID: "username", Code: check.UsernameShortLived, Level: check.Warning,
					Says: text.New("This user name is for a Microsoft Entra sign-in, whose token works for 3 hours"),
					Why:  text.New("Use a service principal or a repository-scoped token, which last"),
				}}
			},
		},
		TokenHelp: text.New("A repository-scoped token with content/read and metadata/read (`az acr token create " +
			"--scope-map _repositories_pull`), or a service principal with the role AcrPull."),
		Check: func(username string, token []byte, c clock) []check.Finding {
			if _, ok := jwtExpiry(token); ok || username != acrExchange {
				return nil // its own date says more
			}
			return []check.Finding{c.lives(text.New("a token from `az acr login`"), 3*time.Hour)}
		},
		Trial: byToken,
	},
}

// dockerShapes are Docker's tokens, which two of its registries take.
var dockerShapes = []Shape{
	{Name: text.New("a Docker personal access token"), Prefix: "dckr_pat_", Whole: regexp.MustCompile(`^dckr_pat_[\w-]{27}$`)},
	{Name: text.New("a Docker organization access token"), Prefix: "dckr_oat_", Whole: regexp.MustCompile(`^dckr_oat_[\w-]{20,}$`)},
}

// acrExchange is the user name that `az acr login --expose-token` goes with,
// https://learn.microsoft.com/azure/container-registry/container-registry-authentication.
const acrExchange = "00000000-0000-0000-0000-000000000000"

// noMail warns of an e-mail address where the upstream wants a name.
func noMail(why text.Text) func(string) []check.Finding {
	return func(username string) []check.Finding {
		if !strings.Contains(strings.TrimPrefix(username, "@"), "@") {
			return nil
		}
		return []check.Finding{{
			ID: "username", Code: check.UsernameMail, Level: check.Warning,
			Says: text.New("This is an email address, not a user name"),
			Why:  why,
		}}
	}
}
