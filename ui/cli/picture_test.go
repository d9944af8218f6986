package cli_test

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

const pictureCols, pictureRows = 88, 30

// TestPicture walks through the demo in the real program and draws the review
// as an SVG, for the README: `make picture`.
func TestPicture(t *testing.T) {
	path := os.Getenv("UPSTREAMAUTH_PICTURE")
	if path == "" {
		t.Skip("draws nothing unless UPSTREAMAUTH_PICTURE names a file: make picture")
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "demo")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "NO_COLOR=")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: pictureRows, Cols: pictureCols})
	if err != nil {
		t.Fatal(err)
	}
	term := vt10x.New(vt10x.WithSize(pictureCols, pictureRows))
	wait := func(text string) {
		t.Helper()
		buf := make([]byte, 4096)
		for !strings.Contains(term.String(), text) {
			n, err := tty.Read(buf)
			if err != nil {
				t.Fatalf("%v while waiting for %q on\n%s", err, text, term)
			}
			_, _ = term.Write(buf[:n])
		}
	}
	for _, s := range []struct{ until, keys string }{
		{"Give a repository its upstream credentials", "\r"},
		{"has the number", "\r"},
		{"github-images", "docker-hub"},
		{"1 of ", "\r"},
		{"made by this plan", "\r"},
		{"User name\n", ""}, {"type the user name", upstreams.DemoUser + "\r"},
		{"it is not shown", upstreams.DockerHubToken},
		{"accepts this user name", "\r"},
	} {
		wait(strings.TrimSuffix(s.until, "\n"))
		_, _ = tty.WriteString(s.keys)
	}
	wait("Nothing has been written yet")
	wait("enter apply")
	if err := os.WriteFile(path, []byte(draw(term)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _ = tty.Write([]byte{3})
	_ = cmd.Wait()
	_ = tty.Close()
}

// draw turns a terminal's cells into an SVG, one text element for each run of
// cells that look alike.
func draw(term vt10x.Terminal) string {
	const w, h, pad = 8.4, 18.0, 14.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-label="The wizard reviewing a plan">`+"\n",
		pictureCols*w+2*pad, pictureRows*h+2*pad)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#16181d"/>` + "\n")
	b.WriteString(`<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14" xml:space="preserve">` + "\n")
	for y := range pictureRows {
		for x := 0; x < pictureCols; {
			first := term.Cell(x, y)
			from, text := x, ""
			for ; x < pictureCols; x++ {
				g := term.Cell(x, y)
				if g.FG != first.FG || g.Mode != first.Mode {
					break
				}
				text += string(max(g.Char, ' '))
			}
			if strings.TrimSpace(text) == "" {
				continue
			}
			weight := ""
			if first.Mode&4 != 0 {
				weight = ` font-weight="bold"`
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f">%s</text>`+"\n",
				pad+float64(from)*w, pad+float64(y+1)*h-4, colour(first.FG), weight, float64(len([]rune(text)))*w, html.EscapeString(text))
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// colour is a terminal colour as SVG writes it; the first sixteen are a calm
// dark theme.
func colour(c vt10x.Color) string {
	theme := []string{"#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
		"#7f848e", "#ef8c94", "#b5dba0", "#f0d399", "#84c3f7", "#d89be9", "#7fd0da", "#ffffff"}
	switch {
	case int(c) < len(theme):
		return theme[c]
	case c >= 16 && c < 232:
		n := int(c) - 16
		level := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	case c >= 232 && c < 256:
		v := 8 + 10*(int(c)-232)
		return fmt.Sprintf("#%02x%02x%02x", v, v, v)
	case c < 1<<24 && c >= 256:
		return fmt.Sprintf("#%06x", int(c))
	default:
		return "#d7dae0"
	}
}
