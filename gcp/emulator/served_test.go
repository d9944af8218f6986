package emulator

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/emptypb"
)

// TestServedMethods holds the table of methods in docs/EMULATOR.md to what is
// served: a method that is not answers in the words of its generated stand-in.
func TestServedMethods(t *testing.T) {
	g := serve(t, Options{})
	conn := dial(t, g.Addr())
	var want []string
	for name := range g.Server.grpc.GetServiceInfo() {
		if isOfGRPC(name) {
			continue
		}
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			t.Fatal(err)
		}
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		var served []string
		for i := range methods.Len() {
			m := string(methods.Get(i).Name())
			err := conn.Invoke(t.Context(), "/"+name+"/"+m, &emptypb.Empty{}, &emptypb.Empty{})
			if st := status.Convert(err); st.Code() != codes.Unimplemented || st.Message() != "method "+m+" not implemented" {
				served = append(served, "`"+m+"`")
			}
		}
		slices.Sort(served)
		want = append(want, fmt.Sprintf("| `%s` | %s |", name, strings.Join(served, ", ")))
	}
	slices.Sort(want)
	text := string(must(os.ReadFile("../../docs/EMULATOR.md")))
	got := regexp.MustCompile("(?m)^\\| `google\\.[A-Za-z0-9.]+` \\| .*\\|$").FindAllString(text, -1)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("docs/EMULATOR.md must say, under \"What is served\":\n%s", strings.Join(want, "\n"))
	}
}
