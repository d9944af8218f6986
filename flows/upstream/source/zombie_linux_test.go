package source

import (
	"bytes"
	"fmt"
	"os"
)

// zombie reports whether a process has ended and waits to be reaped.
func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && bytes.Contains(b, []byte(") Z "))
}
