//go:build !unix

package cli

func forbidCoreDumps() {}
