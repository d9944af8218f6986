package check

// Code names a kind of finding for scripts and for the program itself. A code
// never changes once it is released, whatever its sentence says.
type Code string

// The codes, sorted. Each stands for one thing that a person can act on.
const (
	NoCode Code = "" // a finding that nothing asks for by its kind
)
