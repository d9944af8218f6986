// Package reliability holds the program to what it promises about failures:
// nothing is lost, nothing is done twice, and what it says is true. It has
// tests only. They run the real binary against the emulator, through a proxy
// that makes any one call fail in any way, or ends the program at that moment.
//
// A part runs with all other tests; `make reliability` runs everything and
// writes docs/RELIABILITY.md.
package reliability
