package emulator

import (
	"fmt"
	"strings"
)

// PrintEnv returns the lines of a POSIX shell that point gcloud, and this
// program, at the emulator on addr (HOST:PORT). With a project, it becomes
// gcloud's; with a credentials file (see Server.ExternalCredentialsFile),
// gcloud and the Go clients call as whom it names, and without one gcloud
// sends no credentials, which makes it the default caller.
//
// gcloud's own settings and accounts stay as they are: everything is said by
// environment variables (https://cloud.google.com/sdk/docs/properties).
func PrintEnv(addr, project, credentials string) string {
	var b strings.Builder
	export := func(name, value string) { fmt.Fprintf(&b, "export %s=%s\n", name, shellQuote(value)) }
	export("UPSTREAMAUTH_EMULATOR", addr)
	for _, api := range []string{"ARTIFACTREGISTRY", "SECRETMANAGER", "CLOUDRESOURCEMANAGER", "SERVICEUSAGE", "IAM"} {
		prefix := "" // the path says enough, but for the list of locations
		if api == "SECRETMANAGER" {
			prefix = "secretmanager/"
		}
		export("CLOUDSDK_API_ENDPOINT_OVERRIDES_"+api, "http://"+addr+"/"+prefix)
	}
	export("CLOUDSDK_CORE_DISABLE_PROMPTS", "1")
	if project != "" {
		export("CLOUDSDK_CORE_PROJECT", project)
	}
	if credentials == "" {
		export("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true")
		return b.String()
	}
	export("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "false")
	export("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", credentials)
	export("GOOGLE_APPLICATION_CREDENTIALS", credentials)
	return b.String()
}

// shellQuote makes text one word of a POSIX shell, whatever it holds.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
