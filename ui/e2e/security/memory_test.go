//go:build unix

package security

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// memory finds the canary in the writable memory of a running program, and
// gives each place with a little of what stands around it.
func memory(t *testing.T, pid int) (places [][]byte) {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Skipf("the memory of another process cannot be looked at here: %v", err)
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skipf("the memory of another process cannot be looked at here: %v", err)
	}
	defer mem.Close()
	needles, seen := needlesOf(canary), 0
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); err != nil || !strings.HasPrefix(rights, "rw") {
			continue
		}
		text := make([]byte, to-from)
		n, _ := mem.ReadAt(text, from) // what is not there is not read
		seen += n
		for _, needle := range needles {
			for at := 0; ; at++ {
				next := bytes.Index(text[at:], needle.bytes)
				if next < 0 {
					break
				}
				at += next
				places = append(places, bytes.Clone(text[max(0, at-24):min(len(text), at+48)]))
			}
		}
	}
	if seen < 1<<20 {
		t.Fatalf("only %d bytes of memory were seen", seen)
	}
	return places
}

// librarys tells whether a copy is one that a library keeps and we cannot
// reach: the message that gRPC has sent, in which the number and length of the
// field stand before the token and its checksum's number after it, or an
// Authorization header, which net/http wants as a string.
func librarys(place []byte) bool {
	head := append([]byte{'\n', byte(len(canary))}, canary[:8]...)
	tail := append([]byte(canary[22:]), 0x10)
	return bytes.Contains(place, head) || bytes.Contains(place, tail) || !bytes.Contains(place, []byte(canary[:8])) && !bytes.Contains(place, []byte(canary[22:]))
}

// TestMemory looks for the token in the program's own memory: it must be there
// while it is needed, which shows that the search works. On the last screen
// nothing needs it any more, and no copy of ours may be left.
func TestMemory(t *testing.T) {
	bin, env := e2e.Program(t), []string{"GODEBUG=", "GOTRACEBACK="}
	if os.Geteuid() != 0 { // only root may look into a program that forbids it
		bin = e2e.Program(t, leaks...)
		env = append(env, bringsOut(t, "dumpable"))
	}
	var before, after [][]byte
	// Bubble Tea reads keys into a buffer that the next key overwrites.
	talk := conversation{talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Pastes(canary).Sees("accepted")
		before = memory(t, p.Pid())
		p.Types("\r").Approves("now pulls as")
		after = memory(t, p.Pid())
		p.Types("\r")
	}}
	talk.lead(t, bin, env...)
	if len(before) == 0 {
		t.Error("it was not found where it must be: the search does not work")
	}
	t.Logf("%d copies while it is asked for, %d when it is done", len(before), len(after))
	for _, place := range after {
		if !librarys(place) {
			t.Errorf("a copy is left that no library keeps: %q", place)
		}
	}
}
