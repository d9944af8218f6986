package emulator

import (
	"bytes"
	"encoding/json"
	"slices"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A remote repository with remoteRepositoryConfig.noCache is what Google calls
// a connector: a proxy that keeps nothing. The REST API has the field since
// revision 20260925; no released proto names it, so that it travels here as an
// unknown field of the message.

// noCacheField is the number under which it is kept (modelled: no proto with
// it is published; it is the first number that the published one leaves free
// behind its last).
const noCacheField protowire.Number = 15

// noCachePath is the field in a mask.
const noCachePath = "remote_repository_config.no_cache"

const remoteConfigName protoreflect.FullName = "google.devtools.artifactregistry.v1.RemoteRepositoryConfig"

// isNoCache tells whether a name in a message's JSON is the field.
func isNoCache(m protoreflect.MessageDescriptor, name string) bool {
	return m.FullName() == remoteConfigName && (name == "noCache" || name == "no_cache")
}

// hasNoCache tells whether a repository is a connector. A newer client's
// number is its API's own, and the message has no fields: any unknown message
// without contents is taken for it.
func hasNoCache(pb *artifactregistrypb.Repository) bool {
	if pb.GetRemoteRepositoryConfig() == nil {
		return false
	}
	for b := pb.GetRemoteRepositoryConfig().ProtoReflect().GetUnknown(); len(b) > 0; {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return false
		}
		size := protowire.ConsumeFieldValue(number, kind, b[n:])
		if size < 0 {
			return false
		}
		if kind == protowire.BytesType && (size == 1 || number == noCacheField) {
			return true
		}
		b = b[n+size:]
	}
	return false
}

// withoutNoCache are the paths of a mask but for the field: it cannot change,
// and a mask is applied by the names that the Go messages have.
func withoutNoCache(paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == noCachePath })
}

// setNoCache makes a connector of the repository that msg is.
func setNoCache(msg proto.Message) {
	pb, ok := msg.(*artifactregistrypb.Repository)
	if !ok || pb.GetRemoteRepositoryConfig() == nil || hasNoCache(pb) {
		return
	}
	c := pb.GetRemoteRepositoryConfig().ProtoReflect()
	b := protowire.AppendTag(c.GetUnknown(), noCacheField, protowire.BytesType)
	c.SetUnknown(protowire.AppendBytes(b, nil))
}

// withNoCache puts the field into the JSON of an answer, which protojson leaves
// out.
func withNoCache(text []byte, msg proto.Message) []byte {
	switch m := msg.(type) {
	case *artifactregistrypb.Repository:
		if hasNoCache(m) {
			return edited(text, func(object map[string]any) { markNoCache(object) })
		}
	case *artifactregistrypb.ListRepositoriesResponse:
		for _, r := range m.GetRepositories() {
			if hasNoCache(r) {
				return edited(text, func(object map[string]any) { markRepositories(object, m) })
			}
		}
	case *longrunningpb.Operation:
		var r artifactregistrypb.Repository
		if m.GetResponse().MessageIs(&r) && m.GetResponse().UnmarshalTo(&r) == nil && hasNoCache(&r) {
			return edited(text, func(object map[string]any) { markNoCache(object["response"]) })
		}
	}
	return text
}

func markRepositories(object map[string]any, list *artifactregistrypb.ListRepositoriesResponse) {
	shown, _ := object["repositories"].([]any)
	for i, r := range list.GetRepositories() {
		if i < len(shown) && hasNoCache(r) {
			markNoCache(shown[i])
		}
	}
}

// markNoCache sets the field in a repository's JSON.
func markNoCache(repository any) {
	object, _ := repository.(map[string]any)
	if config, ok := object["remoteRepositoryConfig"].(map[string]any); ok {
		config["noCache"] = struct{}{}
	}
}

// edited is a JSON object after a change; one that cannot be read stays as it is.
func edited(text []byte, change func(map[string]any)) []byte {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var object map[string]any
	if d.Decode(&object) != nil {
		return text
	}
	change(object)
	out, err := json.Marshal(object)
	if err != nil {
		return text
	}
	return out
}
