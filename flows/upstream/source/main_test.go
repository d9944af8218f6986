package source

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// canary is a token that occurs nowhere else.
const canary = `cnry+Zq7/"x%9=` + `Lk2&<vW8>pR4~tY6`

// TestMain is also each of the programs that the tests run: "play ROLE" is a
// command, and docker-credential-ROLE a credential helper.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); strings.HasPrefix(name, helperPrefix) {
		os.Exit(play(strings.TrimSuffix(strings.TrimPrefix(name, helperPrefix), ".exe")))
	}
	if len(os.Args) > 2 && os.Args[1] == "play" {
		os.Exit(play(os.Args[2]))
	}
	goleak.VerifyTestMain(m)
}

// play is one program.
func play(role string) (code int) {
	printed := map[string]string{
		"token": canary + "\n", "windows": canary + "\r\n", "bare": canary, "spaced": "  " + canary + " \n", "framed": "\n" + canary + "\n\n",
		"lines": "Your token is:\n" + canary + "\n", "nothing": "", "blank": " \n\t\n", "bytes": "\x80\xff" + canary + "\n",
		"most": strings.Repeat("m", maxToken) + "\n", "more": strings.Repeat("m", maxToken+1) + "\n",
		"key":    "{\n  \"type\": \"service_account\",\n  \"private_key\": \"" + "x" + "\"\n}\n",
		"answer": `{"ServerURL":"SERVER","Username":"jane","Secret":"` + strings.ReplaceAll(canary, `"`, `\"`) + `"}` + "\n",
		"pretty": "{\n \"Username\": \"jane\",\n \"Secret\": \"" + strings.ReplaceAll(canary, `"`, `\"`) + "\"\n}\n",
		"twice":  `{"Username":"a","Secret":"1"}` + "\n" + `{"Username":"b","Secret":"2"}` + "\n", "prose": "hello " + canary + "\n",
		"identity": `{"Username":"<token>","Secret":"` + strings.ReplaceAll(canary, `"`, `\"`) + `"}`, "list": `["` + "x" + `"]`, "cut": `{"Username":"jane","Secr`,
		"userless": `{"Secret":"s"}`, "secretless": `{"ServerURL":"x","Username":"jane","Secret":""}`, "hollow": `{}`, "strange": `{"Username":{"a":1},"Secret":[1]}`,
	}
	if out, ok := printed[role]; ok {
		fmt.Print(out)
		return 0
	}
	switch role {
	case "hang":
		fmt.Print(canary)
		fmt.Fprint(os.Stderr, "touch your key")
		time.Sleep(time.Hour)
	case "flood":
		for {
			if _, err := os.Stdout.Write(bytes.Repeat([]byte(canary), 1000)); err != nil {
				return 1
			}
		}
	case "fail":
		fmt.Print(canary + "\n")
		fmt.Fprint(os.Stderr, "no \x1b[31mstore\u202e\nis open: https://me:pw@vault.example.com/x?y=z\n")
		return 3
	case "repeat":
		fmt.Print(canary + "\n")
		fmt.Fprint(os.Stderr, "got "+canary)
		return 3
	case "shaped":
		fmt.Fprint(os.Stderr, "bad dckr_"+"pat_abcdefghijklmnopqrstuvwxyz0")
		return 3
	case "chatty":
		fmt.Fprint(os.Stderr, strings.Repeat("all is lost ", 100_000)+"the end")
		return 3
	case "absent":
		fmt.Println(notFound)
		return 1
	case "signal":
		p, _ := os.FindProcess(os.Getpid())
		_ = p.Kill()
		time.Sleep(time.Hour)
	case "linger", "background", "linger-failing":
		child := exec.Command(os.Args[0], "play", "wait")
		if role != "background" {
			child.Stdout = os.Stdout
		}
		if err := child.Start(); err != nil {
			return 1
		}
		fmt.Fprintln(os.Stderr, "child", child.Process.Pid)
		fmt.Println(canary)
		if role == "linger-failing" {
			return 3
		}
	case "wait":
		time.Sleep(20 * time.Second)
	case "environment":
		for _, v := range os.Environ() {
			if strings.HasPrefix(v, "UPSTREAMAUTH_") || strings.Contains(v, canary) {
				fmt.Fprintln(os.Stderr, v)
				return 3
			}
		}
		fmt.Println("clean")
	case "terminal":
		if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
			_ = tty.Close()
			return 3
		}
		fmt.Println("none")
	case "stdin", "server":
		b, _ := io.ReadAll(os.Stdin)
		if role == "server" {
			fmt.Printf(`{"Username":"jane","Secret":"%s"}`, b)
			break
		}
		fmt.Printf("%d\n", len(b))
	case "arguments":
		fmt.Println(strings.Join(os.Args[3:], "|"))
	default:
		fmt.Fprintln(os.Stderr, "no such role")
		return 99
	}
	return 0
}
