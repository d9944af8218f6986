package tui

import (
	"sync"
	"time"

	"example.com/upstreamauth/flows/engine"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// Model is the whole front end: the one model that Bubble Tea knows. It shows
// where the machine stands, and passes it what the person does. Screens are
// plain structs with methods.
type Model struct {
	theme
	machine *engine.Machine
	options Options
	now     func() time.Time
	later   func() tea.Cmd // the next tick
	outside
	// within tells that the flow is about a row of a table, to which leaving
	// goes back; left tells that it was.
	within, left bool

	width, height int // of the window
	screen        screen
	overlay       screen    // details or the question whether to leave; nil: none
	place         place     // what the screen was made for
	said          text.Text // an answer to the last key
	tasks         map[*task]struct{}
	retired       []token.Secret // to be overwritten once no job reads them

	clock   time.Time // of the last message
	waiting waiting
	ticking bool
	frame   int // of the spinner
}

// screen is what fills the body.
type screen interface {
	// Title stands above the body and never scrolls away.
	Title() text.Text
	SetSize(w, h int)
	// View draws at most as many lines as SetSize allowed.
	View() []string
	// Key takes a key; commands follow from it.
	Key(k tea.KeyMsg) tea.Cmd
	// Keys are those that work now, the most useful first.
	Keys() []hint
	// Status is what is said below the body.
	Status() text.Text
	// Leave is called when the screen is left.
	Leave()
}

// hint is a key and what it does.
type hint struct {
	key  string
	does text.Text
}

// place is where the machine stands, as far as it makes another screen.
type place struct {
	phase engine.Phase
	step  string
	ready bool
}

// task is a job of the machine under way. Whoever comes second waits for the
// first, so that a job's result is never lost with the program that ran it.
type task struct {
	job    engine.Job
	once   sync.Once
	result engine.Result
}

func (t *task) wait() engine.Result {
	t.once.Do(func() { t.result = t.job.Run() })
	return t.result
}

// taskMsg says that a task has ended, tickMsg that the spinner moves on.
type (
	taskMsg struct{ *task }
	tickMsg struct{}
)

// New makes the model of a machine that hasn't begun yet.
func New(m *engine.Machine, o Options) *Model {
	if o.Title == "" {
		o.Title = "upstreamauth"
	}
	return &Model{
		theme: newTheme(o.Out, o.Language), machine: m, options: o, now: time.Now, later: later,
		tasks: map[*task]struct{}{}, place: place{phase: -1},
	}
}

// Init begins the flow.
func (m *Model) Init() tea.Cmd {
	m.clock = m.now()
	cmd := m.start(m.machine.Begin())
	return tea.Batch(cmd, m.settle(), m.outside.watch())
}

// Update takes a message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.clock = m.now()
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case taskMsg:
		delete(m.tasks, msg.task)
		cmd = m.start(m.machine.Deliver(msg.wait()))
	case endMsg:
		return m, tea.Quit
	case stopMsg:
		return m, tea.Batch(m.suspend(), m.watchStops())
	case tickMsg:
		m.ticking = false
		m.frame++
	case tea.KeyMsg:
		return m, m.keys(msg)
	}
	return m, tea.Batch(cmd, m.settle())
}

// start runs jobs beside the loop.
func (m *Model) start(jobs []engine.Job) tea.Cmd {
	var cmds []tea.Cmd
	for _, j := range jobs {
		t := &task{job: j}
		m.tasks[t] = struct{}{}
		cmds = append(cmds, func() tea.Msg { t.wait(); return taskMsg{t} })
	}
	return tea.Batch(cmds...)
}

// has reports whether a task is this model's.
func (m *Model) has(msg taskMsg) bool { _, ok := m.tasks[msg.task]; return ok }

// settle brings the screen up to where the machine stands.
func (m *Model) settle() tea.Cmd {
	if _, outside := m.machine.Outside(); outside {
		return m.exit()
	}
	_, ready, _ := m.machine.Prompt()
	at := place{phase: m.machine.Phase(), step: m.machine.Step().ID, ready: ready}
	if at != m.place || m.screen == nil {
		if m.screen != nil {
			m.screen.Leave()
		}
		if at.phase != m.place.phase || at.step != m.place.step {
			m.overlay = nil
		}
		m.place, m.screen, m.said = at, m.show(at), text.Text{}
	}
	var cmd tea.Cmd
	if q, ok := m.screen.(*question); ok {
		cmd = q.refresh()
	}
	if len(m.tasks) == 0 {
		m.wipeRetired()
	}
	m.watch()
	m.resize()
	return tea.Batch(cmd, m.tick())
}

// show makes the screen for a place.
func (m *Model) show(at place) screen {
	switch at.phase {
	case engine.Asking:
		return newQuestion(m)
	case engine.Planning:
		return newPlanning(m)
	case engine.Reviewing:
		return newReview(m)
	case engine.Applying:
		return newProgress(m)
	default:
		if r := m.machine.Report(); r.Chain {
			return newChain(m, r)
		}
		return newDone(m)
	}
}

// front is the screen that gets the keys.
func (m *Model) front() screen {
	if m.overlay != nil {
		return m.overlay
	}
	return m.screen
}

// keys takes one key after the other: those that come in one read, as repeated
// keys do over a slow line, are one message. Text stays in one piece.
func (m *Model) keys(k tea.KeyMsg) tea.Cmd {
	var cmds []tea.Cmd
	for {
		now, rest := k, []rune(nil)
		if k.Type == tea.KeyRunes && len(k.Runes) > 1 && !k.Paste && !k.Alt && !m.typing() {
			now.Runes, rest = k.Runes[:1], k.Runes[1:]
		}
		m.said = text.Text{}
		cmds = append(cmds, m.key(now), m.settle())
		if k.Runes = rest; len(rest) == 0 {
			return tea.Batch(cmds...)
		}
	}
}

// typing reports whether letters are text now.
func (m *Model) typing() bool {
	q, ok := m.front().(*question)
	return ok && q.typing()
}

// key takes a key that works everywhere, or passes it on.
func (m *Model) key(k tea.KeyMsg) tea.Cmd {
	switch name(k) {
	case "ctrl+c":
		return m.quit()
	case "ctrl+z":
		return m.suspend()
	case "f1", "ctrl+g":
		m.toggleDetails()
		return nil
	}
	return m.front().Key(k)
}

// quit ends the program, or lets what is being written come to its end.
func (m *Model) quit() tea.Cmd {
	phase := m.machine.Phase()
	if phase == engine.Finished {
		return m.exit()
	}
	m.machine.Interrupt()
	if phase != engine.Applying {
		return m.exit()
	}
	if m.place.phase == engine.Applying {
		m.screen.(*progress).stopping = true
	}
	return nil
}

// exit ends the program, or goes back to the table.
func (m *Model) exit() tea.Cmd {
	if m.left = m.within; m.left {
		return nil
	}
	return tea.Quit
}

func (m *Model) toggleDetails() {
	if _, open := m.overlay.(*details); open {
		m.overlay = nil
		return
	}
	m.overlay = newDetails(m)
}

// back goes to the question before; on the first one it asks whether to leave.
func (m *Model) back() tea.Cmd {
	if !m.machine.CanBack() {
		m.overlay = newLeave(m)
		return nil
	}
	return m.start(m.machine.Back())
}

func (m *Model) wipeRetired() {
	for _, s := range m.retired {
		s.Wipe()
	}
	m.retired = nil
}
