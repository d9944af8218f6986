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
			NoProposal: text.New("everybody has a Docker ID of their own"),
			Help:       text.New("Your Docker ID, not your e-mail address. For an organisation access token it is the organisation's name."),
			Check:      noMail(text.New("Docker Hub knows people by their Docker ID")),
		},
		TokenHelp: text.New("Make one at https://app.docker.com/settings/personal-access-tokens with the permission Public Repo Read-only, or Read-only where private images are pulled. Its expiry cannot be changed later."),
		Shapes:    dockerShapes,
		Otherwise: text.New("an account password, which Docker Hub refuses for accounts with two-factor or single sign-on"),
		Passwords: true,
		Check: func(username string, token []byte, _ clock) []check.Finding {
			if !bytes.HasPrefix(token, []byte("dckr_oat_")) {
				return nil
			}
			return []check.Finding{{
				ID: "token", Level: check.Note,
				Says: text.New("this is an organisation access token: the user name must be the organisation's name"),
				Why:  text.New("Docker Hub refuses it together with a personal Docker ID"),
			}}
		},
		Companions: []string{"auth.docker.io"},
		Trial: Trial{
			Says: text.New("asks Docker's token service auth.docker.io for a token with it, and then how many pulls are left"),
			run:  dockerTrial{strict: true, limits: "ratelimitpreview/test"}.run,
		},
		CannotProve: text.New("that a certain private image may be pulled, unless it is named"),
	},
	{
		ID:    "quay",
		Title: "Quay",
		Match: func(t Target) bool { return t.Format == "DOCKER" && (t.on("quay.io", ".quay.io") || t.named("quay")) },
		User: User{
			NoProposal: text.New("robot accounts are named after their organisation"),
			Help:       text.New("A robot account, as in ORGANISATION+ROBOT, or your own user name with an encrypted password."),
			Check:      noMail(text.New("Quay knows people by their user name and robots as ORGANISATION+ROBOT")),
		},
		TokenHelp: text.New("In the organisation's page open Robot Accounts, create one, and give it Read on the repositories to be pulled. Its token is under the robot's name."),
		Passwords: true,
		Trial: Trial{
			Says: text.New("asks Quay's own token realm /v2/auth for a token with it"),
			run:  dockerTrial{strict: true}.run,
		},
		CannotProve: text.New("that a robot may read a certain repository, unless one is named: Quay checks that only when it is pulled"),
	},
	{
		ID:    "harbor",
		Title: "Harbor",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.named("harbor") },
		User: User{
			NoProposal: text.New("robot accounts have names of their own"),
			Help:       text.New("A robot account, as in robot$NAME or robot$PROJECT+NAME, or a user. In a shell write it in single quotes, or the $ part is lost."),
			Check: func(username string) []check.Finding {
				if username != "robot" && !strings.HasPrefix(username, "robot+") {
					return nil
				}
				return []check.Finding{{
					ID: "username", Level: check.Warning,
					Says: text.New("the name of a Harbor robot account has a $ behind robot; here it is missing"),
					Why:  text.New("a shell or a YAML file takes $NAME for a variable of its own and leaves nothing in its place"),
				}}
			},
		},
		TokenHelp: text.New("In the project open Robot Accounts, create one with the permission Pull Repository, and copy its secret; it is shown once."),
		Passwords: true,
		Trial: Trial{
			Says: text.New("asks Harbor's own token realm /service/token for a token with it, and compares with a made-up credential"),
			run:  dockerTrial{}.run,
		},
		CannotProve: text.New("anything about a registry that gives a token to everybody, unless a repository is named"),
	},
	{
		ID:    "ecr",
		Title: "Amazon ECR",
		Match: func(t Target) bool {
			return t.Format == "DOCKER" && strings.Contains(t.host(), ".dkr.ecr") && t.on(".amazonaws.com", ".amazonaws.com.cn", ".on.aws")
		},
		User: User{
			Proposal: "AWS",
			Help:     text.New("Always AWS, in capitals."),
			Check:    onlyUser("Amazon ECR", "AWS"),
		},
		TokenHelp: text.New("Made by `aws ecr get-login-password --region REGION`, by somebody with AmazonEC2ContainerRegistryReadOnly. It works for 12 hours only: without something that renews it, pulls fail after that."),
		Shapes: []Shape{
			{Name: text.New("an AWS access key id"), Prefix: "AKIA", Whole: regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`), Wrong: text.New("Amazon ECR takes the password that `aws ecr get-login-password` prints, not an access key")},
			{Name: text.New("a temporary AWS access key id"), Prefix: "ASIA", Whole: regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`), Wrong: text.New("Amazon ECR takes the password that `aws ecr get-login-password` prints, not an access key")},
		},
		Check: func(_ string, token []byte, c clock) []check.Finding {
			if until, ok := ecrExpiry(token); ok {
				return []check.Finding{c.ends("an Amazon ECR password", until)}
			}
			return []check.Finding{c.lives("an Amazon ECR password", 12*time.Hour)}
		},
		Trial: Trial{
			Says: text.New("asks the registry itself with it, by basic authentication"),
			run:  dockerTrial{strict: true}.run,
		},
		CannotProve: text.New("that it works for longer than a day, or that a certain image may be pulled, unless it is named"),
	},
	{
		ID:    "acr",
		Title: "Azure Container Registry",
		Match: func(t Target) bool { return t.Format == "DOCKER" && t.on(".azurecr.io", ".azurecr.cn", ".azurecr.us") },
		User: User{
			NoProposal: text.New("it is a service principal's id or a token's name"),
			Help:       text.New("The application id of a service principal, the name of a repository-scoped token, or the registry's name for its admin user."),
			Check: func(username string) []check.Finding {
				if username != acrExchange {
					return nil
				}
				return []check.Finding{{
					ID: "username", Level: check.Warning,
					Says: text.New("this user name stands for a Microsoft Entra sign-in, whose token works for 3 hours"),
					Why:  text.New("use a service principal or a repository-scoped token for something that lasts"),
				}}
			},
		},
		TokenHelp: text.New("A repository-scoped token with content/read and metadata/read (`az acr token create --scope-map _repositories_pull`), or a service principal with the role AcrPull."),
		Check: func(username string, token []byte, c clock) []check.Finding {
			if _, ok := jwtExpiry(token); ok || username != acrExchange {
				return nil // its own date says more
			}
			return []check.Finding{c.lives("a token of `az acr login`", 3*time.Hour)}
		},
		Trial: Trial{
			Says: text.New("asks the registry's own token realm /oauth2/token for a token with it"),
			run:  dockerTrial{strict: true}.run,
		},
		CannotProve: text.New("that a scoped token may read a certain repository, unless one is named: the realm gives a token that allows nothing"),
	},
}

// dockerShapes are Docker's tokens, which two of its registries take.
var dockerShapes = []Shape{
	{Name: text.New("a Docker personal access token"), Prefix: "dckr_pat_", Whole: regexp.MustCompile(`^dckr_pat_[\w-]{27}$`)},
	{Name: text.New("a Docker organisation access token"), Prefix: "dckr_oat_", Whole: regexp.MustCompile(`^dckr_oat_[\w-]{20,}$`)},
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
			ID: "username", Level: check.Warning,
			Says: text.New("this is an e-mail address, and a user name is wanted"),
			Why:  why,
		}}
	}
}
