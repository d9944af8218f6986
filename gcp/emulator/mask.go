package emulator

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// masked is a request to change part of a message.
type masked interface {
	GetUpdateMask() *fieldmaskpb.FieldMask
}

// maskOf are the paths of a request's mask; none stands for the whole message,
// as a star does (https://google.aip.dev/134).
func maskOf(req masked) []string {
	paths := req.GetUpdateMask().GetPaths()
	if slices.Equal(paths, []string{"*"}) {
		return nil
	}
	return paths
}

// within tells whether a mask's path is the same as another or below it.
func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+".")
}

// applyMask copies into dst what the paths name in src, leaf by leaf: what
// src lacks is cleared, and what no path names stays, unknown fields included.
func applyMask(dst, src proto.Message, paths []string) error {
	for _, path := range paths {
		if _, err := fieldmaskpb.New(dst, path); err != nil {
			return invalid("Invalid field mask path %q.", path) // modelled
		}
	}
	// A parent first, so that a leaf below it is not lost again.
	for _, path := range slices.Sorted(slices.Values(paths)) {
		copyPath(dst.ProtoReflect(), src.ProtoReflect(), strings.Split(path, "."))
	}
	return nil
}

func copyPath(dst, src protoreflect.Message, path []string) {
	field := dst.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	switch {
	case len(path) > 1:
		if !src.Has(field) && !dst.Has(field) {
			return
		}
		copyPath(dst.Mutable(field).Message(), src.Get(field).Message(), path[1:])
	case src.Has(field):
		copied := proto.Clone(src.Interface()).ProtoReflect()
		dst.Set(field, copied.Get(field))
	default:
		dst.Clear(field)
	}
}
