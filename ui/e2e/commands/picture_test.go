//go:build unix

package commands

import (
	"fmt"
	"html"
	"image/color"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/gcp/emulator/upstreams"
	"example.com/upstreamauth/ui/e2e"
)

const pictureCols, pictureRows = 88, 30

// TestPicture walks through the demo in the real program and draws the review
// as an SVG, for the README: `make picture`.
func TestPicture(t *testing.T) {
	picture := os.Getenv("UPSTREAMAUTH_PICTURE")
	if picture == "" {
		t.Skip("draws nothing unless UPSTREAMAUTH_PICTURE names a file: make picture")
	}
	path := e2e.Program(t)
	cmd := exec.Command(path, "demo")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "NO_COLOR=")
	x := e2e.Start(t, cmd, pictureCols, pictureRows)
	for _, s := range []struct{ until, keys string }{
		{"Set up upstream credentials", "\r"},
		{"has the number", "\r"},
		{"github-images", "docker-hub"},
		{"1 of ", "\r"},
		{"will be created", "\r"},
		{"type the user name", upstreams.DemoUser + "\r"},
		{"isn't shown", upstreams.DockerHubToken},
		{"accepted this user name", "\r"},
	} {
		x.Sees(s.until).Types(s.keys)
	}
	x.Sees("Nothing has been changed yet").Sees("enter apply")
	if err := os.WriteFile(picture, []byte(draw(x)), 0o644); err != nil {
		t.Fatal(err)
	}
	x.Types("\x03").Ends()
}

// draw turns a terminal's cells into an SVG, one text element for each run of
// cells that look alike.
func draw(screen *e2e.Terminal) string {
	const w, h, pad = 8.4, 18.0, 14.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-label="The wizard reviewing a plan">`+"\n",
		pictureCols*w+2*pad, pictureRows*h+2*pad)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#16181d"/>` + "\n")
	b.WriteString(`<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14" xml:space="preserve">` + "\n")
	for y := range pictureRows {
		for x := 0; x < pictureCols; {
			first := screen.Cell(x, y)
			from, text := x, ""
			for ; x < pictureCols; x++ {
				c := screen.Cell(x, y)
				if c.Colour != first.Colour || c.Bold != first.Bold {
					break
				}
				text += c.Text
			}
			if strings.TrimSpace(text) == "" {
				continue
			}
			weight := ""
			if first.Bold {
				weight = ` font-weight="bold"`
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f">%s</text>`+"\n",
				pad+float64(from)*w, pad+float64(y+1)*h-4, colour(first.Colour), weight, float64(x-from)*w, html.EscapeString(text))
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// colour is a terminal colour as SVG writes it; the first sixteen are a calm
// dark theme.
func colour(c color.Color) string {
	theme := []string{"#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
		"#7f848e", "#ef8c94", "#b5dba0", "#f0d399", "#84c3f7", "#d89be9", "#7fd0da", "#ffffff"}
	switch c := c.(type) {
	case nil:
		return "#d7dae0"
	case ansi.BasicColor:
		return theme[c]
	default: // of the 256, or of all
		r, g, b, _ := c.RGBA()
		return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
	}
}
